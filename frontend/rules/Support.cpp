// What rules of several families share: attribute access, windows, shifts, alignment of batched operands.
#include "frontend/rules/Rules.h"

namespace mx::rules {

int64_t intAttr(const OpView &op, int index) { return std::get<int64_t>(op.attrs[index]); }
const std::string &textAttr(const OpView &op, int index) { return std::get<std::string>(op.attrs[index]); }
const std::vector<int64_t> &intsAttr(const OpView &op, int index) {
  return std::get<std::vector<int64_t>>(op.attrs[index]);
}
const ir::Dims &dimsAttr(const OpView &op, int index) { return std::get<ir::Dims>(op.attrs[index]); }

ir::Dims toDims(const Shape &shape) { return ir::Dims(shape.begin(), shape.end()); }
Shape toShape(const ir::Dims &dims) {
  Shape shape;
  shape.reserve(dims.size());
  for (ir::Dim d : dims)
    shape.push_back(static_cast<int32_t>(d.value()));
  return shape;
}
std::vector<int64_t> shifted(const std::vector<int64_t> &axes) {
  std::vector<int64_t> result(axes);
  for (int64_t &axis : result)
    ++axis;
  return result;
}

array again(const OpView &op, std::span<const array> inputs) { return graph::make(op.kind, inputs, op.attrs); }
array again(const OpView &op, std::initializer_list<array> inputs) {
  return graph::make(op.kind, inputs, op.attrs);
}
array again(const OpView &op, std::initializer_list<array> inputs, ir::Attrs attrs) {
  return graph::make(op.kind, inputs, std::move(attrs));
}

array reduceTo(const array &a, const Shape &shape) {
  const Shape &from = a.shape();
  if (from == shape)
    return a;
  const int extra = static_cast<int>(from.size()) - static_cast<int>(shape.size());
  std::vector<int> axes;
  for (int i = 0; i < static_cast<int>(from.size()); ++i)
    if (i < extra || (shape[i - extra] == 1 && from[i] != 1))
      axes.push_back(i);
  array reduced = axes.empty() ? a : sum(a, axes, false);
  return reduced.shape() == shape ? reduced : reshape(reduced, shape);
}

array scalarLike(double value, const array &like) { return array(value, like.dtype()); }
array masked(const array &mask, const array &t) { return where(mask, t, scalarLike(0, t)); }

array window(const array &x, const ir::Dims &starts, const Shape &sizes, const std::vector<int64_t> &strides) {
  return graph::make(ir::OpKind::Slice, {x}, {starts, toDims(sizes), strides});
}
array withWindow(const array &x, const array &update, const ir::Dims &starts, const std::vector<int64_t> &strides) {
  return graph::make(ir::OpKind::SliceUpdate, {x, update}, {starts, strides, std::string("set")});
}

array shiftAlong(const array &a, int axis, int distance) {
  const Shape &shape = a.shape();
  const int size = shape[axis], kept = std::max(0, size - std::abs(distance));
  ir::Dims starts(shape.size(), 0), low(shape.size(), 0);
  starts[axis] = distance > 0 ? std::min(distance, size) : 0;
  low[axis] = distance < 0 ? std::min(-distance, size) : 0;
  Shape sizes = shape;
  sizes[axis] = kept;
  array moved = window(a, starts, sizes, std::vector<int64_t>(shape.size(), 1));
  return graph::make(ir::OpKind::Pad, {moved, scalarLike(0, a)}, {low, toDims(shape)});
}

array indexAlong(int axis, int rank, int32_t size) {
  Shape shape(rank, 1);
  shape[axis] = size;
  return reshape(arange(0, size), shape);
}

array JvpArgs::tangent(int i) const {
  return tangents[i] ? *tangents[i] : zeros(inputs[i].shape(), inputs[i].dtype());
}

int VmapArgs::rank(int i) const { return static_cast<int>(inputs[i].ndim()) - (mapped[i] ? 1 : 0); }
array VmapArgs::aligned(int i, int rank) const {
  const int missing = rank - this->rank(i);
  if (!mapped[i] || missing == 0)
    return inputs[i];
  Shape shape = inputs[i].shape();
  const Shape ones(missing, 1);
  shape.insert(shape.begin() + 1, ones.begin(), ones.end());
  return reshape(inputs[i], shape);
}
array VmapArgs::broadcast(int i) const {
  return mapped[i] ? inputs[i] : broadcast_to(inputs[i], prepend(batch, inputs[i].shape()));
}

} // namespace mx::rules
