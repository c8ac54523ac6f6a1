// Whether the library computes what it should on this machine: checks of a minute at most, on each device.
#pragma once

#include <nlohmann/json.hpp>

#include <ostream>

namespace mx::info {

/// Runs all checks; progress goes to `os`. A list of {device, check, ok, seconds, problem}, the last one empty where ok.
nlohmann::json selftest(std::ostream &os);

} // namespace mx::info
