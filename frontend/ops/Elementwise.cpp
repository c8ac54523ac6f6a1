// Element-wise functions: one row of the op table each, or a few of them.
#include "frontend/include/mx/ops.h"
#include "frontend/include/mx/utils.h"
#include "frontend/ops/Common.h"
#include "frontend/trace/Tracing.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace mx {
using ir::OpKind;
using graph::makeBinary;
using graph::makeUnary;

#define MX_UNARY(function, Kind)                                                                                       \
  array function(const array &a, StreamOrDevice s) {                                                                   \
    MX_API_SCOPE;                                                                                                      \
    return makeUnary(OpKind::Kind, a, s);                                                                              \
  }
#define MX_BINARY(function, Kind)                                                                                      \
  array function(const array &a, const array &b, StreamOrDevice s) {                                                   \
    MX_API_SCOPE;                                                                                                      \
    return makeBinary(OpKind::Kind, a, b, s);                                                                          \
  }
#define MX_OPERATOR(symbol, Kind)                                                                                      \
  array operator symbol(const array &a, const array &b) {                                                              \
    MX_API_SCOPE;                                                                                                      \
    return makeBinary(OpKind::Kind, a, b, {});                                                                         \
  }

// --- Arithmetic ---------------------------------------------------------------------------------------------------

MX_BINARY(add, Add)
MX_BINARY(subtract, Subtract)
MX_BINARY(multiply, Multiply)
MX_BINARY(divide, Divide)
MX_BINARY(floor_divide, FloorDivide)
MX_BINARY(remainder, Remainder)
MX_BINARY(power, Power)
MX_BINARY(maximum, Maximum)
MX_BINARY(minimum, Minimum)
MX_BINARY(logaddexp, Logaddexp)
MX_BINARY(arctan2, Arctan2)
MX_UNARY(negative, Negative)
MX_UNARY(abs, Abs)
MX_UNARY(sign, Sign)
MX_UNARY(square, Square)
MX_UNARY(reciprocal, Reciprocal)
MX_UNARY(sqrt, Sqrt)
MX_UNARY(rsqrt, Rsqrt)
MX_UNARY(floor, Floor)
MX_UNARY(ceil, Ceil)
MX_UNARY(trunc, Trunc)
MX_UNARY(round, Rint)

array positive(const array &a, StreamOrDevice) { return a; }

std::vector<array> divmod(const array &a, const array &b, StreamOrDevice s) {
  MX_API_SCOPE;
  return {floor_divide(a, b, s), remainder(a, b, s)};
}

array clip(const array &a, const std::optional<array> &a_min, const std::optional<array> &a_max, StreamOrDevice s) {
  MX_API_SCOPE;
  if (!a_min && !a_max)
    graph::fail("clip", "has neither a_min nor a_max; give one of them, or both");
  array result = a;
  if (a_min)
    result = maximum(result, *a_min, s);
  if (a_max)
    result = minimum(result, *a_max, s);
  return result;
}

array round(const array &a, int decimals, StreamOrDevice s) {
  MX_API_SCOPE;
  if (decimals == 0)
    return round(a, s);
  if (!issubdtype(a.dtype(), inexact) && decimals > 0)
    return a;
  const Dtype dtype = graph::floatDtype(a.dtype());
  const array scale = array(std::pow(10.0, std::abs(decimals)), dtype);
  const array x = astype(a, dtype, s);
  const array rounded = decimals > 0 ? divide(round(multiply(x, scale, s), s), scale, s)
                                     : multiply(round(divide(x, scale, s), s), scale, s);
  return astype(rounded, a.dtype(), s);
}

// --- Exponentials, trigonometry -----------------------------------------------------------------------------------

