// Hyperbolic functions and their inverses: an odd polynomial where x is small, exp and log1p elsewhere. Both
// sides are computed and one is selected, so neither may trap or be slow where it is not wanted.
#include "codegen/lowering/MathExpand.h"

namespace mx::codegen {
namespace {

// Minimax coefficients P of f(x) = x + x^3 P(x^2), error relative to f.
// tanh: |x| <= 1, 2^-30.9; |x| <= 0.55, 2^-65.
constexpr double kTanh32[] = {-0x1.555552p-2, 0x1.11103cp-3, -0x1.b9f6dep-5,  0x1.64c0a4p-6,
                              -0x1.18de98p-7, 0x1.8f9f5p-9,  -0x1.aee90cp-11, 0x1.e86cecp-14};
constexpr double kTanh64[] = {-0x1.5555555555555p-2,  0x1.111111111108p-3,    -0x1.ba1ba1ba10e22p-5,
                              0x1.664f487f8e569p-6,   -0x1.226e34cf6f085p-7,  0x1.d6d3b10194041p-9,
                              -0x1.7da103bea72dap-10, 0x1.3539018f421e3p-11,  -0x1.f349c187c736bp-13,
                              0x1.88d7823669e46p-14,  -0x1.1131f1c7f0fd6p-15, 0x1.e4b3179d6c94p-18};
// sinh: |x| <= 1, 2^-31 and 2^-63.
constexpr double kSinh32[] = {0x1.555556p-3, 0x1.1110ep-7, 0x1.a022bcp-13, 0x1.756c1ep-19};
constexpr double kSinh64[] = {0x1.5555555555555p-3,  0x1.111111111119bp-7,  0x1.a01a01a00735bp-13,
                              0x1.71de3a68d03aap-19, 0x1.ae64412278999p-26, 0x1.61314d7a21f5cp-33,
                              0x1.a6652a1de2753p-41, 0x1.d2a4da13d6d4fp-48};
// arcsinh: |x| <= 0.5, 2^-34 and 2^-64.
constexpr double kArcsinh32[] = {-0x1.555554p-3, 0x1.33323ap-4,  -0x1.6d7ebcp-5,
                                 0x1.ec11ecp-6,  -0x1.487e0ep-6, 0x1.2f523ep-7};
constexpr double kArcsinh64[] = {-0x1.5555555555554p-3, 0x1.3333333332fe6p-4,  -0x1.6db6db6d8916ep-5,
                                 0x1.f1c71c5dc6371p-6,  -0x1.6e8ba05320f5fp-6, 0x1.1c4e8dd157ecap-6,
                                 -0x1.c9935eb62784cp-7, 0x1.7a4874476f219p-7,  -0x1.3e1879fa23c4cp-7,
                                 0x1.09d5c7c3b7814p-7,  -0x1.9d13b8790d654p-8, 0x1.fe500c9c51318p-9,
                                 -0x1.6073030013e8ap-10};
// arccosh(1 + t) = sqrt(2 t) (1 + t P(t)): t <= 1, 2^-28 and 2^-62.8.
constexpr double kArccosh32[] = {-0x1.555516p-4, 0x1.331edep-6,   -0x1.6b83ccp-8,
                                 0x1.d50a36p-10, -0x1.0a33cap-11, 0x1.5c8baap-14};
constexpr double kArccosh64[] = {
    -0x1.5555555555552p-4,  0x1.3333333332d0ap-6,  -0x1.6db6db6d76c84p-8,  0x1.f1c71c5c95432p-10,
    -0x1.6e8ba0cf4dac9p-11, 0x1.1c4ea1fcf5a33p-12, -0x1.c9967173b85c8p-14, 0x1.7a6d2b2e6c8f5p-15,
    -0x1.3f3b4745fcc11p-16, 0x1.0ff7848d3ff27p-17, -0x1.ca2abe77cbf84p-19, 0x1.6d2f3936c0cf9p-20,
    -0x1.ffd333ab53f0ep-22, 0x1.1bd2e785a596cp-23, -0x1.aa96cbe5545ffp-26, 0x1.3cd9a1e05fe7cp-29};
// arctanh: |x| <= 0.5, 2^-29.4 and 2^-64.8.
constexpr double kArctanh32[] = {0x1.55554p-2,  0x1.99a678p-3, 0x1.234d6p-3,
                                 0x1.e40460p-4, 0x1.a6973p-5,  0x1.6947fep-3};
constexpr double kArctanh64[] = {0x1.5555555555556p-2, 0x1.999999999976fp-3,  0x1.24924924a5db5p-3,
                                 0x1.c71c71bbf69fbp-4, 0x1.745d19280f595p-4,  0x1.3b137c5a368ddp-4,
                                 0x1.111509e92afccp-4, 0x1.e175ac63c62d5p-5,  0x1.b3509a13af7abp-5,
                                 0x1.685bf1e8f90a7p-5, 0x1.fe43c0c0c1b17p-5,  -0x1.e0b8011851d89p-6,
                                 0x1.b1c3c7efed69cp-3, -0x1.f14f70006c8ccp-3, 0x1.0879a1fe6cedbp-2};

bool isSingle(Expr x) { return x.width() == 32; }

/// x + x^3 P(x^2).
Expr oddPoly(Expr x, Table p) {
  Expr square = x * x;
  return fma(x * square, poly(square, p), x);
}

/// exp(y) / 2 for 0 <= y <= log(2 max).
Expr halfExp(Expr y) {
  ExpReduction e = reduceExp(y);
  return fromBits(bits(expSignificand(e)) + (e.shifted - (int64_t(1) << (isSingle(y) ? 23 : 52))));
}

/// Largest y with finite exp(y) / 2.
double largestHalfExp(Expr y) { return isSingle(y) ? 0x1.65a9f8p6 : 0x1.633ce8fb9f87dp9; }

/// From here on x * x + 1 and x * x - 1 round to x * x.
double largeArgument(Expr x) { return isSingle(x) ? 0x1p30 : 0x1p60; }

/// log(1 + z), or log(2 x) where `large`.
Expr inverseLog(Expr z, Expr x, Expr large) {
  LogReduction r = reduceLog1p(select(large, x, z));
  r.e = select(large, r.e + 1.0, r.e);
  return naturalLog(r);
}

} // namespace

Expr expandTanh(Expr x) {
  Expr y = abs(x);
  // 1 - 2 / (exp(2 y) + 1); the limit is where that is 1.
  double limit = isSingle(x) ? 9.125 : 19.25;
  ExpReduction e = reduceExp(select(gt(y, limit), limit, y) * 2.0);
  Expr large = 1.0 - 2.0 / fma(expSignificand(e), powerOfTwo(e.shifted), 1.0);
  Expr small = oddPoly(y, {kTanh32, kTanh64});
  return copysign(select(lt(y, isSingle(x) ? 1.0 : 0.55), small, large), x);
}

Expr expandSinh(Expr x) {
  Expr y = abs(x);
  Expr half = halfExp(y);
  Expr large = half - 0.25 / half;
  large = select(notLe(y, largestHalfExp(x)), y + HUGE_VAL, large);
  return copysign(select(lt(y, 1.0), oddPoly(y, {kSinh32, kSinh64}), large), x);
}

Expr expandCosh(Expr x) {
  Expr y = abs(x);
  Expr half = halfExp(y);
  return select(notLe(y, largestHalfExp(x)), y + HUGE_VAL, half + 0.25 / half);
}

Expr expandArcsinh(Expr x) {
  Expr y = abs(x);
  Expr square = y * y;
  // y + sqrt(y^2 + 1) - 1 without cancellation.
  Expr z = y + square / (sqrt(square + 1.0) + 1.0);
  Expr large = inverseLog(z, y, gt(y, largeArgument(x)));
  large = select(lt(y, HUGE_VAL), large, y);
  return copysign(select(lt(y, 0.5), oddPoly(y, {kArcsinh32, kArcsinh64}), large), x);
}

Expr expandArccosh(Expr x) {
  Expr t = x - 1.0;
  Expr z = t + sqrt(fma(t, t, t + t));
  Expr large = inverseLog(z, x, gt(x, largeArgument(x)));
  large = select(lt(x, HUGE_VAL), large, x);
  // Near 1 the square root is the function's own shape.
  Expr root = sqrt(t + t);
  Expr small = fma(root * t, poly(t, {kArccosh32, kArccosh64}), root);
  return select(lt(x, 2.0), small, large);
}

Expr expandArctanh(Expr x) {
  Expr y = abs(x);
  Expr large = naturalLog(reduceLog1p((y + y) / (1.0 - y))) * 0.5;
  large = select(lt(y, 1.0), large, select(eq(y, 1.0), HUGE_VAL, x.constant(std::nan(""))));
  return copysign(select(lt(y, 0.5), oddPoly(y, {kArctanh32, kArctanh64}), large), x);
}

} // namespace mx::codegen
