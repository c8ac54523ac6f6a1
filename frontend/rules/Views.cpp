// Rules of views. All are linear: the tangent goes through the same view, the cotangent through its transpose.
#include "frontend/rules/Rules.h"

namespace mx::rules {
namespace {

bool unitSteps(const std::vector<int64_t> &strides) {
  return std::all_of(strides.begin(), strides.end(), [](int64_t s) { return s == 1; });
}

} // namespace

std::vector<array> vjp_reshape(const VjpArgs &op) { return {reshape(op.cotangent, op.inputs[0].shape())}; }
array jvp_reshape(const JvpArgs &op) { return again(op, {op.tangent(0)}); }
array vmap_reshape(const VmapArgs &op) { return again(op, {op.inputs[0]}, {prepend(ir::Dim(op.batch), dimsAttr(op, 0))}); }

std::vector<array> vjp_transpose(const VjpArgs &op) {
  const auto &axes = intsAttr(op, 0);
  std::vector<int64_t> inverse(axes.size());
  for (size_t i = 0; i < axes.size(); ++i)
    inverse[axes[i]] = static_cast<int64_t>(i);
  return {again(op, {op.cotangent}, {inverse})};
}
array jvp_transpose(const JvpArgs &op) { return again(op, {op.tangent(0)}); }
array vmap_transpose(const VmapArgs &op) {
  return again(op, {op.inputs[0]}, {prepend(int64_t(0), shifted(intsAttr(op, 0)))});
}

// The driver sums over the broadcast axes.
std::vector<array> vjp_broadcast_to(const VjpArgs &op) { return {op.cotangent}; }
array jvp_broadcast_to(const JvpArgs &op) { return again(op, {op.tangent(0)}); }
array vmap_broadcast_to(const VmapArgs &op) {
  const ir::Dims &shape = dimsAttr(op, 0);
  return again(op, {op.aligned(0, static_cast<int>(shape.size()))}, {prepend(ir::Dim(op.batch), shape)});
}

std::vector<array> vjp_slice(const VjpArgs &op) {
  const array &x = op.inputs[0];
  const auto &starts = dimsAttr(op, 0);
  const auto &strides = intsAttr(op, 2);
  if (unitSteps(strides))
    return {graph::make(ir::OpKind::Pad, {op.cotangent, scalarLike(0, op.cotangent)}, {starts, toDims(x.shape())})};
  return {withWindow(zeros_like(x), op.cotangent, starts, strides)};
}
array jvp_slice(const JvpArgs &op) { return again(op, {op.tangent(0)}); }
array vmap_slice(const VmapArgs &op) {
  return again(op, {op.inputs[0]},
               {prepend(ir::Dim(0), dimsAttr(op, 0)), prepend(ir::Dim(op.batch), dimsAttr(op, 1)),
                prepend(int64_t(1), intsAttr(op, 2))});
}

// Elements may be seen more than once: the cotangent is added up at their flat positions.
std::vector<array> vjp_as_strided(const VjpArgs &op) {
  const array &x = op.inputs[0];
  const Shape shape = op.output.shape();
  const int rank = static_cast<int>(shape.size());
  const Dtype wide = x.size() > INT32_MAX ? int64 : int32;
  array position(dimsAttr(op, 2)[0].value(), wide);
  for (int i = 0; i < rank; ++i)
    position = position + indexAlong(i, rank, shape[i]) * array(dimsAttr(op, 1)[i].value(), wide);
  Shape updates = shape;
  updates.push_back(1);
  array flat = zeros({static_cast<int32_t>(x.size())}, x.dtype());
  array sum = scatter_add(flat, broadcast_to(position, shape), reshape(op.cotangent, updates), 0);
  return {reshape(sum, x.shape())};
}
array jvp_as_strided(const JvpArgs &op) { return again(op, {op.tangent(0)}); }
array vmap_as_strided(const VmapArgs &op) {
  const auto perElement = static_cast<int64_t>(op.inputs[0].size()) / std::max(op.batch, 1);
  return again(op, {op.inputs[0]},
               {prepend(ir::Dim(op.batch), dimsAttr(op, 0)), prepend(ir::Dim(perElement), dimsAttr(op, 1)), op.attrs[2]});
}

array vmap_view(const VmapArgs &op) { return again(op, {op.inputs[0]}); }

} // namespace mx::rules