MX_UNARY(exp, Exp)
MX_UNARY(expm1, Expm1)
MX_UNARY(log, Log)
MX_UNARY(log2, Log2)
MX_UNARY(log10, Log10)
MX_UNARY(log1p, Log1p)
MX_UNARY(sin, Sin)
MX_UNARY(cos, Cos)
MX_UNARY(tan, Tan)
MX_UNARY(arcsin, Arcsin)
MX_UNARY(arccos, Arccos)
MX_UNARY(arctan, Arctan)
MX_UNARY(sinh, Sinh)
MX_UNARY(cosh, Cosh)
MX_UNARY(tanh, Tanh)
MX_UNARY(arcsinh, Arcsinh)
MX_UNARY(arccosh, Arccosh)
MX_UNARY(arctanh, Arctanh)
MX_UNARY(erf, Erf)
MX_UNARY(erfinv, Erfinv)
MX_UNARY(sigmoid, Sigmoid)

array degrees(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return multiply(a, array(180 / std::numbers::pi, graph::floatDtype(a.dtype())), s);
}

array radians(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return multiply(a, array(std::numbers::pi / 180, graph::floatDtype(a.dtype())), s);
}

// --- Comparison ---------------------------------------------------------------------------------------------------

MX_BINARY(equal, Equal)
MX_BINARY(not_equal, NotEqual)
MX_BINARY(less, Less)
MX_BINARY(less_equal, LessEqual)
MX_BINARY(greater, Greater)
MX_BINARY(greater_equal, GreaterEqual)

array array_equal(const array &a, const array &b, StreamOrDevice s) {
  MX_API_SCOPE;
  return array_equal(a, b, false, s);
}

array array_equal(const array &a, const array &b, bool equal_nan, StreamOrDevice s) {
  MX_API_SCOPE;
  graph::AnySizesScope::noteCompared(a.shape());
  graph::AnySizesScope::noteCompared(b.shape());
  if (a.shape() != b.shape())
    return array(false);
  array same = equal(a, b, s);
  if (equal_nan)
    same = logical_or(same, logical_and(isnan(a, s), isnan(b, s), s), s);
  return all(same, s);
}

array isclose(const array &a, const array &b, double rtol, double atol, bool equal_nan, StreamOrDevice s) {
  MX_API_SCOPE;
  const Dtype dtype = graph::floatDtype(result_type(a, b));
  const array x = astype(a, dtype, s), y = astype(b, dtype, s);
  const array bound = add(array(atol, dtype), multiply(array(rtol, dtype), abs(y, s), s), s);
  array close = logical_and(less_equal(abs(subtract(x, y, s), s), bound, s), isfinite(y, s), s);
  close = logical_or(close, equal(x, y, s), s); // infinities of one sign
  if (equal_nan)
    close = logical_or(close, logical_and(isnan(x, s), isnan(y, s), s), s);
  return close;
}

array allclose(const array &a, const array &b, double rtol, double atol, bool equal_nan, StreamOrDevice s) {
  MX_API_SCOPE;
  return all(isclose(a, b, rtol, atol, equal_nan, s), s);
}

namespace {

/// What a test for NaN or infinity gives on dtypes that have neither.
array never(const array &a, const StreamOrDevice &s) { return full(a.shape(), array(false), bool_, s); }

array infinityOf(const array &a, double sign) {
  return array(sign * std::numeric_limits<double>::infinity(), a.dtype());
}

} // namespace

array isnan(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return issubdtype(a.dtype(), inexact) ? not_equal(a, a, s) : never(a, s);
}

array isinf(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return issubdtype(a.dtype(), inexact) ? equal(abs(a, s), infinityOf(a, 1), s) : never(a, s);
}

array isfinite(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  // NaN compares false with everything.
  return issubdtype(a.dtype(), inexact) ? less(abs(a, s), infinityOf(a, 1), s) : full(a.shape(), array(true), bool_, s);
}

array isposinf(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return issubdtype(a.dtype(), inexact) ? equal(a, infinityOf(a, 1), s) : never(a, s);
}

array isneginf(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return issubdtype(a.dtype(), inexact) ? equal(a, infinityOf(a, -1), s) : never(a, s);
}

