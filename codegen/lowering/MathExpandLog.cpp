// log, log2, log10, log1p: x = m 2^e with m near 1, then log(m) as a polynomial in m - 1. m starts at
// sqrt(1/2), so that e ln(2) + log(m) hardly cancels; log1p starts at 0.75, where its m - 1 is exact.
#include "codegen/lowering/MathExpand.h"

namespace mx::codegen {
namespace {

// Minimax coefficients of (log(1 + f) - f + f^2 / 2) / f^3 on [-0.293, 0.5]; relative error of log 2^-28.4.
constexpr double kTail32[] = {0x1.55553cp-2,  -0x1.00005ap-2, 0x1.99a752p-3,  -0x1.552d68p-3, 0x1.23017p-3,
                              -0x1.019894p-3, 0x1.f01f76p-4,  -0x1.b5330ep-4, 0x1.9d27p-5};
// Minimax coefficients of (log((1 + s) / (1 - s)) / s - 2) / s^2 in s^2 on [0, 0.04]; error 2^-62.6.
constexpr double kAtanhTail64[] = {0x1.555555555554fp-1, 0x1.999999999c187p-2, 0x1.24924921e32e2p-2,
                                   0x1.c71c7490dbaf7p-3, 0x1.745c4a9589a5fp-3, 0x1.3b35c9fe72375p-3,
                                   0x1.0dcaf8637a501p-3, 0x1.1b85c8f04b88bp-3};

int mantissaBits(Expr x) { return x.width() == 32 ? 23 : 52; }

/// The e for which x * 2^-e is in [start, 2 start); x is positive and normal.
Expr exponentOf(Expr x, double start) { return (bits(x) - bits(x.constant(start))) >> mantissaBits(x); }

LogReduction reduceLog(Expr x) {
  int mantissa = mantissaBits(x);
  Expr subnormal = lt(x, x.width() == 32 ? 0x1p-126 : 0x1p-1022);
  Expr normal = select(subnormal, x * std::ldexp(1.0, mantissa + 2), x);
  Expr e = exponentOf(normal, 0x1.6a09e6p-1);
  Expr m = fromBits(bits(normal) - (e << mantissa));
  e = select(subnormal, e - int64_t(mantissa + 2), e);
  return {toFloat(e), m - 1.0};
}

/// log(1 + f) - f from f and f * f.
Expr logTail(Expr f, Expr square) {
  if (f.width() == 32)
    return fma(f * square, poly(f, {kTail32, {}}), square * -0.5);
  Expr s = f / (f + 2.0);
  Expr z = s * s;
  Expr half = square * 0.5;
  return fma(s, fma(z, poly(z, {{}, kAtanhTail64}), half), -half);
}

/// e * log(2) / log(base) + log1p(f) / log(base); each constant as a high part, short for `two`, and its
/// rest.
struct Base {
  double two, twoLow, scale, scaleLow;
};
Expr scaledLog(const LogReduction &r, Base base) {
  Pair linear = twoProd(r.f, r.f.constant(base.scale));
  Pair sum = fastTwoSum(r.e * base.two, linear.hi);
  Expr low = fma(r.f, base.scaleLow, linear.lo);
  if (base.twoLow != 0)
    low = fma(r.e, base.twoLow, low);
  // A single precision log2 has no bit to spare: the rounding of f * f is given back.
  Pair square = r.f.width() == 32 ? twoProd(r.f, r.f) : Pair{r.f * r.f, r.f};
  low = sum.lo + low;
  if (r.f.width() == 32)
    low = fma(square.lo, -0.5 * base.scale, low);
  return sum.hi + fma(logTail(r.f, square.hi), base.scale, low);
}

/// The result where x is zero, negative, infinite or NaN.
Expr exits(Expr x, Expr value) {
  Expr special = select(lt(x, 0.0), std::nan(""), x);
  special = select(eq(x, 0.0), -HUGE_VAL, special);
  return select(gt(x, 0.0) & lt(x, HUGE_VAL), value, special);
}

} // namespace

Expr naturalLog(const LogReduction &r) {
  bool single = r.f.width() == 32;
  Pair sum = fastTwoSum(r.e * (single ? 0x1.62e8p-1 : 0x1.62e42fefa4p-1), r.f);
  Expr low = fma(r.e, single ? -0x1.e8082ep-16 : -0x1.8432a1b0e2634p-43, sum.lo);
  return sum.hi + (logTail(r.f, r.f * r.f) + low);
}

Expr expandLog(Expr x) { return exits(x, naturalLog(reduceLog(x))); }

Expr expandLog2(Expr x) {
  Base base = x.width() == 32 ? Base{1.0, 0.0, 0x1.715476p+0, 0x1.4ae0cp-26}
                              : Base{1.0, 0.0, 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56};
  return exits(x, scaledLog(reduceLog(x), base));
}

Expr expandLog10(Expr x) {
  Base base = x.width() == 32 ? Base{0x1.344p-2, 0x1.3509f8p-18, 0x1.bcb7b2p-2, -0x1.5b235ep-27}
                              : Base{0x1.34413509f8p-2, -0x1.80433b83b532ap-44, 0x1.bcb7b1526e50ep-2,
                                     0x1.95355baaafad3p-57};
  return exits(x, scaledLog(reduceLog(x), base));
}

LogReduction reduceLog1p(Expr x) {
  int mantissa = mantissaBits(x);
  Expr u = x + 1.0;
  Expr e = exponentOf(u, 0.75);
  Expr shifted = e << mantissa;
  // f = (1 + x) 2^-e - 1 without the rounding of 1 + x; where 2^-e leaves the normal range 1 + x is x.
  Expr scale = fromBits(bits(u.constant(1.0)) - shifted);
  Expr f = fma(x, scale, scale - 1.0);
  f = select(gt(x, x.width() == 32 ? 0x1p64 : 0x1p128), fromBits(bits(u) - shifted) - 1.0, f);
  return {toFloat(e), f};
}

Expr expandLog1p(Expr x) { return copysign(exits(x + 1.0, naturalLog(reduceLog1p(x))), x); }

} // namespace mx::codegen
