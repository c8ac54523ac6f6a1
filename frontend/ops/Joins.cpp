// Functions that cut arrays up and put them together: slice, split, concatenate, pad and their kin.
#include "frontend/include/mx/ops.h"
#include "frontend/ops/Common.h"
#include "frontend/trace/Tracing.h"
#include "frontend/ops/Slices.h"

#include <algorithm>
#include <numeric>

namespace mx {
using graph::makeUnary;
using ir::OpKind;

namespace {

int rankOf(const array &a) { return static_cast<int>(a.ndim()); }

array makeSlice(const array &a, const graph::SliceWindow &window, const StreamOrDevice &s) {
  if (window.covers(a.shape()) && !graph::AnySizesScope::active())
    return a;
  return makeUnary(OpKind::Slice, a, s,
                   {graph::dimsAttr(window.starts), graph::dimsAttr(window.sizes),
                    std::vector<int64_t>(window.strides.begin(), window.strides.end())});
}

/// a[..., start:stop, ...] along one axis.
array sliceAxis(const array &a, int axis, int start, int stop, const StreamOrDevice &s) {
  Shape low(a.ndim(), 0), high = a.shape();
  low[axis] = start;
  high[axis] = stop;
  return makeSlice(a, graph::sliceWindow("slice", a.shape(), low, high, Shape(a.ndim(), 1)), s);
}

} // namespace

array slice(const array &a, Shape start, Shape stop, Shape strides, StreamOrDevice s) {
  MX_API_SCOPE;
  return makeSlice(a, graph::sliceWindow("slice", a.shape(), start, stop, strides), s);
}

array slice(const array &a, std::initializer_list<int> start, Shape stop, Shape strides, StreamOrDevice s) {
  MX_API_SCOPE;
  return slice(a, Shape(start), std::move(stop), std::move(strides), s);
}

array slice(const array &a, Shape start, Shape stop, StreamOrDevice s) {
  MX_API_SCOPE;
  return slice(a, std::move(start), std::move(stop), Shape(a.ndim(), 1), s);
}

std::vector<array> split(const array &a, const Shape &indices, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  const int at = graph::normalizeAxis("split", axis, rankOf(a));
  std::vector<array> parts;
  parts.reserve(indices.size() + 1);
  int start = 0;
  for (size_t i = 0; i <= indices.size(); ++i) {
    const int stop = i < indices.size() ? indices[i] : a.shape(at);
    parts.push_back(sliceAxis(a, at, start, stop, s));
    start = stop;
  }
  return parts;
}

std::vector<array> split(const array &a, const Shape &indices, StreamOrDevice s) {
  MX_API_SCOPE;
  return split(a, indices, 0, s);
}

std::vector<array> split(const array &a, int num_splits, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  const int at = graph::normalizeAxis("split", axis, rankOf(a)), size = a.shape(at);
  if (num_splits < 1 || size % num_splits != 0)
    graph::fail("split", "size " + std::to_string(size) + " of axis " + std::to_string(axis) + " does not divide into " +
                             std::to_string(num_splits) + " equal parts; give the places to split at instead", {a.shape()});
  Shape ends(num_splits - 1);
  for (int i = 1; i < num_splits; ++i)
    ends[i - 1] = i * (size / num_splits);
  return split(a, ends, at, s);
}

std::vector<array> split(const array &a, int num_splits, StreamOrDevice s) {
  MX_API_SCOPE;
  return split(a, num_splits, 0, s);
}

std::vector<array> unstack(const array &a, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  const int at = graph::normalizeAxis("unstack", axis, rankOf(a));
  // The caller counts the parts.
  if (graph::SizesSeen *seen = graph::AnySizesScope::seen())
    seen->read.push_back(a.shape(at));
  std::vector<array> parts;
  parts.reserve(a.shape(at));
  for (int i = 0; i < a.shape(at); ++i)
    parts.push_back(squeeze(sliceAxis(a, at, i, i + 1, s), at, s));
  return parts;
}

std::vector<array> unstack(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return unstack(a, 0, s);
}

array flip(const array &a, const std::vector<int> &axes, StreamOrDevice s) {
  MX_API_SCOPE;
  Shape start(a.ndim(), 0), stop = a.shape(), strides(a.ndim(), 1);
  for (int axis : graph::normalizeAxes("flip", axes, rankOf(a))) {
    start[axis] = a.shape(axis) - 1;
    stop[axis] = -a.shape(axis) - 1;
    strides[axis] = -1;
  }
  return slice(a, start, stop, strides, s);
}

array flip(const array &a, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  return flip(a, std::vector<int>{axis}, s);
}

array flip(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return flip(a, graph::allAxes(rankOf(a)), s);
}

array roll(const array &a, const Shape &shift, const std::vector<int> &axes, StreamOrDevice s) {
  MX_API_SCOPE;
  if (shift.size() != axes.size())
    graph::fail("roll", "needs one shift per axis, got " + std::to_string(shift.size()) + " for " +
                            std::to_string(axes.size()) + " axes; give 0 where nothing moves");
  array result = a;
  for (size_t i = 0; i < axes.size(); ++i) {
    const int axis = graph::normalizeAxis("roll", axes[i], rankOf(a));
    const int64_t size = a.shape(axis), by = size ? ((shift[i] % size) + size) % size : 0;
    if (by == 0)
      continue;
    const int cut = static_cast<int>(size - by);
    result = concatenate({sliceAxis(result, axis, cut, static_cast<int>(size), s), sliceAxis(result, axis, 0, cut, s)}, axis, s);
  }
  return result;
}

array roll(const array &a, int shift, const std::vector<int> &axes, StreamOrDevice s) {
  MX_API_SCOPE;
  return roll(a, Shape(axes.size(), shift), axes, s);
}

array roll(const array &a, int shift, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  return roll(a, Shape{shift}, std::vector<int>{axis}, s);
}

array roll(const array &a, const Shape &shift, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  return roll(a, Shape{std::accumulate(shift.begin(), shift.end(), 0)}, std::vector<int>{axis}, s);
}

array roll(const array &a, int shift, StreamOrDevice s) {
  MX_API_SCOPE;
  return reshape(roll(flatten(a, s), shift, 0, s), a.shape(), s);
}

array roll(const array &a, const Shape &shift, StreamOrDevice s) {
  MX_API_SCOPE;
  return roll(a, std::accumulate(shift.begin(), shift.end(), 0), s);
}

array concatenate(const std::vector<array> &arrays, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  if (arrays.empty())
    graph::fail("concatenate", "needs at least one array; the list is empty");
  const int at = graph::normalizeAxis("concatenate", axis, rankOf(arrays[0]));
  if (arrays.size() == 1)
    return arrays[0];
  return graph::make(OpKind::Concatenate, std::span<const array>(arrays), {int64_t(at)}, s);
}

array concatenate(const std::vector<array> &arrays, StreamOrDevice s) {
  MX_API_SCOPE;
  std::vector<array> flat;
  flat.reserve(arrays.size());
  for (const array &a : arrays)
    flat.push_back(flatten(a, s));
  return concatenate(flat, 0, s);
}

array stack(const std::vector<array> &arrays, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  if (arrays.empty())
    graph::fail("stack", "needs at least one array; the list is empty");
  const int at = graph::normalizeAxis("stack", axis, rankOf(arrays[0]) + 1);
  std::vector<array> layers;
  layers.reserve(arrays.size());
  for (const array &a : arrays) {
    if (a.shape() != arrays[0].shape())
      graph::fail("stack", "shapes differ: " + graph::str(arrays[0].shape()) + " and " + graph::str(a.shape()) + "; concatenate joins along an axis of different sizes",
                  {arrays[0].shape(), a.shape()});
    layers.push_back(expand_dims(a, at, s));
  }
  return concatenate(layers, at, s);
}

array stack(const std::vector<array> &arrays, StreamOrDevice s) {
  MX_API_SCOPE;
  return stack(arrays, 0, s);
}

array repeat(const array &arr, int repeats, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  const int at = graph::normalizeAxis("repeat", axis, rankOf(arr));
  if (repeats < 0)
    graph::fail("repeat", "repeats is negative: " + std::to_string(repeats) + "; it is 0 or more");
  if (repeats == 1)
    return arr;
  const array apart = expand_dims(arr, at + 1, s);
  Shape wide = apart.shape();
  wide[at + 1] = repeats;
  return flatten(broadcast_to(apart, wide, s), at, at + 1, s);
}

array repeat(const array &arr, int repeats, StreamOrDevice s) {
  MX_API_SCOPE;
  return repeat(flatten(arr, s), repeats, 0, s);
}

array tile(const array &arr, std::vector<int> reps, StreamOrDevice s) {
  MX_API_SCOPE;
  const size_t rank = std::max(arr.ndim(), reps.size());
  reps.insert(reps.begin(), rank - reps.size(), 1);
  Shape shape(rank - arr.ndim(), 1);
  shape.insert(shape.end(), arr.shape().begin(), arr.shape().end());
  Shape apart, wide, result;
  for (size_t i = 0; i < rank; ++i) {
    if (reps[i] < 0)
      graph::fail("tile", "repetition " + std::to_string(reps[i]) + " is negative; it is 0 or more");
    int64_t size = int64_t(reps[i]) * shape[i];
    if (size > std::numeric_limits<int32_t>::max())
      graph::raise({rt::ErrorCode::overflow, "[tile] axis " + std::to_string(i) + " has too many elements"}, {arr.shape()});
    if (reps[i] != 1) {
      apart.push_back(1);
      wide.push_back(reps[i]);
    }
    apart.push_back(shape[i]);
    wide.push_back(shape[i]);
    result.push_back(static_cast<int32_t>(size));
  }
  return reshape(broadcast_to(reshape(arr, apart, s), wide, s), result, s);
}

namespace {

/// The outermost elements of each axis repeated into its margins.
array padEdge(const array &a, const std::vector<int> &axes, const Shape &low, const Shape &high, const StreamOrDevice &s) {
  array result = a;
  for (size_t i = 0; i < axes.size(); ++i) {
    const int axis = axes[i], size = a.shape(axis);
    if (low[i] == 0 && high[i] == 0)
      continue;
    if (size == 0)
      graph::fail("pad", "axis " + std::to_string(axis) + " is empty: it has no edge; pad with a constant", {a.shape()});
    auto margin = [&](int at, int width) { return repeat(sliceAxis(result, axis, at, at + 1, s), width, axis, s); };
    result = concatenate({margin(0, low[i]), result, margin(size - 1, high[i])}, axis, s);
  }
  return result;
}

array padConstant(const array &a, const std::vector<int> &axes, const Shape &low, const Shape &high, const array &value,
                  const StreamOrDevice &s) {
  Shape at(a.ndim(), 0), shape = a.shape();
  for (size_t i = 0; i < axes.size(); ++i) {
    int64_t size = int64_t(low[i]) + high[i] + shape[axes[i]];
    if (size > std::numeric_limits<int32_t>::max())
      graph::raise({rt::ErrorCode::overflow, "[pad] axis " + std::to_string(axes[i]) + " has too many elements"}, {a.shape()});
    at[axes[i]] = low[i];
    shape[axes[i]] = static_cast<int32_t>(size);
  }
  if (shape == a.shape())
    return a;
  if (value.size() != 1)
    graph::fail("pad", "pad_value is a scalar, got shape " + graph::str(value.shape()) + "; pad each part with its own", {value.shape()});
  const array fill = reshape(astype(value, a.dtype(), s), Shape{}, s);
  return graph::makeBinary(OpKind::Pad, a, fill, s, {graph::dimsAttr(at), graph::dimsAttr(shape)});
}

} // namespace

array pad(const array &a, const std::vector<int> &axes, const Shape &low_pad_size, const Shape &high_pad_size,
          const array &pad_value, const std::string &mode, StreamOrDevice s) {
  MX_API_SCOPE;
  if (low_pad_size.size() != axes.size() || high_pad_size.size() != axes.size())
    graph::fail("pad", "needs one low and one high width per axis, got " + std::to_string(low_pad_size.size()) + " and " +
                           std::to_string(high_pad_size.size()) + " for " + std::to_string(axes.size()) + " axes; give 0 where nothing is added", {a.shape()});
  for (const Shape *widths : {&low_pad_size, &high_pad_size})
    for (int32_t width : *widths)
      if (width < 0)
        graph::fail("pad", "width " + std::to_string(width) + " is negative; it is 0 or more", {a.shape()});
  const std::vector<int> at = graph::normalizeAxes("pad", axes, rankOf(a));
  if (mode == "constant")
    return padConstant(a, at, low_pad_size, high_pad_size, pad_value, s);
  if (mode == "edge")
    return padEdge(a, at, low_pad_size, high_pad_size, s);
  graph::fail("pad", "mode '" + mode + "' is neither constant nor edge; give one of them");
}

array pad(const array &a, const std::vector<std::pair<int, int>> &pad_width, const array &pad_value, const std::string &mode,
          StreamOrDevice s) {
  MX_API_SCOPE;
  if (pad_width.size() != a.ndim())
    graph::fail("pad", "needs one pair of widths per axis of " + graph::str(a.shape()) + ", got " +
                           std::to_string(pad_width.size()) + "; give {0, 0} where nothing is added", {a.shape()});
  Shape low, high;
  for (auto [before, after] : pad_width) {
    low.push_back(before);
    high.push_back(after);
  }
  return pad(a, graph::allAxes(rankOf(a)), low, high, pad_value, mode, s);
}

array pad(const array &a, const std::pair<int, int> &pad_width, const array &pad_value, const std::string &mode,
          StreamOrDevice s) {
  MX_API_SCOPE;
  return pad(a, std::vector(a.ndim(), pad_width), pad_value, mode, s);
}

array pad(const array &a, int pad_width, const array &pad_value, const std::string &mode, StreamOrDevice s) {
  MX_API_SCOPE;
  return pad(a, std::vector(a.ndim(), std::pair(pad_width, pad_width)), pad_value, mode, s);
}

} // namespace mx
