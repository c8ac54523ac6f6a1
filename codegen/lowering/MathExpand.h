// The mathematical functions of mx as expressions: polynomials with exact rounding steps, vectorised, no
// library calls. Every function takes f32 or f64 values (scalar or vector) and handles signed zeros,
// subnormals, infinities and NaN; smaller floating-point types are computed in f32 by their caller.
#pragma once

#include "codegen/lowering/MathExpr.h"

namespace mx::codegen {

/// A value held as an unevaluated sum: `lo` is smaller than half a unit in the last place of `hi`.
struct Pair {
  Expr hi, lo;
};

/// a + b exactly, for |a| >= |b| or a == 0.
Pair fastTwoSum(Expr a, Expr b);
/// a + b exactly.
Pair twoSum(Expr a, Expr b);
/// a * b exactly, with or without fma.
Pair twoProd(Expr a, Expr b);
/// c - a * b with one rounding, for c close to the product.
Expr residual(Expr c, Expr a, Expr b);
/// The product of two pairs, its relative error a few times 2^-2p.
Pair multiply(Pair a, Pair b);

/// x as n * ln(2) + r with n an integer and |r| <= ln(2) / 2.
struct ExpReduction {
  /// n as a float and as an integer in the exponent field, n << mantissa bits.
  Expr n, shifted;
  /// r, and what its rounding lost.
  Pair r;
};
ExpReduction reduceExp(Expr x);
/// (exp(r) - 1 - r - r^2 / 2) / r^3 on the range reduceExp leaves.
Expr expTail(Expr r);
/// exp(r).
Expr expSignificand(const ExpReduction &e);
/// 2^n from n in the exponent field; n within the normal range.
Expr powerOfTwo(Expr shifted);
/// p * 2^n with gradual underflow; p in [0.5, 4), n in the exponent field and above minus twice the bias.
Expr scaleDown(Expr p, Expr shifted);

/// A positive value as (1 + f) * 2^e with f in [-0.293, 0.5).
struct LogReduction {
  Expr e, f;
};
/// That of 1 + x, without the rounding of the sum; x > -1 and finite.
LogReduction reduceLog1p(Expr x);
/// e * log(2) + log(1 + f).
Expr naturalLog(const LogReduction &r);

Expr expandExp(Expr x);
Expr expandExpm1(Expr x);
Expr expandSigmoid(Expr x);
Expr expandLog(Expr x);
Expr expandLog2(Expr x);
Expr expandLog10(Expr x);
Expr expandLog1p(Expr x);
/// log(exp(a) + exp(b)).
Expr expandLogaddexp(Expr a, Expr b);
Expr expandPower(Expr x, Expr y);

Expr expandSin(Expr x);
Expr expandCos(Expr x);
Expr expandTan(Expr x);
Expr expandArcsin(Expr x);
Expr expandArccos(Expr x);
Expr expandArctan(Expr x);
/// Angle of the point (x, y).
Expr expandArctan2(Expr y, Expr x);

Expr expandSinh(Expr x);
Expr expandCosh(Expr x);
Expr expandTanh(Expr x);
Expr expandArcsinh(Expr x);
Expr expandArccosh(Expr x);
Expr expandArctanh(Expr x);

Expr expandErf(Expr x);
Expr expandErfinv(Expr x);

/// a - floor(a / b) * b without rounding error in the quotient; the sign of b.
Expr expandRemainder(Expr a, Expr b);

} // namespace mx::codegen
