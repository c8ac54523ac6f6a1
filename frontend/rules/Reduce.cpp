// Rules of reductions. The cotangent of a reduction gets its reduced axes back as 1s and broadcasts from there.
#include "frontend/rules/Rules.h"

namespace mx::rules {
namespace {

const std::vector<int64_t> &axesOf(const OpView &op) { return intsAttr(op, 0); }

/// The shape of the operand with the reduced axes as 1s.
Shape keptShape(const OpView &op) {
  Shape shape = op.inputs[0].shape();
  for (int64_t axis : axesOf(op))
    shape[axis] = 1;
  return shape;
}
/// A value of the result's shape, broadcastable to the operand.
array kept(const OpView &op, const array &a) { return reshape(a, keptShape(op)); }

/// The sum over the reduced axes, in the shape of the result.
array summed(const OpView &op, const array &a) {
  return graph::make(ir::OpKind::Sum, {a}, op.attrs);
}

/// Where the operand attains an extremum, and over how many elements that is: they share its derivative.
struct Attained {
  array mask, count;
};
Attained attained(const OpView &op) {
  array mask = equal(op.inputs[0], kept(op, op.output));
  array count = sum(astype(mask, op.output.dtype()), std::vector<int>(axesOf(op).begin(), axesOf(op).end()), true);
  return {mask, count};
}
std::vector<array> vjpExtremum(const VjpArgs &op) {
  Attained at = attained(op);
  return {masked(at.mask, kept(op, op.cotangent) / at.count)};
}
array jvpExtremum(const JvpArgs &op) {
  Attained at = attained(op);
  return summed(op, masked(at.mask, *op.tangents[0]) / at.count);
}

/// For each element the product of the others it is reduced with. No division: zeros are just factors.
array productOfOthers(const OpView &op) {
  const array &x = op.inputs[0];
  const int rank = static_cast<int>(x.ndim());
  // The reduced axes go to the end and become one.
  std::vector<int> order, back(rank);
  std::vector<char> isReduced(rank);
  for (int64_t axis : axesOf(op))
    isReduced[axis] = 1;
  for (char last : {0, 1})
    for (int i = 0; i < rank; ++i)
      if (isReduced[i] == last)
        order.push_back(i);
  for (int i = 0; i < rank; ++i)
    back[order[i]] = i;
  array moved = transpose(x, order);
  const Shape shape = moved.shape();
  const int outer = rank - static_cast<int>(axesOf(op).size());
  int32_t length = 1;
  for (int i = outer; i < rank; ++i)
    length *= shape[i];
  Shape rows(shape.begin(), shape.begin() + outer);
  rows.push_back(length);
  array flat = reshape(moved, rows);
  array others = cumprod(flat, outer, /*reverse=*/false, /*inclusive=*/false) *
                 cumprod(flat, outer, /*reverse=*/true, /*inclusive=*/false);
  return transpose(reshape(others, shape), back);
}

/// The node's op with its axes one further back; the other attributes stay.
array vmapAxes(const VmapArgs &op) { return again(op, {op.inputs[0]}, {shifted(axesOf(op)), op.attrs[1]}); }
array vmapAxis(const VmapArgs &op) {
  ir::Attrs attrs = op.attrs;
  attrs[0] = intAttr(op, 0) + 1;
  return again(op, {op.inputs[0]}, std::move(attrs));
}

} // namespace

std::vector<array> vjp_sum(const VjpArgs &op) {
  return {broadcast_to(kept(op, op.cotangent), op.inputs[0].shape())};
}
array jvp_sum(const JvpArgs &op) { return again(op, {op.tangent(0)}); }

std::vector<array> vjp_prod(const VjpArgs &op) { return {kept(op, op.cotangent) * productOfOthers(op)}; }
array jvp_prod(const JvpArgs &op) { return summed(op, *op.tangents[0] * productOfOthers(op)); }

std::vector<array> vjp_max(const VjpArgs &op) { return vjpExtremum(op); }
std::vector<array> vjp_min(const VjpArgs &op) { return vjpExtremum(op); }
array jvp_max(const JvpArgs &op) { return jvpExtremum(op); }
array jvp_min(const JvpArgs &op) { return jvpExtremum(op); }

array vmap_sum(const VmapArgs &op) { return vmapAxes(op); }
array vmap_prod(const VmapArgs &op) { return vmapAxes(op); }
array vmap_max(const VmapArgs &op) { return vmapAxes(op); }
array vmap_min(const VmapArgs &op) { return vmapAxes(op); }
array vmap_all(const VmapArgs &op) { return vmapAxes(op); }
array vmap_any(const VmapArgs &op) { return vmapAxes(op); }
array vmap_argmax(const VmapArgs &op) { return vmapAxis(op); }
array vmap_argmin(const VmapArgs &op) { return vmapAxis(op); }
array vmap_cumsum(const VmapArgs &op) { return vmapAxis(op); }
array vmap_cumprod(const VmapArgs &op) { return vmapAxis(op); }
array vmap_cummax(const VmapArgs &op) { return vmapAxis(op); }
array vmap_cummin(const VmapArgs &op) { return vmapAxis(op); }

} // namespace mx::rules
