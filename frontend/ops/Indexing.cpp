// Reading by index arrays and single indices.
#include "frontend/include/mx/ops.h"
#include "frontend/ops/Common.h"

namespace mx {
using ir::OpKind;

namespace {

int rankOf(const array &a) { return static_cast<int>(a.ndim()); }

/// One array per entry of a 1-d (or scalar) array of integers.
std::vector<array> entriesOf(const char *op, const array &start, size_t count, const StreamOrDevice &s) {
  if (start.ndim() > 1 || start.size() != count)
    graph::fail(op, "start has shape " + graph::str(start.shape()) + " for " + std::to_string(count) + " axes; it holds one start for each", {start.shape()});
  return unstack(reshape(start, Shape{static_cast<int32_t>(count)}, s), 0, s);
}

} // namespace

array gather(const array &a, const std::vector<array> &indices, const std::vector<int> &axes, const Shape &slice_sizes,
             StreamOrDevice s) {
  MX_API_SCOPE;
  std::vector<array> operands{a};
  operands.insert(operands.end(), indices.begin(), indices.end());
  const std::vector<int> at = graph::normalizeAxes("gather", axes, rankOf(a));
  return graph::make(OpKind::Gather, std::span<const array>(operands), {graph::intsAttr(at), graph::dimsAttr(slice_sizes)}, s);
}

array gather(const array &a, const array &indices, int axis, const Shape &slice_sizes, StreamOrDevice s) {
  MX_API_SCOPE;
  return gather(a, std::vector<array>{indices}, std::vector<int>{axis}, slice_sizes, s);
}

array take(const array &a, const array &indices, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  const int at = graph::normalizeAxis("take", axis, rankOf(a)), indexRank = rankOf(indices);
  Shape sizes = a.shape();
  if (a.shape(at) == 0) {
    if (indices.size() != 0)
      graph::fail("take", "axis " + std::to_string(axis) + " of " + graph::str(a.shape()) + " is empty: nothing to take; take from an axis that has entries",
                  {a.shape(), indices.shape()});
    sizes.erase(sizes.begin() + at);
    sizes.insert(sizes.begin() + at, indices.shape().begin(), indices.shape().end());
    return zeros(sizes, a.dtype(), s);
  }
  sizes[at] = 1;
  const array windows = squeeze(gather(a, indices, at, sizes, s), indexRank + at, s);
  // gather puts the index axes first; here they stand where the axis was.
  std::vector<int> order;
  for (int i = 0; i < rankOf(windows); ++i)
    order.push_back(i < at ? indexRank + i : i < at + indexRank ? i - at : i);
  return transpose(windows, order, s);
}

array take(const array &a, const array &indices, StreamOrDevice s) {
  MX_API_SCOPE;
  return take(flatten(a, s), indices, 0, s);
}

array take(const array &a, int index, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  const int at = graph::normalizeAxis("take", axis, rankOf(a)), size = a.shape(at);
  if (index < -size || index >= size)
    graph::raise({rt::ErrorCode::outOfRange, "[take] index " + std::to_string(index) + " is out of range for axis " +
                                                 std::to_string(axis) + " of size " + std::to_string(size) + "; indices are " +
                                                 std::to_string(-size) + " to " + std::to_string(size - 1)}, {a.shape()});
  Shape start(a.ndim(), 0), stop = a.shape();
  start[at] = index < 0 ? index + size : index;
  stop[at] = start[at] + 1;
  return squeeze(slice(a, start, stop, s), at, s);
}

array take(const array &a, int index, StreamOrDevice s) {
  MX_API_SCOPE;
  return take(flatten(a, s), index, 0, s);
}

array take_along_axis(const array &a, const array &indices, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  const int at = graph::normalizeAxis("take_along_axis", axis, rankOf(a));
  return graph::makeBinary(OpKind::TakeAlongAxis, a, indices, s, {int64_t(at)});
}

array slice(const array &a, const array &start, std::vector<int> axes, Shape slice_size, StreamOrDevice s) {
  MX_API_SCOPE;
  return gather(a, entriesOf("slice", start, axes.size(), s), axes, slice_size, s);
}

array slice_update(const array &src, const array &update, const array &start, std::vector<int> axes, StreamOrDevice s) {
  MX_API_SCOPE;
  Shape window(src.ndim() - std::min(src.ndim(), update.ndim()), 1);
  window.insert(window.end(), update.shape().begin(), update.shape().end());
  return scatter(src, entriesOf("slice_update", start, axes.size(), s), reshape(update, window, s), axes, s);
}

} // namespace mx
