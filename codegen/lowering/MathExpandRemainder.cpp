// remainder: exact, as a - floor(a / b) * b is on paper. One division suffices while the quotient is small; a
// vector with a larger one takes the loop that subtracts multiples of b times powers of two.
#include "codegen/lowering/MathExpand.h"

namespace mx::codegen {
namespace {

/// a - trunc(a / b) * b for positive a and b with a / b below 2^(p-1); exact.
Expr smallRemainder(Expr a, Expr b) {
  Expr r = residual(a, trunc(a / b), b);
  // The rounded quotient may be one too large.
  return select(lt(r, 0.0), r + b, r);
}

/// x * 2^k for k in [0, twice the bias].
Expr scaleUp(Expr x, Expr k) {
  int mantissa = x.width() == 32 ? 23 : 52;
  Expr first = k >> 1;
  return x * powerOfTwo(first << mantissa) * powerOfTwo((k - first) << mantissa);
}

/// The exponent of a positive number plus the bias, zero and less for subnormals.
Expr biasedExponent(Expr x) {
  bool single = x.width() == 32;
  int mantissa = single ? 23 : 52;
  Expr subnormal = lt(x, single ? 0x1p-126 : 0x1p-1022);
  Expr field = bits(select(subnormal, x * std::ldexp(1.0, mantissa), x)) >> mantissa;
  return select(subnormal, field - int64_t(mantissa), field);
}

} // namespace

Expr expandRemainder(Expr a, Expr b) {
  bool single = a.width() == 32;
  Expr x = abs(a), y = abs(b);
  Expr r = smallRemainder(x, y);
  int step = single ? 22 : 51;
  // Infinite a and zero b give NaN above.
  Expr large = ge(x / y, std::ldexp(1.0, step)) & lt(x, HUGE_VAL) & gt(y, 0.0);
  r = whereAny(large, {r}, [&]() -> std::vector<Expr> {
    Expr divisor = select(large, y, 1.0), start = select(large, x, 1.0);
    // Exponents differ by at most 276 (2097), and each round takes `step` off.
    int rounds = single ? 276 / 22 + 2 : 2097 / 51 + 2;
    Expr rest = iterate(rounds, start, [&](Expr rest) {
      Expr excess = biasedExponent(rest) - biasedExponent(divisor) - int64_t(step);
      Expr scaled = scaleUp(divisor, select(gt(excess, 0), excess, int64_t(0)));
      return smallRemainder(rest, scaled);
    });
    return {select(large, rest, r)};
  })[0];
  r = select(eq(y, HUGE_VAL) & lt(x, HUGE_VAL), x, r);
  // Rounding toward zero becomes rounding down, and a zero takes b's sign.
  Expr signedRest = copysign(r, a);
  Expr opposite = ne(r, 0.0) & lt(bits(a) ^ bits(b), 0);
  signedRest = select(opposite, signedRest + b, signedRest);
  return select(eq(r, 0.0), copysign(r, b), signedRest);
}

} // namespace mx::codegen
