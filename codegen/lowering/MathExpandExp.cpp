// exp, expm1 and sigmoid: x = n ln(2) + r, a polynomial in r, and a scaling by 2^n that is exact unless the
// result is subnormal. Scaling is an integer addition to the exponent field, so NaN needs its own exit.
#include "codegen/lowering/MathExpand.h"

namespace mx::codegen {
namespace {

// Minimax coefficients of (exp(r) - 1 - r - r^2 / 2) / r^3 on |r| <= ln(2) / 2; error of exp 2^-28 and 2^-63.
constexpr double kTail32[] = {0x1.55548ap-3, 0x1.555524p-5, 0x1.123e88p-7, 0x1.6d02f4p-10};
constexpr double kTail64[] = {0x1.555555555555cp-3,  0x1.5555555555556p-5,  0x1.111111110e97dp-7,
                              0x1.6c16c16c15f1cp-10, 0x1.a01a01b48ef14p-13, 0x1.a01a01a906f1bp-16,
                              0x1.71dded975851fp-19, 0x1.27e4d3e295904p-22, 0x1.af7020ed6655cp-26,
                              0x1.1f837fb47c524p-29};

/// What the format of an element type fixes for exp.
struct ExpLimits {
  /// Largest x with a finite exp(x).
  double overflow;
  /// Below this exp(x) may be subnormal, and below `zero` it rounds to 0.
  double subnormal, zero;
};
ExpLimits limitsOf(Expr x) {
  return x.width() == 32 ? ExpLimits{0x1.62e42ep6, -87.25, -105.0}
                         : ExpLimits{0x1.62e42fefa39efp9, -708.25, -746.0};
}

} // namespace

ExpReduction reduceExp(Expr x) {
  bool single = x.width() == 32;
  // Adding 1.5 * 2^(p-1) rounds to an integer and leaves it in the low bits.
  double magic = single ? 0x1.8p23 : 0x1.8p52;
  Expr rounded = fma(x, 0x1.71547652b82fep0, magic);
  Expr n = rounded - magic;
  // The high part of ln(2) is short enough that n * hi is exact without fma.
  Expr high = fma(n, single ? -0x1.62e8p-1 : -0x1.62e42fefa4p-1, x);
  Expr low = n * (single ? 0x1.e8082ep-16 : 0x1.8432a1b0e2634p-43);
  return {n, bits(rounded) << (single ? 23 : 52), fastTwoSum(high, low)};
}

Expr expTail(Expr r) { return poly(r, {kTail32, kTail64}); }

Expr expSignificand(const ExpReduction &e) {
  Expr r = e.r.hi;
  Expr tail = fma(expTail(r), r, 0.5);
  // Horner's last steps need fma to stay within one unit; without it the sum is compensated.
  if (r.target().fma && !r.target().exact)
    return fma(fma(tail, r, 1.0), r, 1.0);
  return (r * r * tail + e.r.lo + r) + 1.0;
}

Expr powerOfTwo(Expr shifted) { return fromBits(shifted + bits(fromBits(shifted).constant(1.0))); }

Expr scaleDown(Expr p, Expr shifted) {
  // Where 2^n is subnormal the scaling takes two steps; the second rounds.
  bool single = p.width() == 32;
  int mantissa = single ? 23 : 52, bias = single ? 127 : 1023, step = 2 * mantissa;
  Expr deep = lt(shifted, int64_t(2 - bias) << mantissa);
  Expr lifted = select(deep, shifted + (int64_t(step) << mantissa), shifted);
  Expr scaled = fromBits(bits(p) + lifted);
  return select(deep, scaled * std::ldexp(1.0, -step), scaled);
}

Expr expandExp(Expr x) {
  ExpLimits limits = limitsOf(x);
  Expr clamped = select(lt(x, limits.zero), limits.zero, x);
  ExpReduction e = reduceExp(clamped);
  Expr p = expSignificand(e);
  // NaN and overflow leave through an addition: x + inf.
  return select(notLe(x, limits.overflow), x + HUGE_VAL, scaleDown(p, e.shifted));
}

Expr expandExpm1(Expr x) {
  ExpLimits limits = limitsOf(x);
  bool single = x.width() == 32;
  double bottom = single ? -18.0 : -38.0;
  Expr clamped = select(lt(x, bottom), bottom, x);
  ExpReduction e = reduceExp(clamped);
  Expr r = e.r.hi;
  // Half of 2^n (exp(r) - 1) + 2^n - 1: halves keep n = 128 in range.
  Expr half = fromBits(e.shifted + bits(x.constant(0.5)));
  Pair whole = fastTwoSum(half, half.constant(-0.5));
  Pair sum = fastTwoSum(whole.hi, half * r);
  Pair square = twoProd(r, r);
  Expr tail = fma(r * square.hi, expTail(r), fma(square.lo, 0.5, e.r.lo));
  Expr low = fma(half, tail, sum.lo + whole.lo);
  Expr value = (sum.hi + fma(half, square.hi * 0.5, low)) * 2.0;
  value = select(lt(abs(x), single ? 0x1p-25 : 0x1p-54), x, value);
  return select(notLe(x, limits.overflow), x + HUGE_VAL, value);
}

Expr expandSigmoid(Expr x) {
  ExpLimits limits = limitsOf(x);
  Expr negative = lt(x, 0.0);
  // exp(-|x|) = (p.hi + p.lo) 2^n
  Expr y = -abs(x);
  y = select(lt(y, limits.zero), limits.zero, y);
  ExpReduction e = reduceExp(y);
  Expr r = e.r.hi;
  Pair one = fastTwoSum(r.constant(1.0), r);
  Pair p = fastTwoSum(one.hi, one.lo + fma(r * r, fma(expTail(r), r, 0.5), e.r.lo));
  // 1 / (1 + z) and, where x < 0, z / (1 + z); z is 0 where it would be subnormal.
  Expr scale = select(lt(y, limits.subnormal), 0.0, powerOfTwo(e.shifted));
  Pair d = fastTwoSum(r.constant(1.0), p.hi * scale);
  Expr dLow = fma(p.lo, scale, d.lo);
  Expr v = 1.0 / d.hi;
  Expr correction = fma(-v, dLow, residual(v.constant(1.0), v, d.hi));
  Expr numerator = select(negative, p.hi, 1.0);
  Expr numeratorLow = select(negative, p.lo, 0.0);
  Pair q = twoProd(numerator, v);
  Expr result = q.hi + (q.lo + fma(q.hi, correction, numeratorLow * v));
  Expr zero = e.shifted.intConstant(0);
  return select(isNan(x), x, scaleDown(result, select(negative, e.shifted, zero)));
}

} // namespace mx::codegen
