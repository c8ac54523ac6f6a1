// A file of mx IR becomes a dump, so that every report has one kind of source.
#pragma once

#include "runtime/base/Status.h"

#include <string>

namespace mx::inspect {

/// Compiles all functions of the file for `target`, a name that mxc takes, and returns the folder with their dumps, which
/// is removed when the process ends.
rt::Result<std::string> compileFile(const std::string &path, const std::string &target);

} // namespace mx::inspect
