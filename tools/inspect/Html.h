// The report as one page: everything the other reports say, joined by links, with the code next to it.
#pragma once

#include "tools/inspect/Machine.h"

namespace mx::inspect {

/// A page that needs no other file and no network. Source files with relative names are looked for in `sourceFolder`.
rt::Result<std::string> htmlReport(const std::vector<ProgramDump> &programs, const Machine &machine, const std::string &sourceFolder);

} // namespace mx::inspect
