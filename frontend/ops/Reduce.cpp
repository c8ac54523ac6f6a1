// Reductions and what is made of them. An op node always names its axes; "all axes" is spelled out here.
#include "frontend/include/mx/ops.h"
#include "frontend/ops/Common.h"
#include "frontend/ops/Composite.h"

#include <algorithm>

namespace mx {
using graph::makeUnary;
using ir::OpKind;
using Axes = std::vector<int>;

namespace {

int rankOf(const array &a) { return static_cast<int>(a.ndim()); }

array reduce(OpKind kind, const array &a, const Axes &axes, bool keepdims, const StreamOrDevice &s) {
  const Axes at = graph::normalizeAxes(ir::rowOf(kind).api, axes, rankOf(a));
  array result = makeUnary(kind, a, s, {graph::intsAttr(at), int64_t(keepdims)});
  // Over no axes there is nothing but the dtype to change.
  return at.empty() ? astype(a, result.dtype(), s) : result;
}

int64_t countOf(const array &a, const Axes &axes) {
  int64_t count = 1;
  for (int axis : axes)
    count *= a.shape(axis);
  return count;
}

/// Sum over `axes` (normalised) divided by `divisor`.
array sumOver(const array &x, const Axes &axes, double divisor, bool keepdims, const StreamOrDevice &s) {
  return divide(reduce(OpKind::Sum, x, axes, keepdims, s), array(divisor, x.dtype()), s);
}

array makeMean(const array &a, const Axes &axes, bool keepdims, const StreamOrDevice &s) {
  const array x = astype(a, graph::floatDtype(a.dtype()), s);
  return sumOver(x, axes, static_cast<double>(countOf(a, axes)), keepdims, s);
}

/// `x` without the axes that were kept with size 1.
array dropAxes(const array &x, const Axes &axes, bool keepdims, const StreamOrDevice &s) {
  return keepdims ? x : squeeze(x, axes, s);
}

} // namespace

/// The three other overloads of a reduction over the one with axes.
#define MX_OVERLOADS(function)                                                                                         \
  array function(const array &a, bool keepdims, StreamOrDevice s) {                                                    \
    MX_API_SCOPE;                                                                                                      \
    return function(a, graph::allAxes(rankOf(a)), keepdims, s);                                                        \
  }                                                                                                                    \
  array function(const array &a, StreamOrDevice s) {                                                                   \
    MX_API_SCOPE;                                                                                                      \
    return function(a, graph::allAxes(rankOf(a)), false, s);                                                           \
  }                                                                                                                    \
  array function(const array &a, int axis, bool keepdims, StreamOrDevice s) {                                          \
    MX_API_SCOPE;                                                                                                      \
    return function(a, Axes{axis}, keepdims, s);                                                                       \
  }
#define MX_REDUCTION(function, Kind)                                                                                   \
  array function(const array &a, const Axes &axes, bool keepdims, StreamOrDevice s) {                                  \
    MX_API_SCOPE;                                                                                                      \
    return reduce(OpKind::Kind, a, axes, keepdims, s);                                                                 \
  }                                                                                                                    \
  MX_OVERLOADS(function)

MX_REDUCTION(all, All)
MX_REDUCTION(any, Any)
MX_REDUCTION(sum, Sum)
MX_REDUCTION(prod, Prod)
MX_REDUCTION(max, Max)
MX_REDUCTION(min, Min)

array mean(const array &a, const Axes &axes, bool keepdims, StreamOrDevice s) {
  MX_API_SCOPE;
  const Axes at = graph::normalizeAxes("mean", axes, rankOf(a));
  return graph::composite("mean", {{"axes", graph::intsAttr(at)}, {"keepdims", int64_t(keepdims)}}, {a}, makeMean(a, at, keepdims, s));
}
MX_OVERLOADS(mean)

array logsumexp(const array &a, const Axes &axes, bool keepdims, StreamOrDevice s) {
  MX_API_SCOPE;
  const Axes at = graph::normalizeAxes("logsumexp", axes, rankOf(a));
  const array x = astype(a, graph::floatDtype(a.dtype()), s);
  array peak = stop_gradient(reduce(OpKind::Max, x, at, true, s), s);
  peak = where(isfinite(peak, s), peak, array(0, x.dtype()), s); // inf - inf would be NaN
  const array total = reduce(OpKind::Sum, exp(subtract(x, peak, s), s), at, true, s);
  const array result = dropAxes(add(log(total, s), peak, s), at, keepdims, s);
  return graph::composite("logsumexp", {{"axes", graph::intsAttr(at)}, {"keepdims", int64_t(keepdims)}}, {a}, result);
}
MX_OVERLOADS(logsumexp)

array count_nonzero(const array &a, const Axes &axes, bool keepdims, StreamOrDevice s) {
  MX_API_SCOPE;
  const Axes at = graph::normalizeAxes("count_nonzero", axes, rankOf(a));
  return reduce(OpKind::Sum, astype(astype(a, bool_, s), int32, s), at, keepdims, s);
}
array count_nonzero(const array &a, bool keepdims, StreamOrDevice s) {
  MX_API_SCOPE;
  return count_nonzero(a, graph::allAxes(rankOf(a)), keepdims, s);
}
array count_nonzero(const array &a, int axis, bool keepdims, StreamOrDevice s) {
  MX_API_SCOPE;
  return count_nonzero(a, Axes{axis}, keepdims, s);
}

array var(const array &a, const Axes &axes, bool keepdims, int ddof, StreamOrDevice s) {
  MX_API_SCOPE;
  const Axes at = graph::normalizeAxes("var", axes, rankOf(a));
  const array x = astype(a, graph::floatDtype(a.dtype()), s);
  const array distance = square(subtract(x, makeMean(x, at, true, s), s), s);
  const double divisor = std::max(static_cast<double>(countOf(a, at)) - ddof, 0.0);
  return graph::composite("var", {{"axes", graph::intsAttr(at)}, {"keepdims", int64_t(keepdims)}, {"ddof", int64_t(ddof)}}, {a},
                          sumOver(distance, at, divisor, keepdims, s));
}

array std(const array &a, const Axes &axes, bool keepdims, int ddof, StreamOrDevice s) {
  MX_API_SCOPE;
  const Axes at = graph::normalizeAxes("std", axes, rankOf(a));
  return sqrt(var(a, at, keepdims, ddof, s), s);
}

#define MX_MOMENT(function)                                                                                            \
  array function(const array &a, bool keepdims, int ddof, StreamOrDevice s) {                                          \
    MX_API_SCOPE;                                                                                                      \
    return function(a, graph::allAxes(rankOf(a)), keepdims, ddof, s);                                                  \
  }                                                                                                                    \
  array function(const array &a, StreamOrDevice s) {                                                                   \
    MX_API_SCOPE;                                                                                                      \
    return function(a, graph::allAxes(rankOf(a)), false, 0, s);                                                        \
  }                                                                                                                    \
  array function(const array &a, int axis, bool keepdims, int ddof, StreamOrDevice s) {                                \
    MX_API_SCOPE;                                                                                                      \
    return function(a, Axes{axis}, keepdims, ddof, s);                                                                 \
  }
MX_MOMENT(var)
MX_MOMENT(std)

#define MX_ARG_REDUCTION(function, Kind)                                                                               \
  array function(const array &a, int axis, bool keepdims, StreamOrDevice s) {                                          \
    MX_API_SCOPE;                                                                                                      \
    const int at = graph::normalizeAxis(#function, axis, rankOf(a));                                                   \
    return makeUnary(OpKind::Kind, a, s, {int64_t(at), int64_t(keepdims)});                                            \
  }                                                                                                                    \
  array function(const array &a, bool keepdims, StreamOrDevice s) {                                                    \
    MX_API_SCOPE;                                                                                                      \
    const array index = function(flatten(a, s), 0, false, s);                                                          \
    return keepdims ? reshape(index, Shape(a.ndim(), 1), s) : index;                                                   \
  }                                                                                                                    \
  array function(const array &a, StreamOrDevice s) {                                                                   \
    MX_API_SCOPE;                                                                                                      \
    return function(a, false, s);                                                                                      \
  }
MX_ARG_REDUCTION(argmin, Argmin)
MX_ARG_REDUCTION(argmax, Argmax)

namespace {

/// With y = softmax(x) and cotangent g: y * (g - sum(y * g)).
std::vector<array> softmaxVjp(const Axes &axes, Dtype argument, const array &g, const array &y) {
  const array weighted = multiply(y, g);
  return {astype(subtract(weighted, multiply(y, sum(weighted, axes, true))), argument)};
}

} // namespace

array softmax(const array &a, const Axes &axes, bool precise, StreamOrDevice s) {
  MX_API_SCOPE;
  const Axes at = graph::normalizeAxes("softmax", axes, rankOf(a));
  const Dtype dtype = graph::floatDtype(a.dtype());
  if (a.size() == 0)
    return astype(a, dtype, s);
  const array x = astype(a, precise && dtype.size() < 4 ? float32 : dtype, s);
  const array peak = stop_gradient(reduce(OpKind::Max, x, at, true, s), s);
  const array power = exp(subtract(x, peak, s), s);
  const array result = astype(divide(power, reduce(OpKind::Sum, power, at, true, s), s), dtype, s);
  graph::GroupInfo info = graph::compositeInfo("softmax", {{"axes", graph::intsAttr(at)}, {"precise", int64_t(precise)}});
  info.vjp = [at, argument = a.dtype()](const std::vector<array> &, const std::vector<array> &g, const std::vector<array> &y) {
    return softmaxVjp(at, argument, g[0], y[0]);
  };
  return graph::makeGroup(std::move(info), {a}, {result})[0];
}
array softmax(const array &a, bool precise, StreamOrDevice s) {
  MX_API_SCOPE;
  return softmax(a, graph::allAxes(rankOf(a)), precise, s);
}
array softmax(const array &a, int axis, bool precise, StreamOrDevice s) {
  MX_API_SCOPE;
  return softmax(a, Axes{axis}, precise, s);
}

array number_of_elements(const array &a, std::vector<int> axes, bool inverted, Dtype dtype, StreamOrDevice) {
  MX_API_SCOPE;
  const double count = static_cast<double>(countOf(a, graph::normalizeAxes("number_of_elements", axes, rankOf(a))));
  return array(inverted ? 1.0 / count : count, dtype);
}

} // namespace mx
