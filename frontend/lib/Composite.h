// Composites of one result: a function over arrays that keeps its name in the IR, with a gradient of its own
// where a closed form is shorter than what differentiation of the body gives.
#pragma once

#include "frontend/lib/Checks.h"
#include "frontend/trace/Node.h"

#include <string>
#include <utility>
#include <vector>

namespace mx::lib {

/// Gradient of a composite: (args, cotangent, output) -> one cotangent per argument, each of its argument's
/// shape. It captures numbers only: an array inside would keep the graph that holds the function alive.
using CompositeVjp =
    std::function<std::vector<array>(const std::vector<array> &, const array &, const array &)>;

/// Name and value, as the IR shows them.
using CompositeAttrs = std::vector<std::pair<std::string, ir::AttrValue>>;

/// Wraps `result`, computed from `args`, as the composite `name`. Without a vjp, differentiation sees the
/// body.
array composite(std::string name, CompositeAttrs attrs, std::vector<array> args, const array &result,
                CompositeVjp vjp = nullptr);

/// A real number as an attribute: its shortest text that reads back the same.
ir::AttrValue number(float value);
ir::AttrValue number(double value);
/// Axes as an attribute.
ir::AttrValue list(const std::vector<int> &axes);

/// `a` summed over the axes along which `shape` was broadcast to its shape.
array sumTo(const array &a, const Shape &shape, const StreamOrDevice &s);

} // namespace mx::lib
