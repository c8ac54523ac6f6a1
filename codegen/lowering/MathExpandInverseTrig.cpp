// Inverse trigonometric functions: an odd polynomial on the central range, and identities that lead the rest
// of the domain there. Constants like pi/2 are added as two parts.
#include "codegen/lowering/MathExpand.h"

namespace mx::codegen {
namespace {

// Minimax coefficients P of f(x) = x + x^3 P(x^2), error relative to f.
// arcsin: |x| <= 0.5, 2^-27.6 and 2^-59.9.
constexpr double kArcsin32[] = {0x1.5555c8p-3, 0x1.330204p-4, 0x1.747bbap-5, 0x1.8c3e28p-6, 0x1.595c92p-5};
constexpr double kArcsin64[] = {0x1.5555555555577p-3, 0x1.333333332e130p-4, 0x1.6db6db721278ap-5,
                                0x1.f1c71a94ebfb2p-6, 0x1.6e8bdee10a9b8p-6, 0x1.1c49f04e7614cp-6,
                                0x1.ca1f8ecad675cp-7, 0x1.75857e97b3a06p-7, 0x1.613cca06cd82ep-7,
                                0x1.e5f1f1c5d802fp-9, 0x1.639d845d19790p-6, -0x1.57fef7291c31ap-6,
                                0x1.0b4730da929e0p-5};
// arctan: |x| <= 1, 2^-28.5 and 2^-57.6.
constexpr double kArctan32[] = {-0x1.55553ep-2, 0x1.9991e4p-3,  -0x1.242086p-3,
                                0x1.c08c52p-4,  -0x1.580946p-4, 0x1.da2b56p-5,
                                -0x1.fd82ccp-6, 0x1.642d0ap-7,  -0x1.d36fe6p-10};
constexpr double kArctan64[] = {
    -0x1.5555555555526p-2, 0x1.99999999955afp-3,  -0x1.249249237f412p-3,  0x1.c71c717fca116p-4,
    -0x1.745d11ae17024p-4, 0x1.3b13669607e9cp-4,  -0x1.110e510677750p-4,  0x1.e1bba4f702b53p-5,
    -0x1.ae5e6c7a6c2e6p-5, 0x1.82dac2ee9ce5ep-5,  -0x1.59a3ca5a33d4ap-5,  0x1.2c2df3a06d3dbp-5,
    -0x1.e9f8c689bb1d1p-6, 0x1.683b3e2864ee9p-6,  -0x1.c78ceea0f57a4p-7,  0x1.d7b522dea6a25p-8,
    -0x1.7a358107b04b8p-9, 0x1.b3f50b429e17dp-11, -0x1.3f315851cf18fp-13, 0x1.bbe5b6163869bp-17};

bool isSingle(Expr x) { return x.width() == 32; }
/// pi/2 in two parts.
double quarterTurn(Expr x) { return isSingle(x) ? 0x1.921fb6p+0 : 0x1.921fb54442d18p+0; }
double quarterTurnLow(Expr x) { return isSingle(x) ? -0x1.777a5cp-25 : 0x1.1a62633145c07p-54; }

/// x^3 P(x^2), from x^2.
Expr oddTail(Expr x, Expr square, Table p) { return x * square * poly(square, p); }

/// |x|, or sqrt((1 - |x|) / 2) where |x| > 0.5, with the square: arcsin(|x|) = pi/2 - 2 arcsin(sqrt((1 - |x|)
/// / 2)).
struct ArcsinArgument {
  Expr outer, root, square;
};
ArcsinArgument arcsinArgument(Expr x) {
  Expr y = abs(x);
  Expr outer = gt(y, 0.5);
  Expr square = select(outer, fma(y, -0.5, 0.5), y * y);
  return {outer, select(outer, sqrt(square), y), square};
}

/// arctan of low / high for 0 <= low <= high.
Expr arctanRatio(Expr ratio) {
  Expr square = ratio * ratio;
  return ratio + oddTail(ratio, square, {kArctan32, kArctan64});
}

} // namespace

Expr expandArcsin(Expr x) {
  ArcsinArgument a = arcsinArgument(x);
  Expr tail = oddTail(a.root, a.square, {kArcsin32, kArcsin64});
  Expr outer = quarterTurn(x) - ((a.root + a.root) + fma(tail, 2.0, x.constant(-quarterTurnLow(x))));
  return copysign(select(a.outer, outer, a.root + tail), x);
}

Expr expandArccos(Expr x) {
  ArcsinArgument a = arcsinArgument(x);
  Expr tail = oddTail(a.root, a.square, {kArcsin32, kArcsin64});
  // pi/2 - arcsin(x), 2 arcsin(root) or pi - 2 arcsin(root).
  Expr twice = (a.root + tail) * 2.0;
  Expr inner = quarterTurn(x) - (x + (copysign(tail, x) - quarterTurnLow(x)));
  Expr left = 2.0 * quarterTurn(x) - (twice - 2.0 * quarterTurnLow(x));
  return select(a.outer, select(lt(x, 0.0), left, twice), inner);
}

Expr expandArctan(Expr x) {
  Expr y = abs(x);
  Expr outer = gt(y, 1.0);
  Expr a = arctanRatio(select(outer, 1.0 / y, y));
  return copysign(select(outer, quarterTurn(x) - (a - quarterTurnLow(x)), a), x);
}

Expr expandArctan2(Expr y, Expr x) {
  Expr ax = abs(x), ay = abs(y);
  Expr steep = gt(ay, ax);
  Expr low = select(steep, ax, ay), high = select(steep, ay, ax);
  // 0/0 counts as 0 and inf/inf as 1.
  Expr ratio = low / high;
  ratio = select(eq(high, 0.0), 0.0, select(eq(low, HUGE_VAL), 1.0, ratio));
  Expr a = arctanRatio(ratio);
  a = select(steep, quarterTurn(x) - (a - quarterTurnLow(x)), a);
  // The sign bit of x decides, -0 included.
  Expr left = lt(bits(x), 0);
  a = select(left, 2.0 * quarterTurn(x) - (a - 2.0 * quarterTurnLow(x)), a);
  return select(isNan(x) | isNan(y), x + y, copysign(a, y));
}

} // namespace mx::codegen
