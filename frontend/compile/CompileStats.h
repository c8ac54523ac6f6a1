// What the most recent compilation did, for mx::compile_stats.
#pragma once

#include "runtime/CompiledProgram.h"

#include <string>

namespace mx::graph {

void recordStats(std::string name, int ops, int fusions, int kernels, const rt::ArenaStats &arena, double milliseconds);

} // namespace mx::graph
