// Rules of joins, pads and gathers. A gather's transpose adds at the same places.
#include "frontend/rules/Indexing.h"

#include "frontend/rules/Rules.h"

namespace mx::rules {
namespace {

std::vector<int64_t> ones(size_t n) { return std::vector<int64_t>(n, 1); }

} // namespace

std::vector<array> vjp_concatenate(const VjpArgs &op) {
  const int64_t axis = intAttr(op, 0);
  std::vector<array> result;
  ir::Dims starts(op.output.ndim(), 0);
  int64_t start = 0;
  size_t wanted = 0;
  for (size_t i = 0; i < op.inputs.size() && wanted < op.argnums.size(); ++i) {
    const Shape &shape = op.inputs[i].shape();
    starts[axis] = start;
    start += shape[axis];
    if (op.argnums[wanted] != static_cast<int>(i))
      continue;
    ++wanted;
    result.push_back(window(op.cotangent, starts, shape, ones(shape.size())));
  }
  return result;
}
array jvp_concatenate(const JvpArgs &op) {
  std::vector<array> tangents;
  for (size_t i = 0; i < op.inputs.size(); ++i)
    tangents.push_back(op.tangent(i));
  return again(op, tangents);
}
array vmap_concatenate(const VmapArgs &op) {
  std::vector<array> inputs;
  for (size_t i = 0; i < op.inputs.size(); ++i)
    inputs.push_back(op.broadcast(i));
  return graph::make(op.kind, inputs, {intAttr(op, 0) + 1});
}

// The fill value's cotangent is the sum of what lies outside x.
std::vector<array> vjp_pad(const VjpArgs &op) {
  const Shape &shape = op.inputs[0].shape();
  std::vector<array> result;
  for (int i : op.argnums) {
    if (i == 0) {
      result.push_back(window(op.cotangent, dimsAttr(op, 0), shape, ones(shape.size())));
      continue;
    }
    array nothing = zeros(shape, op.cotangent.dtype());
    result.push_back(sum(withWindow(op.cotangent, nothing, dimsAttr(op, 0), ones(shape.size()))));
  }
  return result;
}
array jvp_pad(const JvpArgs &op) { return again(op, {op.tangent(0), op.tangent(1)}); }
array vmap_pad(const VmapArgs &op) {
  const ir::Attrs attrs{prepend(ir::Dim(0), dimsAttr(op, 0)), prepend(ir::Dim(op.batch), dimsAttr(op, 1))};
  array x = op.broadcast(0);
  if (!op.mapped[1])
    return again(op, {x, op.inputs[1]}, attrs);
  array inside = again(op, {ones_like(x, bool_), array(false)}, attrs);
  array padded = again(op, {x, scalarLike(0, x)}, attrs);
  return where(inside, padded, op.aligned(1, op.rank(0)));
}

// The window of x is combined with the update; what the mode does to the two is left to `combine`.
namespace {

struct UpdateModes {
  array x, update;
  explicit UpdateModes(const OpView &op)
      : x(window(op.inputs[0], dimsAttr(op, 0), op.inputs[1].shape(), intsAttr(op, 1))), update(op.inputs[1]) {}
};

/// `t` times the derivative of the combined window with respect to x's window (operand 0) or the update (operand 1);
/// none when that is zero. Equal values count as the update's.
std::optional<array> combineDerivative(const OpView &op, int operand, const array &t) {
  const std::string &mode = textAttr(op, 2);
  if (mode == "set")
    return operand == 1 ? std::optional(t) : std::nullopt;
  if (mode == "add")
    return t;
  UpdateModes in(op);
  if (mode == "prod")
    return t * (operand == 0 ? in.update : in.x);
  array xWins = mode == "max" ? greater(in.x, in.update) : less(in.x, in.update);
  return masked(operand == 0 ? xWins : logical_not(xWins), t);
}

} // namespace

std::vector<array> vjp_slice_update(const VjpArgs &op) {
  const auto &starts = dimsAttr(op, 0);
  const auto &strides = intsAttr(op, 1);
  const Shape &shape = op.inputs[1].shape();
  array inside = window(op.cotangent, starts, shape, strides);
  std::vector<array> result;
  for (int i : op.argnums) {
    if (i == 0 && textAttr(op, 2) == "add") {
      result.push_back(op.cotangent);
      continue;
    }
    std::optional<array> part = combineDerivative(op, i, inside);
    if (i == 1)
      result.push_back(*part);
    else
      result.push_back(withWindow(op.cotangent, part ? *part : zeros_like(inside), starts, strides));
  }
  return result;
}
array jvp_slice_update(const JvpArgs &op) {
  const auto &starts = dimsAttr(op, 0);
  const auto &strides = intsAttr(op, 1);
  std::optional<array> inside;
  for (int i : {0, 1}) {
    if (!op.tangents[i])
      continue;
    array t = i == 0 ? window(*op.tangents[0], starts, op.inputs[1].shape(), strides) : *op.tangents[1];
    if (std::optional<array> part = combineDerivative(op, i, t))
      inside = inside ? *inside + *part : *part;
  }
  return withWindow(op.tangent(0), inside ? *inside : zeros_like(op.inputs[1]), starts, strides);
}
array vmap_slice_update(const VmapArgs &op) {
  return again(op, {op.broadcast(0), op.broadcast(1)},
               {prepend(ir::Dim(0), dimsAttr(op, 0)), prepend(int64_t(1), intsAttr(op, 1)), op.attrs[2]});
}

std::vector<array> vjp_gather(const VjpArgs &op) {
  std::vector<array> operands{zeros_like(op.inputs[0]), op.cotangent};
  operands.insert(operands.end(), op.inputs.begin() + 1, op.inputs.end());
  return {graph::make(ir::OpKind::Scatter, operands, {op.attrs[0], std::string("add")})};
}
array jvp_gather(const JvpArgs &op) {
  std::vector<array> operands(op.inputs.begin(), op.inputs.end());
  operands[0] = op.tangent(0);
  return again(op, operands);
}
array vmap_gather(const VmapArgs &op) {
  BatchedIndices index(op, 1);
  std::vector<array> operands{op.inputs[0]};
  operands.insert(operands.end(), index.arrays.begin(), index.arrays.end());
  const auto &axes = intsAttr(op, 0);
  const auto &sizes = dimsAttr(op, 1);
  if (!op.mapped[0])
    return graph::make(op.kind, operands, {axes, sizes});
  if (!index.mapped) {
    // The window takes the whole batch, which comes out behind the index axes.
    array out = graph::make(op.kind, operands, {shifted(axes), prepend(ir::Dim(op.batch), sizes)});
    return moveaxis(out, index.rank, 0);
  }
  operands.insert(operands.begin() + 1, index.ofBatch(op.batch));
  array out = graph::make(op.kind, operands, {prepend(int64_t(0), shifted(axes)), prepend(ir::Dim(1), sizes)});
  return squeeze(out, index.rank + 1);
}

std::vector<array> vjp_take_along_axis(const VjpArgs &op) {
  // The operand may be broadcast against the indices: add in the shape of the result, the driver sums the rest.
  const int axis = static_cast<int>(intAttr(op, 0));
  Shape target = op.output.shape();
  target[axis] = op.inputs[0].shape(axis);
  return {scatter_add_axis(zeros(target, op.cotangent.dtype()), op.inputs[1], op.cotangent, axis)};
}
array jvp_take_along_axis(const JvpArgs &op) { return again(op, {op.tangent(0), op.inputs[1]}); }
array vmap_take_along_axis(const VmapArgs &op) {
  auto operand = [&](int i) { return op.mapped[i] ? op.inputs[i] : expand_dims(op.inputs[i], 0); };
  return again(op, {operand(0), operand(1)}, {intAttr(op, 0) + 1});
}

BatchedIndices::BatchedIndices(const VmapArgs &op, int first) {
  const int end = static_cast<int>(op.inputs.size());
  for (int i = first; i < end; ++i) {
    rank = std::max(rank, op.rank(i));
    mapped |= op.mapped[i] != 0;
  }
  for (int i = first; i < end; ++i)
    arrays.push_back(op.aligned(i, rank));
}
array BatchedIndices::ofBatch(int32_t batch) const { return indexAlong(0, rank + 1, batch); }

} // namespace mx::rules
