// Functions that change the shape or the order of axes.
#include "frontend/include/mx/ops.h"
#include "frontend/include/mx/utils.h"
#include "frontend/ops/Common.h"
#include "frontend/trace/Tracing.h"

#include <algorithm>
#include <numeric>

namespace mx {
using graph::makeUnary;
using ir::OpKind;

namespace {

int rankOf(const array &a) { return static_cast<int>(a.ndim()); }

/// `shape` with -1 replaced by what is left of `count` elements.
Shape resolveShape(const char *op, const array &a, int64_t count, Shape shape) {
  int64_t known = 1, unknown = -1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == -1) {
      if (unknown >= 0)
        graph::fail(op, "only one size may be -1, got " + graph::str(shape) + "; write out the others", {a.shape()});
      unknown = static_cast<int64_t>(i);
    } else if (shape[i] < 0 || __builtin_mul_overflow(known, int64_t(shape[i]), &known)) {
      graph::fail(op, "cannot reshape " + graph::str(a.shape()) + " to " + graph::str(shape) + "; sizes are 0 or more, and one may be -1", {a.shape()});
    }
  }
  if (unknown < 0)
    return shape;
  if (known == 0 || count % known != 0)
    graph::fail(op, "cannot reshape " + graph::str(a.shape()) + " to " + graph::str(shape) + ": " + std::to_string(count) +
                        " elements do not divide by " + std::to_string(known) + "; the product of the sizes stays the same", {a.shape()});
  shape[unknown] = static_cast<int32_t>(count / known);
  return shape;
}

array makeReshape(const array &a, const Shape &shape, const StreamOrDevice &s) {
  if (shape == a.shape() && !graph::AnySizesScope::active())
    return a;
  return makeUnary(OpKind::Reshape, a, s, {graph::dimsAttr(shape)});
}

} // namespace

array reshape(const array &a, Shape shape, StreamOrDevice s) {
  MX_API_SCOPE;
  return makeReshape(a, resolveShape("reshape", a, static_cast<int64_t>(a.size()), std::move(shape)), s);
}

array unflatten(const array &a, int axis, Shape shape, StreamOrDevice s) {
  MX_API_SCOPE;
  const int at = graph::normalizeAxis("unflatten", axis, rankOf(a));
  if (shape.empty())
    graph::fail("unflatten", "needs at least one size; give those that the axis is split into");
  const Shape parts = resolveShape("unflatten", a, a.shape(at), std::move(shape));
  Shape result(a.shape().begin(), a.shape().begin() + at);
  result.insert(result.end(), parts.begin(), parts.end());
  result.insert(result.end(), a.shape().begin() + at + 1, a.shape().end());
  if (std::accumulate(parts.begin(), parts.end(), int64_t(1), std::multiplies<>()) != a.shape(at))
    graph::fail("unflatten", "axis " + std::to_string(axis) + " of size " + std::to_string(a.shape(at)) +
                                 " does not split into " + graph::str(parts) + "; their product is the size", {a.shape()});
  return makeReshape(a, result, s);
}

array flatten(const array &a, int start_axis, int end_axis, StreamOrDevice s) {
  MX_API_SCOPE;
  if (a.ndim() == 0)
    return makeReshape(a, Shape{1}, s);
  const int start = graph::normalizeAxis("flatten", start_axis, rankOf(a));
  const int end = graph::normalizeAxis("flatten", end_axis, rankOf(a));
  if (start > end)
    graph::fail("flatten", "start_axis " + std::to_string(start_axis) + " is after end_axis " + std::to_string(end_axis) + "; give the lower one first");
  const Shape &shape = a.shape();
  int64_t joined = 1;
  for (int i = start; i <= end; ++i)
    joined *= shape[i];
  if (joined > std::numeric_limits<int32_t>::max())
    graph::raise({rt::ErrorCode::overflow, "[flatten] " + graph::str(shape) + " has too many elements for one axis"}, {shape});
  Shape result(shape.begin(), shape.begin() + start);
  result.push_back(static_cast<int32_t>(joined));
  result.insert(result.end(), shape.begin() + end + 1, shape.end());
  return makeReshape(a, result, s);
}

