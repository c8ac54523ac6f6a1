// Whether the library computes what it should on this machine: about a minute of checks on two cores, a few seconds in brief.
#pragma once

#include "tools/info/Check.h"

#include <nlohmann/json.hpp>

#include <ostream>

namespace mx::info {

struct SelftestOptions {
  Effort effort = Effort::Full;
  /// The one check to run, of checkNames; empty: all.
  std::string only;
};

/// Runs the checks; progress goes to `os`. A list of {device, check, ok, compared, worst, seconds, note, problem}, the last one empty
/// where ok; the row of check `ops` has a list of its own, `ops`, with a row for each.
nlohmann::json selftest(const SelftestOptions &options, std::ostream &os);

/// What `only` may be.
std::vector<std::string> checkNames();

} // namespace mx::info
