// Running reductions along one axis.
#include "frontend/include/mx/ops.h"
#include "frontend/ops/Common.h"

#include <limits>

namespace mx {
using ir::OpKind;

namespace {

int rankOf(const array &a) { return static_cast<int>(a.ndim()); }

array scan(OpKind kind, const array &a, int axis, bool reverse, bool inclusive, const StreamOrDevice &s) {
  const int at = graph::normalizeAxis(ir::rowOf(kind).api, axis, rankOf(a));
  return graph::makeUnary(kind, a, s, {int64_t(at), int64_t(reverse), int64_t(inclusive)});
}

array convert(const array &a, std::optional<Dtype> dtype, const StreamOrDevice &s) { return dtype ? astype(a, *dtype, s) : a; }

} // namespace

#define MX_ACCUMULATION(function, Kind)                                                                                \
  array function(const array &a, int axis, bool reverse, bool inclusive, std::optional<Dtype> dtype, StreamOrDevice s) { \
    MX_API_SCOPE;                                                                                                      \
    return scan(OpKind::Kind, convert(a, dtype, s), axis, reverse, inclusive, s);                                      \
  }                                                                                                                    \
  array function(const array &a, bool reverse, bool inclusive, std::optional<Dtype> dtype, StreamOrDevice s) {         \
    MX_API_SCOPE;                                                                                                      \
    return function(flatten(a, s), 0, reverse, inclusive, dtype, s);                                                   \
  }                                                                                                                    \
  array function(const array &a, bool reverse, bool inclusive, StreamOrDevice s) {                                     \
    MX_API_SCOPE;                                                                                                      \
    return function(a, reverse, inclusive, std::nullopt, s);                                                           \
  }                                                                                                                    \
  array function(const array &a, int axis, bool reverse, bool inclusive, StreamOrDevice s) {                           \
    MX_API_SCOPE;                                                                                                      \
    return function(a, axis, reverse, inclusive, std::nullopt, s);                                                     \
  }
MX_ACCUMULATION(cumsum, Cumsum)
MX_ACCUMULATION(cumprod, Cumprod)

#define MX_EXTREMUM(function, Kind)                                                                                    \
  array function(const array &a, int axis, bool reverse, bool inclusive, StreamOrDevice s) {                           \
    MX_API_SCOPE;                                                                                                      \
    return scan(OpKind::Kind, a, axis, reverse, inclusive, s);                                                         \
  }                                                                                                                    \
  array function(const array &a, bool reverse, bool inclusive, StreamOrDevice s) {                                     \
    MX_API_SCOPE;                                                                                                      \
    return scan(OpKind::Kind, flatten(a, s), 0, reverse, inclusive, s);                                                \
  }
MX_EXTREMUM(cummax, Cummax)
MX_EXTREMUM(cummin, Cummin)

array logcumsumexp(const array &a, int axis, bool reverse, bool inclusive, StreamOrDevice s) {
  MX_API_SCOPE;
  const int at = graph::normalizeAxis("logcumsumexp", axis, rankOf(a)), size = a.shape(at);
  const Dtype dtype = graph::floatDtype(a.dtype());
  const array nothing(-std::numeric_limits<double>::infinity(), dtype);
  // Moves elements `by` places along the axis, in the direction of the scan; log(0) comes in.
  auto shifted = [&](const array &x, int by) {
    Shape low(x.ndim(), 0), high = x.shape();
    (reverse ? low : high)[at] = reverse ? by : size - by;
    const array kept = slice(x, low, high, s);
    return pad(kept, {at}, Shape{reverse ? 0 : by}, Shape{reverse ? by : 0}, nothing, "constant", s);
  };
  array x = astype(a, dtype, s);
  if (!inclusive && size > 0)
    x = shifted(x, 1);
  // Prefix sums by doubling. Source: Hillis and Steele, Data Parallel Algorithms (1986).
  for (int64_t by = 1; by < size; by *= 2)
    x = logaddexp(x, shifted(x, static_cast<int>(by)), s);
  return x;
}

array logcumsumexp(const array &a, bool reverse, bool inclusive, StreamOrDevice s) {
  MX_API_SCOPE;
  return logcumsumexp(flatten(a, s), 0, reverse, inclusive, s);
}

array diff(const array &a, int n, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  if (n < 0)
    graph::fail("diff", "n is negative: " + std::to_string(n) + "; it is 0 or more");
  const int at = graph::normalizeAxis("diff", axis, rankOf(a));
  array result = a;
  for (int i = 0; i < n && result.shape(at) > 0; ++i) {
    Shape one(a.ndim(), 0), last = result.shape();
    one[at] = 1;
    last[at] -= 1;
    const array next = slice(result, one, result.shape(), s), previous = slice(result, Shape(a.ndim(), 0), last, s);
    result = a.dtype() == bool_ ? not_equal(next, previous, s) : subtract(next, previous, s);
  }
  return result;
}

} // namespace mx