array flatten(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return flatten(a, 0, -1, s);
}

array squeeze(const array &a, const std::vector<int> &axes, StreamOrDevice s) {
  MX_API_SCOPE;
  const std::vector<int> gone = graph::normalizeAxes("squeeze", axes, rankOf(a));
  Shape result;
  for (int i = 0; i < rankOf(a); ++i) {
    if (std::find(gone.begin(), gone.end(), i) == gone.end())
      result.push_back(a.shape(i));
    else if (a.shape(i) != 1)
      graph::fail("squeeze", "axis " + std::to_string(i) + " has size " + std::to_string(a.shape(i)) + ", not 1; reduce it, or take one entry", {a.shape()});
  }
  return makeReshape(a, result, s);
}

array squeeze(const array &a, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  return squeeze(a, std::vector<int>{axis}, s);
}

array squeeze(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  Shape result;
  std::copy_if(a.shape().begin(), a.shape().end(), std::back_inserter(result), [](int32_t d) { return d != 1; });
  return makeReshape(a, result, s);
}

array expand_dims(const array &a, const std::vector<int> &axes, StreamOrDevice s) {
  MX_API_SCOPE;
  const int rank = rankOf(a) + static_cast<int>(axes.size());
  std::vector<int> added = graph::normalizeAxes("expand_dims", axes, rank);
  std::sort(added.begin(), added.end());
  Shape result = a.shape();
  for (int axis : added)
    result.insert(result.begin() + axis, 1);
  return makeReshape(a, result, s);
}

array expand_dims(const array &a, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  return expand_dims(a, std::vector<int>{axis}, s);
}

namespace {

using Atleast = array (*)(const array &, StreamOrDevice);

std::vector<array> each(Atleast function, const std::vector<array> &arrays, const StreamOrDevice &s) {
  std::vector<array> result;
  result.reserve(arrays.size());
  for (const array &a : arrays)
    result.push_back(function(a, s));
  return result;
}

} // namespace

array atleast_1d(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return a.ndim() == 0 ? makeReshape(a, Shape{1}, s) : a;
}

array atleast_2d(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  if (a.ndim() >= 2)
    return a;
  return a.ndim() == 0 ? makeReshape(a, Shape{1, 1}, s) : makeReshape(a, Shape{1, a.shape(0)}, s);
}

array atleast_3d(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  if (a.ndim() >= 3)
    return a;
  const Shape &d = a.shape();
  return makeReshape(a, d.empty() ? Shape{1, 1, 1} : d.size() == 1 ? Shape{1, d[0], 1} : Shape{d[0], d[1], 1}, s);
}

std::vector<array> atleast_1d(const std::vector<array> &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return each(static_cast<Atleast>(atleast_1d), a, s);
}
std::vector<array> atleast_2d(const std::vector<array> &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return each(static_cast<Atleast>(atleast_2d), a, s);
}
std::vector<array> atleast_3d(const std::vector<array> &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return each(static_cast<Atleast>(atleast_3d), a, s);
}

array transpose(const array &a, std::vector<int> axes, StreamOrDevice s) {
  MX_API_SCOPE;
  if (axes.size() != a.ndim())
    graph::fail("transpose", "needs one entry per axis of " + graph::str(a.shape()) + ", got " +
                                 std::to_string(axes.size()) + "; give all axes in their new order, or none to reverse them", {a.shape()});
  axes = graph::normalizeAxes("transpose", axes, rankOf(a));
  if (std::is_sorted(axes.begin(), axes.end()))
    return a;
  return makeUnary(OpKind::Transpose, a, s, {graph::intsAttr(axes)});
}

