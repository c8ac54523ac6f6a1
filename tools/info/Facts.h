// What mx finds on this machine, as JSON; the text form prints the same values.
#pragma once

#include <nlohmann/json.hpp>

#include <ostream>

namespace mx::info {

/// Version, devices, processor, memory, cache and the variables that are set. Never fails: what is missing says why.
nlohmann::json facts();

/// The same for people.
void printFacts(const nlohmann::json &facts, std::ostream &os);

} // namespace mx::info
