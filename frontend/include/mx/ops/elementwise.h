// Element-wise functions. Arguments broadcast against each other; they are computed in the dtype they promote to,
// functions of real analysis in floating point (integers and bool become float32). Every function throws
// InvalidArgument for shapes that do not broadcast and for dtypes it does not take; complex64 is for storage only.
#pragma once

#include "mx/array.h"

#include <optional>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

// --- Arithmetic ---------------------------------------------------------------------------------------------------

/// a + b; of booleans the logical or.
array add(const array &a, const array &b, StreamOrDevice s = {});
/// a - b; booleans are an error.
array subtract(const array &a, const array &b, StreamOrDevice s = {});
/// a * b; of booleans the logical and.
array multiply(const array &a, const array &b, StreamOrDevice s = {});
/// a / b in floating point.
array divide(const array &a, const array &b, StreamOrDevice s = {});
/// The quotient rounded down; integers divided by 0 give 0.
array floor_divide(const array &a, const array &b, StreamOrDevice s = {});
/// a - floor(a / b) * b, with the sign of b; integers by 0 give 0.
array remainder(const array &a, const array &b, StreamOrDevice s = {});
/// {floor_divide(a, b), remainder(a, b)}.
std::vector<array> divmod(const array &a, const array &b, StreamOrDevice s = {});
/// a to the power of b; an integer to a negative power is 0, unless it is 1 or -1.
array power(const array &a, const array &b, StreamOrDevice s = {});
/// The larger; NaN if either is.
array maximum(const array &a, const array &b, StreamOrDevice s = {});
/// The smaller; NaN if either is.
array minimum(const array &a, const array &b, StreamOrDevice s = {});
/// a, not below a_min and not above a_max. Throws InvalidArgument when neither is given.
array clip(const array &a, const std::optional<array> &a_min = std::nullopt,
           const std::optional<array> &a_max = std::nullopt, StreamOrDevice s = {});
/// log(exp(a) + exp(b)), without overflow.
array logaddexp(const array &a, const array &b, StreamOrDevice s = {});
/// The angle of the point (b, a) in radians, in [-pi, pi].
array arctan2(const array &a, const array &b, StreamOrDevice s = {});

/// a itself.
array positive(const array &a, StreamOrDevice s = {});
/// -a; bool is an error.
array negative(const array &a, StreamOrDevice s = {});
/// |a|.
array abs(const array &a, StreamOrDevice s = {});
/// -1, 0 or 1; NaN for NaN.
array sign(const array &a, StreamOrDevice s = {});
/// a * a.
array square(const array &a, StreamOrDevice s = {});
/// 1 / a in floating point.
array reciprocal(const array &a, StreamOrDevice s = {});
/// The square root in floating point; NaN below 0.
array sqrt(const array &a, StreamOrDevice s = {});
/// 1 / sqrt(a).
array rsqrt(const array &a, StreamOrDevice s = {});
/// The largest integer not above a, in a's dtype.
array floor(const array &a, StreamOrDevice s = {});
/// The smallest integer not below a, in a's dtype.
array ceil(const array &a, StreamOrDevice s = {});
/// a rounded toward zero, in a's dtype.
array trunc(const array &a, StreamOrDevice s = {});
/// a rounded to `decimals` digits after the point (negative: before it), ties to even.
array round(const array &a, int decimals, StreamOrDevice s = {});
/// a rounded to the nearest integer, ties to even, in a's dtype.
array round(const array &a, StreamOrDevice s = {});

// --- Exponentials, trigonometry -----------------------------------------------------------------------------------

/// e to the power of a.
array exp(const array &a, StreamOrDevice s = {});
/// exp(a) - 1, accurate near 0.
array expm1(const array &a, StreamOrDevice s = {});
/// The natural logarithm.
array log(const array &a, StreamOrDevice s = {});
/// The logarithm to base 2.
array log2(const array &a, StreamOrDevice s = {});
/// The logarithm to base 10.
array log10(const array &a, StreamOrDevice s = {});
/// log(1 + a), accurate near 0.
array log1p(const array &a, StreamOrDevice s = {});
/// Sine, cosine and tangent of radians.
array sin(const array &a, StreamOrDevice s = {});
array cos(const array &a, StreamOrDevice s = {});
array tan(const array &a, StreamOrDevice s = {});
/// Their inverses, in radians.
array arcsin(const array &a, StreamOrDevice s = {});
array arccos(const array &a, StreamOrDevice s = {});
array arctan(const array &a, StreamOrDevice s = {});
/// Hyperbolic functions.
array sinh(const array &a, StreamOrDevice s = {});
array cosh(const array &a, StreamOrDevice s = {});
array tanh(const array &a, StreamOrDevice s = {});
/// Their inverses.
array arcsinh(const array &a, StreamOrDevice s = {});
array arccosh(const array &a, StreamOrDevice s = {});
array arctanh(const array &a, StreamOrDevice s = {});
/// Radians to degrees.
array degrees(const array &a, StreamOrDevice s = {});
/// Degrees to radians.
array radians(const array &a, StreamOrDevice s = {});
/// The error function 2/sqrt(pi) * integral of exp(-t^2) from 0 to a.
array erf(const array &a, StreamOrDevice s = {});
/// The inverse of erf.
array erfinv(const array &a, StreamOrDevice s = {});
/// 1 / (1 + exp(-a)).
array sigmoid(const array &a, StreamOrDevice s = {});

// --- Comparison; the results are bool -----------------------------------------------------------------------------

