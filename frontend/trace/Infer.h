// Shape and dtype of a new node. Element-wise ops over equal shapes or scalars, the bulk of all ops, take a path
// that neither allocates nor calls the shape rule.
#pragma once

#include "frontend/trace/Node.h"

namespace mx::graph {

/// Sets shape and dtype of `node`, a result of `kind` over `inputs`. Throws what the shape rule objects to, and
/// Overflow for a size past what a dimension or a buffer holds.
void infer(ir::OpKind kind, std::span<Node *const> inputs, const ir::Attrs &attrs, Shape &shape, rt::DType &dtype);

/// The sizes as the shape rules take them.
ir::Dims dimsOf(const Shape &shape);

} // namespace mx::graph
