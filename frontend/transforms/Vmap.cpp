// mx::vmap: checks of axes and sizes around mapOver.
#include "frontend/trace/Errors.h"
#include "frontend/trace/Node.h"
#include "frontend/transforms/Batch.h"
#include "mx/ops.h"

#include <algorithm>

namespace mx {
namespace {

using graph::fail;
using transforms::kUnmapped;

/// The common size of the mapped axes.
int32_t batchSize(const std::vector<array> &inputs, const std::vector<int> &axes) {
  if (axes.size() != inputs.size())
    fail("vmap", "got " + std::to_string(axes.size()) + " in axes for " + std::to_string(inputs.size()) + " inputs" +
                     "; give one for each, -1 for what is not mapped");
  std::optional<size_t> first;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (axes[i] == kUnmapped)
      continue;
    const Shape &shape = inputs[i].shape();
    if (axes[i] < 0 || axes[i] >= static_cast<int>(shape.size()))
      fail("vmap", "axis " + std::to_string(axes[i]) + " is invalid for input " + std::to_string(i) + " of shape " +
                       graph::str(shape) + "; name one of its axes, or -1 not to map it");
    if (!first)
      first = i;
    const int32_t want = inputs[*first].shape(axes[*first]), got = shape[axes[i]];
    if (want != got)
      fail("vmap", "mapped axes differ in size: " + std::to_string(want) + " of input " + std::to_string(*first) +
                       " and " + std::to_string(got) + " of input " + std::to_string(i) + "; an in axis of -1 passes an input whole");
  }
  if (!first)
    fail("vmap", "no input is mapped; give one an axis other than -1");
  return inputs[*first].shape(axes[*first]);
}

/// Brings output `i` to its axis.
array placed(const transforms::Batched &batched, size_t i, int axis, int32_t batch) {
  const array &out = batched.outputs[i];
  if (axis == kUnmapped) {
    if (batched.mapped[i])
      fail("vmap", "output " + std::to_string(i) + " has out axis -1 (not mapped) but depends on a mapped input; give it an out axis");
    return out;
  }
  const int rank = static_cast<int>(out.ndim()) - (batched.mapped[i] ? 1 : 0);
  if (axis < 0 || axis > rank)
    fail("vmap", "out axis " + std::to_string(axis) + " is invalid for output " + std::to_string(i) + " of rank " +
                     std::to_string(rank) + " without the batch; 0 puts the batch first");
  array full = batched.mapped[i] ? out : transforms::repeatAlongBatch(out, batch);
  return axis == 0 ? full : moveaxis(full, 0, axis);
}

bool noneMapped(const std::vector<int> &axes) {
  return !axes.empty() && std::all_of(axes.begin(), axes.end(), [](int axis) { return axis == kUnmapped; });
}

} // namespace

ArraysFn vmap(const ArraysFn &fun, const std::vector<int> &in_axes, const std::vector<int> &out_axes) {
  if (noneMapped(in_axes) != noneMapped(out_axes))
    fail("vmap", "in and out axes are both mapped or both not; -1 means not mapped");
  if (noneMapped(in_axes))
    return fun;
  return [fun, in_axes, out_axes](const std::vector<array> &inputs) {
    const std::vector<int> axes = in_axes.empty() ? std::vector<int>(inputs.size(), 0) : in_axes;
    const int32_t batch = batchSize(inputs, axes);
    const transforms::Batched batched = transforms::mapOver(fun, inputs, axes, batch);
    const size_t count = batched.outputs.size();
    if (!out_axes.empty() && out_axes.size() != count)
      fail("vmap", "got " + std::to_string(out_axes.size()) + " out axes for " + std::to_string(count) + " outputs" +
                       "; give one for each, -1 for what is not mapped");
    std::vector<array> outputs;
    outputs.reserve(count);
    for (size_t i = 0; i < count; ++i)
      outputs.push_back(placed(batched, i, out_axes.empty() ? 0 : out_axes[i], batch));
    return outputs;
  };
}

std::function<array(const array &)> vmap(const std::function<array(const array &)> &fun, int in_axis, int out_axis) {
  ArraysFn mapped = vmap([fun](const std::vector<array> &in) { return std::vector<array>{fun(in[0])}; },
                         std::vector<int>{in_axis}, std::vector<int>{out_axis});
  return [mapped](const array &a) { return mapped({a})[0]; };
}

std::function<array(const array &, const array &)> vmap(const std::function<array(const array &, const array &)> &fun,
                                                        int in_axis_a, int in_axis_b, int out_axis) {
  ArraysFn mapped = vmap([fun](const std::vector<array> &in) { return std::vector<array>{fun(in[0], in[1])}; },
                         std::vector<int>{in_axis_a, in_axis_b}, std::vector<int>{out_axis});
  return [mapped](const array &a, const array &b) { return mapped({a, b})[0]; };
}

} // namespace mx