array equal(const array &a, const array &b, StreamOrDevice s = {});
array not_equal(const array &a, const array &b, StreamOrDevice s = {});
array less(const array &a, const array &b, StreamOrDevice s = {});
array less_equal(const array &a, const array &b, StreamOrDevice s = {});
array greater(const array &a, const array &b, StreamOrDevice s = {});
array greater_equal(const array &a, const array &b, StreamOrDevice s = {});
/// A scalar: true when a and b have one shape and equal elements. With equal_nan NaN equals NaN.
array array_equal(const array &a, const array &b, bool equal_nan, StreamOrDevice s = {});
array array_equal(const array &a, const array &b, StreamOrDevice s = {});
/// |a - b| <= atol + rtol * |b|; infinities are close to those of their sign.
array isclose(const array &a, const array &b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false,
              StreamOrDevice s = {});
/// A scalar: all of isclose.
array allclose(const array &a, const array &b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false,
               StreamOrDevice s = {});
array isnan(const array &a, StreamOrDevice s = {});
array isinf(const array &a, StreamOrDevice s = {});
/// Neither NaN nor infinite.
array isfinite(const array &a, StreamOrDevice s = {});
array isposinf(const array &a, StreamOrDevice s = {});
array isneginf(const array &a, StreamOrDevice s = {});
/// NaN replaced by `nan`, infinities by `posinf` and `neginf` (by default the largest and smallest finite value).
array nan_to_num(const array &a, float nan = 0.0f, std::optional<float> posinf = std::nullopt,
                 std::optional<float> neginf = std::nullopt, StreamOrDevice s = {});

// --- Logic and bits -----------------------------------------------------------------------------------------------

/// Of truth values: nonzero is true. The results are bool.
array logical_not(const array &a, StreamOrDevice s = {});
array logical_and(const array &a, const array &b, StreamOrDevice s = {});
array logical_or(const array &a, const array &b, StreamOrDevice s = {});
array logical_xor(const array &a, const array &b, StreamOrDevice s = {});
/// Of integers and bool.
array bitwise_and(const array &a, const array &b, StreamOrDevice s = {});
array bitwise_or(const array &a, const array &b, StreamOrDevice s = {});
array bitwise_xor(const array &a, const array &b, StreamOrDevice s = {});
array bitwise_invert(const array &a, StreamOrDevice s = {});
/// a * 2^b; a shift by the width or more gives 0.
array left_shift(const array &a, const array &b, StreamOrDevice s = {});
/// a shifted right, keeping the sign; a shift by the width or more gives 0 or -1.
array right_shift(const array &a, const array &b, StreamOrDevice s = {});

// --- Selection and conversion -------------------------------------------------------------------------------------

/// x where the condition is nonzero, else y; x and y promote to one dtype.
array where(const array &condition, const array &x, const array &y, StreamOrDevice s = {});
/// Conversion to another dtype. Floating point to integer saturates and takes NaN to 0.
array astype(const array &a, Dtype dtype, StreamOrDevice s = {});
/// The bits under another dtype; the last axis scales by the ratio of the element sizes.
/// Throws InvalidArgument when that is no whole number.
array view(const array &a, Dtype dtype, StreamOrDevice s = {});
/// a in memory of its own, row-major.
array copy(const array &a, StreamOrDevice s = {});
/// a in row-major order (or column-major, where allowed and it is that): itself if it is, else a copy.
array contiguous(const array &a, bool allow_col_major = false, StreamOrDevice s = {});
/// a, which differentiation takes for a constant.
array stop_gradient(const array &a, StreamOrDevice s = {});
/// The real part, the imaginary part, and the conjugate of complex64; of real arrays a, zeros and a.
array real(const array &a, StreamOrDevice s = {});
array imag(const array &a, StreamOrDevice s = {});
array conjugate(const array &a, StreamOrDevice s = {});

// --- Operators. A C++ scalar becomes array(scalar): double is float32, int int32; then promotion is as for arrays. ---

array operator-(const array &a);
array operator~(const array &a);
array operator+(const array &a, const array &b);
array operator-(const array &a, const array &b);
array operator*(const array &a, const array &b);
array operator/(const array &a, const array &b);
array operator%(const array &a, const array &b);
array operator==(const array &a, const array &b);
array operator!=(const array &a, const array &b);
array operator<(const array &a, const array &b);
array operator<=(const array &a, const array &b);
array operator>(const array &a, const array &b);
array operator>=(const array &a, const array &b);
/// Both sides are evaluated, as with every function.
array operator&&(const array &a, const array &b);
array operator||(const array &a, const array &b);
array operator&(const array &a, const array &b);
array operator|(const array &a, const array &b);
array operator^(const array &a, const array &b);
array operator<<(const array &a, const array &b);
array operator>>(const array &a, const array &b);

// Inlined in every build, so that the call that a node remembers is the user's.
#define MX_SCALAR_OPERATOR(op)                                                                                         \
  template <typename T>                                                                                                \
    requires detail::is_scalar_v<T>                                                                                    \
  [[gnu::always_inline]] inline array operator op(T a, const array &b) {                                               \
    return array(a) op b;                                                                                              \
  }                                                                                                                    \
  template <typename T>                                                                                                \
    requires detail::is_scalar_v<T>                                                                                    \
  [[gnu::always_inline]] inline array operator op(const array &a, T b) {                                               \
    return a op array(b);                                                                                              \
  }
MX_SCALAR_OPERATOR(+)
MX_SCALAR_OPERATOR(-)
MX_SCALAR_OPERATOR(*)
MX_SCALAR_OPERATOR(/)
MX_SCALAR_OPERATOR(%)
MX_SCALAR_OPERATOR(==)
MX_SCALAR_OPERATOR(!=)
MX_SCALAR_OPERATOR(<)
MX_SCALAR_OPERATOR(<=)
MX_SCALAR_OPERATOR(>)
MX_SCALAR_OPERATOR(>=)
#undef MX_SCALAR_OPERATOR

} // namespace mx
MX_PUBLIC_END
