// What the op families share: short ways to make nodes, and attributes from public arguments.
#pragma once

#include "frontend/include/mx/array.h"
#include "frontend/trace/Axes.h"
#include "frontend/trace/Dtypes.h"
#include "frontend/trace/Errors.h"
#include "frontend/trace/Infer.h"
#include "frontend/trace/Node.h"

namespace mx::graph {

inline array makeUnary(ir::OpKind kind, const array &a, const StreamOrDevice &s, ir::Attrs attrs = {}) {
  Node *const inputs[] = {nodeOf(a)};
  return make(kind, inputs, std::move(attrs), s);
}
inline array makeBinary(ir::OpKind kind, const array &a, const array &b, const StreamOrDevice &s, ir::Attrs attrs = {}) {
  Node *const inputs[] = {nodeOf(a), nodeOf(b)};
  return make(kind, inputs, std::move(attrs), s);
}

inline ir::AttrValue dtypeAttr(Dtype dtype) { return static_cast<int64_t>(dtype.val()); }
inline ir::AttrValue intsAttr(const std::vector<int> &values) {
  return std::vector<int64_t>(values.begin(), values.end());
}
/// A shape or offsets.
inline ir::AttrValue dimsAttr(const Shape &values) { return dimsOf(values); }

/// `dtype` if it is floating point, else float32.
inline Dtype floatDtype(Dtype dtype) { return issubdtype(dtype, inexact) ? dtype : float32; }

} // namespace mx::graph
