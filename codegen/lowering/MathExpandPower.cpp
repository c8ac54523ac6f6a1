// power and logaddexp. x^y = 2^(y log2(x)) needs log2(x) to about p + 12 bits, which a pair of floats holds.
#include "codegen/lowering/MathExpand.h"

namespace mx::codegen {
namespace {

// log2((1 + s) / (1 - s)) = s (C0 + z (C1 + z Q(z))) with z = s^2 <= 0.0295: Q to 2^-26 and 2^-55 of its
// value.
constexpr double kQ32[] = {0x1.2776c6p-1, 0x1.a6133p-2, 0x1.49a2eap-2, 0x1.ed0bb8p-3};
constexpr double kQ64[] = {0x1.2776c50ef9bfep-1, 0x1.a61762a7aeeebp-2, 0x1.484b13d4f428bp-2,
                           0x1.0c9a8790df77p-2,  0x1.c68c3f150194ap-3, 0x1.8ad393753c56ap-3,
                           0x1.3887562294b15p-3, 0x1.04cbb53e5a7ffp-1, -0x1.71ad713fe94c4p+1};

bool isSingle(Expr x) { return x.width() == 32; }

/// log2 of a positive finite number.
Pair log2Pair(Expr x) {
  bool single = isSingle(x);
  int mantissa = single ? 23 : 52;
  Expr subnormal = lt(x, single ? 0x1p-126 : 0x1p-1022);
  Expr normal = select(subnormal, x * std::ldexp(1.0, mantissa + 2), x);
  Expr e = (bits(normal) - bits(x.constant(0x1.6a09e6p-1))) >> mantissa;
  Expr m = fromBits(bits(normal) - (e << mantissa));
  Expr exponent = toFloat(select(subnormal, e - int64_t(mantissa + 2), e));
  // s = (m - 1) / (m + 1); the difference is exact.
  Expr f = m - 1.0;
  Pair d = twoSum(m, m.constant(1.0));
  Expr reciprocal = 1.0 / d.hi;
  Expr quotient = f * reciprocal;
  Pair s = fastTwoSum(quotient, fma(-quotient, d.lo, residual(f, quotient, d.hi)) * reciprocal);
  Pair z = multiply(s, s);
  Pair c0 = single ? Pair{x.constant(0x1.715476p+1), x.constant(0x1.4ae0cp-25)}
                   : Pair{x.constant(0x1.71547652b82fep+1), x.constant(0x1.777d0ffda0d24p-55)};
  Pair c1 = single ? Pair{x.constant(0x1.ec709ep-1), x.constant(-0x1.e2fe02p-28)}
                   : Pair{x.constant(0x1.ec709dc3a03fdp-1), x.constant(0x1.d27f05548af0cp-55)};
  Pair u = fastTwoSum(c1.hi, z.hi * poly(z.hi, {kQ32, kQ64}));
  Pair v = multiply(z, {u.hi, u.lo + c1.lo});
  Pair g = fastTwoSum(c0.hi, v.hi);
  Pair l = multiply(s, {g.hi, g.lo + (v.lo + c0.lo)});
  Pair sum = fastTwoSum(exponent, l.hi);
  return fastTwoSum(sum.hi, sum.lo + l.lo);
}

/// 2^(p.hi + p.lo).
Expr exp2Pair(Pair p) {
  bool single = isSingle(p.hi);
  double top = single ? 128.0 : 1024.0, bottom = single ? -152.0 : -1077.0;
  Expr outside = gt(abs(p.hi), -bottom);
  Expr hi = select(lt(p.hi, bottom), bottom, select(gt(p.hi, top), top, p.hi));
  // Beyond the range the low part is noise, or NaN.
  Expr lo = select(outside, 0.0, p.lo);
  double magic = single ? 0x1.8p23 : 0x1.8p52;
  Expr rounded = hi + magic;
  Expr n = rounded - magic;
  Pair r = twoProd((hi - n) + lo, hi.constant(0x1.62e42fefa39efp-1));
  Expr shifted = bits(rounded) << (single ? 23 : 52);
  Expr value = scaleDown(expSignificand({n, shifted, r}), shifted);
  return select(gt(p.hi, top) | (eq(p.hi, top) & ge(lo, 0.0)), HUGE_VAL, value);
}

} // namespace

Expr expandPower(Expr x, Expr y) {
  Expr base = abs(x);
  Pair l = log2Pair(base);
  Expr special = eq(base, 0.0) | eq(base, HUGE_VAL);
  Expr hi = select(special, select(eq(base, 0.0), -HUGE_VAL, base), l.hi);
  Pair product = twoProd(y, hi);
  Expr low = fma(y, l.lo, product.lo);
  Expr value = select(eq(base, 1.0), 1.0, exp2Pair({product.hi, select(special, 0.0, low)}));
  // The sign of a negative base stays for odd integers; other fractions have no result.
  Expr half = y * 0.5;
  Expr integer = eq(trunc(y), y);
  Expr odd = integer & ne(trunc(half), half);
  Expr sign = select(odd, bits(x) & bits(x.constant(-0.0)), int64_t(0));
  value = fromBits(bits(value) ^ sign);
  value = select(lt(x, 0.0) & gt(x, -HUGE_VAL) & !integer, std::nan(""), value);
  value = select(isNan(x) | isNan(y), x + y, value);
  return select(eq(y, 0.0) | eq(x, 1.0), 1.0, value);
}

Expr expandLogaddexp(Expr a, Expr b) {
  Expr larger = select(gt(a, b), a, b);
  Expr smaller = select(gt(a, b), b, a);
  // Equal infinities have no difference.
  Expr difference = select(eq(a, b), 0.0, smaller - larger);
  Expr value = larger + naturalLog(reduceLog1p(expandExp(difference)));
  return select(isNan(a) | isNan(b), a + b, value);
}

} // namespace mx::codegen
