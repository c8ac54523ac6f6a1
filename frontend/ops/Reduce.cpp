// Reductions and what is made of them. An op node always names its axes; "all axes" is spelled out here.
#include "frontend/include/mx/ops.h"
#include "frontend/ops/Common.h"
#include "frontend/lib/Composite.h"
#include "frontend/trace/Tracing.h"

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

double countOf(const array &a, const Axes &axes) {
  double count = 1;
  for (int axis : axes)
    count *= a.shape(axis);
  return count;
}

/// `a` in the dtype that its statistics are computed in.
array widened(const char *op, const array &a, const StreamOrDevice &s) {
  return astype(a, lib::accumulationDtype(lib::floatingDtype(op, a.dtype())), s);
}

/// The sum of `x` over `axes` divided by `divisor`.
array average(const array &x, const Axes &axes, double divisor, bool keepdims, const StreamOrDevice &s) {
  return divide(reduce(OpKind::Sum, x, axes, keepdims, s), array(divisor, x.dtype()), s);
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
  const array x = widened("mean", a, s);
  const array result = astype(average(x, at, countOf(a, at), keepdims, s), graph::floatDtype(a.dtype()), s);
  return lib::composite("mean", {{"axes", lib::list(at)}, {"keepdims", int64_t{keepdims}}}, {a}, result);
}
MX_OVERLOADS(mean)

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
  const array x = widened("var", a, s);
  const double count = countOf(a, at);
  const array distance = square(subtract(x, average(x, at, count, true, s), s), s);
  const array spread = average(distance, at, std::max(count - ddof, 0.0), keepdims, s);
  return lib::composite("var", {{"axes", lib::list(at)}, {"keepdims", int64_t{keepdims}}, {"ddof", int64_t{ddof}}}, {a},
                        astype(spread, graph::floatDtype(a.dtype()), s));
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

array number_of_elements(const array &a, std::vector<int> axes, bool inverted, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  const std::vector<int> at = graph::normalizeAxes("number_of_elements", axes, rankOf(a));
  if (!graph::TracingScope::active()) {
    const double count = countOf(a, at);
    return array(inverted ? 1.0 / count : count, dtype);
  }
  // In a trace the sizes may come to vary.
  Shape sizes;
  for (int axis : at)
    sizes.push_back(a.shape(axis));
  const bool counts = !inverted && dtype != bool_ && dtype != complex64;
  const Dtype as = counts || dtype == float64 ? dtype : float32;
  const array count = graph::make(OpKind::Size, {}, {graph::dimsAttr(sizes), graph::dtypeAttr(as)}, s);
  return astype(inverted ? reciprocal(count, s) : count, dtype, s);
}

} // namespace mx
