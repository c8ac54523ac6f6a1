// Lazy arrays through the reference interpreter: what evaluation should give.
#pragma once

#include "frontend/include/mx/array.h"
#include "ir/interp/Interpreter.h"

namespace mx::graph {

/// An array's elements, computed if need be.
ir::interp::Tensor tensorOf(const array &a);

/// What the interpreter makes of lazy arrays, in their order; they stay lazy.
rt::Result<std::vector<ir::interp::Tensor>> interpret(const std::vector<array> &lazy);

} // namespace mx::graph