array transpose(const array &a, std::initializer_list<int> axes, StreamOrDevice s) {
  MX_API_SCOPE;
  return transpose(a, std::vector<int>(axes), s);
}

array transpose(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  std::vector<int> axes = graph::allAxes(rankOf(a));
  std::reverse(axes.begin(), axes.end());
  return transpose(a, std::move(axes), s);
}

array swapaxes(const array &a, int axis1, int axis2, StreamOrDevice s) {
  MX_API_SCOPE;
  std::vector<int> axes = graph::allAxes(rankOf(a));
  std::swap(axes[graph::normalizeAxis("swapaxes", axis1, rankOf(a))], axes[graph::normalizeAxis("swapaxes", axis2, rankOf(a))]);
  return transpose(a, std::move(axes), s);
}

array moveaxis(const array &a, int source, int destination, StreamOrDevice s) {
  MX_API_SCOPE;
  const int from = graph::normalizeAxis("moveaxis", source, rankOf(a));
  const int to = graph::normalizeAxis("moveaxis", destination, rankOf(a));
  std::vector<int> axes = graph::allAxes(rankOf(a));
  axes.erase(axes.begin() + from);
  axes.insert(axes.begin() + to, from);
  return transpose(a, std::move(axes), s);
}

array broadcast_to(const array &a, const Shape &shape, StreamOrDevice s) {
  MX_API_SCOPE;
  if (shape == a.shape() && !graph::AnySizesScope::active())
    return a;
  return makeUnary(OpKind::BroadcastTo, a, s, {graph::dimsAttr(shape)});
}

std::vector<array> broadcast_arrays(const std::vector<array> &inputs, StreamOrDevice s) {
  MX_API_SCOPE;
  Shape shape;
  for (const array &a : inputs)
    shape = broadcast_shapes(shape, a.shape());
  std::vector<array> result;
  result.reserve(inputs.size());
  for (const array &a : inputs)
    result.push_back(broadcast_to(a, shape, s));
  return result;
}

array as_strided(const array &a, Shape shape, Strides strides, size_t offset, StreamOrDevice s) {
  MX_API_SCOPE;
  return makeUnary(OpKind::AsStrided, a, s,
                   {graph::dimsAttr(shape), ir::Dims(strides.begin(), strides.end()), ir::Dims{static_cast<int64_t>(offset)}});
}

array diagonal(const array &a, int offset, int axis1, int axis2, StreamOrDevice s) {
  MX_API_SCOPE;
  if (a.ndim() < 2)
    graph::fail("diagonal", "needs two axes or more, got shape " + graph::str(a.shape()) + "; add axes with expand_dims", {a.shape()});
  const std::vector<int> axes = graph::normalizeAxes("diagonal", {axis1, axis2}, rankOf(a));
  // In row-major order a step along the diagonal is a step along both axes.
  Strides steps(a.ndim());
  int64_t step = 1;
  for (size_t i = a.ndim(); i-- > 0; step *= a.shape(static_cast<int>(i)))
    steps[i] = step;
  const int64_t down = std::max(-int64_t(offset), int64_t(0)), right = std::max(int64_t(offset), int64_t(0));
  const int64_t length = std::max(std::min(a.shape(axes[0]) - down, a.shape(axes[1]) - right), int64_t(0));
  Shape shape;
  Strides strides;
  for (int i = 0; i < rankOf(a); ++i) {
    if (i == axes[0] || i == axes[1])
      continue;
    shape.push_back(a.shape(i));
    strides.push_back(steps[i]);
  }
  shape.push_back(static_cast<int32_t>(length));
  strides.push_back(steps[axes[0]] + steps[axes[1]]);
  const int64_t start = length ? down * steps[axes[0]] + right * steps[axes[1]] : 0;
  return as_strided(a, shape, strides, static_cast<size_t>(start), s);
}

} // namespace mx
