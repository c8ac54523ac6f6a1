// Evaluation of lazy graphs.
#pragma once

#include "frontend/eval/Trace.h"

namespace mx::graph {

/// Computes the arrays and every intermediate that a user holds. Throws the typed exception of what goes wrong; what could
/// not be computed can be evaluated again.
void evaluate(std::span<const array> arrays, Passes passes = {});

/// Waits when an evaluation of the node is under way, and throws what it failed with. Does nothing for a node that nobody
/// has asked for.
void settle(const Node &node);

} // namespace mx::graph
