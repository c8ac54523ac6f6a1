// Rules of scatters. Whatever the mode, the derivative of the result is diagonal in x and sends each update to one
// place: a factor per element of x and per update says it all, and serves forward and reverse mode.
#include "frontend/rules/Indexing.h"
#include "frontend/rules/Rules.h"

namespace mx::rules {
namespace {

/// The two kinds of scatter behind one interface: windows at index tensors, and elements along one axis.
struct Places {
  explicit Places(const OpView &op)
      : op(op), alongAxis(op.kind == ir::OpKind::ScatterAxis), mode(textAttr(op, 1)), x(op.inputs[0]),
        updates(op.inputs[alongAxis ? 2 : 1]) {
    if (!alongAxis) {
      windowShape = Shape(updates.shape().end() - x.ndim(), updates.shape().end());
      return;
    }
    // Indices and updates broadcast; written out, each update has a place of its own.
    Shape target = x.shape();
    target[axis()] = op.inputs[1].shape(axis());
    updates = broadcast_to(updates, target);
  }
  int axis() const { return static_cast<int>(intAttr(op, 0)); }

  /// Which operand is the updates.
  int updatesOperand() const { return alongAxis ? 2 : 1; }
  /// `target` with `values`, of the shape of the updates, combined into it at their places.
  array put(const array &target, const array &values, const char *how) const {
    if (alongAxis)
      return graph::make(op.kind, {target, op.inputs[1], values}, {op.attrs[0], std::string(how)});
    std::vector<array> operands{target, values};
    operands.insert(operands.end(), op.inputs.begin() + 2, op.inputs.end());
    return graph::make(op.kind, operands, {op.attrs[0], std::string(how)});
  }
  /// What `a`, of the shape of x, has at the places of the updates.
  array get(const array &a) const {
    if (alongAxis)
      return take_along_axis(a, broadcast_to(op.inputs[1], updates.shape()), axis());
    std::vector<array> operands{a};
    operands.insert(operands.end(), op.inputs.begin() + 2, op.inputs.end());
    return graph::make(ir::OpKind::Gather, operands, {op.attrs[0], toDims(windowShape)});
  }

  const OpView &op;
  bool alongAxis;
  const std::string &mode;
  array x, updates;
  Shape windowShape;
};

/// A factor: nothing for 1, a mask, a number, or both.
struct Factor {
  std::optional<array> mask, scale;
  array operator()(array t) const {
    if (scale)
      t = t * *scale;
    return mask ? masked(*mask, t) : t;
  }
};

/// Of updates that go to one place the last one stays.
Factor survivingUpdates(const Places &at) {
  const Shape &shape = at.updates.shape();
  array number = reshape(arange(0, static_cast<int>(at.updates.size())), shape);
  array last = at.put(full(at.x.shape(), -1, int32), number, "set");
  return {equal(at.get(last), number), std::nullopt};
}
Factor untouched(const Places &at) {
  return {at.put(ones_like(at.x, bool_), zeros_like(at.updates, bool_), "set"), std::nullopt};
}

/// The share of each operand in an extremum: those that attain it share its derivative.
Factor attaining(const Places &at, const array &result, bool ofUpdates) {
  array x = equal(at.x, result), updates = equal(at.updates, at.get(result));
  array count = at.put(astype(x, result.dtype()), astype(updates, result.dtype()), "add");
  if (ofUpdates)
    return {updates, reciprocal(at.get(count))};
  return {x, reciprocal(count)};
}

/// The product of all other factors at the same place: that of the nonzero ones, unless another one is zero. Second
/// derivatives see the zeros as constants.
Factor otherFactors(const Places &at, bool ofUpdates) {
  array zero = scalarLike(0, at.x), one = scalarLike(1, at.x);
  array xIsZero = equal(at.x, zero), updateIsZero = equal(at.updates, zero);
  array product = at.put(where(xIsZero, one, at.x), where(updateIsZero, one, at.updates), "prod");
  array zeros = at.put(astype(xIsZero, int32), astype(updateIsZero, int32), "add");
  const array &own = ofUpdates ? at.updates : at.x, &ownIsZero = ofUpdates ? updateIsZero : xIsZero;
  if (ofUpdates) {
    product = at.get(product);
    zeros = at.get(zeros);
  }
  return {equal(zeros, astype(ownIsZero, int32)), product / where(ownIsZero, one, own)};
}

/// The derivative of the result with respect to x or the updates, element by element.
Factor factorOf(const Places &at, bool ofUpdates) {
  if (at.mode == "add")
    return {};
  if (at.mode == "set")
    return ofUpdates ? survivingUpdates(at) : untouched(at);
  if (at.mode == "prod")
    return otherFactors(at, ofUpdates);
  return attaining(at, at.op.output, ofUpdates);
}

std::vector<array> vjpScatter(const VjpArgs &op) {
  Places at(op);
  std::vector<array> result;
  for (int i : op.argnums) {
    const bool ofUpdates = i == at.updatesOperand();
    result.push_back(factorOf(at, ofUpdates)(ofUpdates ? at.get(op.cotangent) : op.cotangent));
  }
  return result;
}

array jvpScatter(const JvpArgs &op) {
  Places at(op);
  array sum = op.tangent(0);
  if (op.tangents[0])
    sum = factorOf(at, false)(sum);
  if (const std::optional<array> &t = op.tangents[at.updatesOperand()])
    sum = at.put(sum, factorOf(at, true)(broadcast_to(*t, at.updates.shape())), "add");
  return sum;
}

} // namespace

std::vector<array> vjp_scatter(const VjpArgs &op) { return vjpScatter(op); }
std::vector<array> vjp_scatter_axis(const VjpArgs &op) { return vjpScatter(op); }
array jvp_scatter(const JvpArgs &op) { return jvpScatter(op); }
array jvp_scatter_axis(const JvpArgs &op) { return jvpScatter(op); }

array vmap_scatter(const VmapArgs &op) {
  BatchedIndices index(op, 2);
  const auto &axes = intsAttr(op, 0);
  array x = op.broadcast(0), updates = op.broadcast(1);
  std::vector<int64_t> mappedAxes = shifted(axes);
  if (index.mapped) {
    // One more index says which element of the batch a window of one element is in.
    index.arrays.insert(index.arrays.begin(), index.ofBatch(op.batch));
    mappedAxes = prepend(int64_t(0), mappedAxes);
    updates = expand_dims(updates, index.rank + 1);
  } else {
    updates = moveaxis(updates, 0, index.rank);
  }
  std::vector<array> operands{x, updates};
  operands.insert(operands.end(), index.arrays.begin(), index.arrays.end());
  return graph::make(op.kind, operands, {mappedAxes, op.attrs[1]});
}

array vmap_scatter_axis(const VmapArgs &op) {
  auto operand = [&](int i) { return op.mapped[i] ? op.inputs[i] : expand_dims(op.inputs[i], 0); };
  return again(op, {op.broadcast(0), operand(1), operand(2)}, {intAttr(op, 0) + 1, op.attrs[1]});
}

} // namespace mx::rules