array nan_to_num(const array &a, float nan, std::optional<float> posinf, std::optional<float> neginf, StreamOrDevice s) {
  MX_API_SCOPE;
  if (!issubdtype(a.dtype(), inexact))
    return a;
  const finfo limits(a.dtype());
  const array high(posinf ? double(*posinf) : limits.max, a.dtype()), low(neginf ? double(*neginf) : limits.min, a.dtype());
  array result = where(isnan(a, s), array(nan, a.dtype()), a, s);
  result = where(isposinf(a, s), high, result, s);
  return where(isneginf(a, s), low, result, s);
}

// --- Logic and bits -----------------------------------------------------------------------------------------------

MX_UNARY(logical_not, LogicalNot)
MX_BINARY(logical_and, LogicalAnd)
MX_BINARY(logical_or, LogicalOr)
MX_BINARY(logical_xor, LogicalXor)
MX_BINARY(bitwise_and, BitwiseAnd)
MX_BINARY(bitwise_or, BitwiseOr)
MX_BINARY(bitwise_xor, BitwiseXor)
MX_UNARY(bitwise_invert, BitwiseInvert)
MX_BINARY(left_shift, LeftShift)
MX_BINARY(right_shift, RightShift)

// --- Selection and conversion -------------------------------------------------------------------------------------

array where(const array &condition, const array &x, const array &y, StreamOrDevice s) {
  MX_API_SCOPE;
  graph::Node *const inputs[] = {graph::nodeOf(condition), graph::nodeOf(x), graph::nodeOf(y)};
  return graph::make(OpKind::Where, inputs, {}, s);
}

array astype(const array &a, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  if (a.dtype() == dtype)
    return a;
  return makeUnary(OpKind::Astype, a, s, {graph::dtypeAttr(dtype)});
}

array view(const array &a, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  if (a.dtype() == dtype)
    return a;
  return makeUnary(OpKind::View, a, s, {graph::dtypeAttr(dtype)});
}

MX_UNARY(copy, Copy)
MX_UNARY(stop_gradient, StopGradient)

array contiguous(const array &a, bool allow_col_major, StreamOrDevice s) {
  MX_API_SCOPE;
  if (a.is_available() && !a.is_tracer()) {
    const array::Flags flags = a.flags();
    if (flags.row_contiguous || (allow_col_major && flags.col_contiguous))
      return a;
  }
  return makeUnary(OpKind::Copy, a, s);
}

namespace {

/// The real (0) or imaginary (1) parts of complex64.
array partOf(const array &a, int part, const StreamOrDevice &s) {
  const array parts = view(expand_dims(a, -1, s), float32, s);
  return take(parts, part, -1, s);
}

} // namespace

array real(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return a.dtype() == complex64 ? partOf(a, 0, s) : a;
}

array imag(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return a.dtype() == complex64 ? partOf(a, 1, s) : zeros_like(a, s);
}

array conjugate(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  if (a.dtype() != complex64)
    return a;
  const array parts = view(expand_dims(a, -1, s), float32, s);
  return squeeze(view(multiply(parts, array({1.0f, -1.0f}), s), complex64, s), -1, s);
}

// --- Operators ----------------------------------------------------------------------------------------------------

array operator-(const array &a) {
  MX_API_SCOPE;
  return makeUnary(OpKind::Negative, a, {});
}
array operator~(const array &a) {
  MX_API_SCOPE;
  return makeUnary(OpKind::BitwiseInvert, a, {});
}
MX_OPERATOR(+, Add)
MX_OPERATOR(-, Subtract)
MX_OPERATOR(*, Multiply)
MX_OPERATOR(/, Divide)
MX_OPERATOR(%, Remainder)
MX_OPERATOR(==, Equal)
MX_OPERATOR(!=, NotEqual)
MX_OPERATOR(<, Less)
MX_OPERATOR(<=, LessEqual)
MX_OPERATOR(>, Greater)
MX_OPERATOR(>=, GreaterEqual)
MX_OPERATOR(&&, LogicalAnd)
MX_OPERATOR(||, LogicalOr)
MX_OPERATOR(&, BitwiseAnd)
MX_OPERATOR(|, BitwiseOr)
MX_OPERATOR(^, BitwiseXor)
MX_OPERATOR(<<, LeftShift)
MX_OPERATOR(>>, RightShift)

} // namespace mx
