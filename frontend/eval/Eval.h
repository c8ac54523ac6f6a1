// Evaluation of lazy graphs.
#pragma once

#include "frontend/trace/Node.h"

namespace mx::graph {

/// Computes the arrays and every intermediate that a user holds. Throws the typed exception of what goes wrong.
void evaluate(std::span<const array> arrays);

} // namespace mx::graph
