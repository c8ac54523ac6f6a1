// Error-free sums and products, the building blocks where one rounding too many would cost the bound.
#include "codegen/lowering/MathExpand.h"

namespace mx::codegen {

Pair fastTwoSum(Expr a, Expr b) {
  Expr s = a + b;
  return {s, b - (s - a)};
}

Pair twoSum(Expr a, Expr b) {
  Expr s = a + b;
  Expr bb = s - a;
  return {s, (a - (s - bb)) + (b - bb)};
}

/// The upper half of the mantissa: products of two such values are exact.
static Expr upperHalf(Expr a) {
  return fromBits(bits(a) & (a.width() == 32 ? ~int64_t(0xfff) : ~int64_t(0x7ffffff)));
}

Pair twoProd(Expr a, Expr b) {
  Expr p = a * b;
  if (a.target().fma && !a.target().exact)
    return {p, fma(a, b, -p)};
  Expr ah = upperHalf(a), bh = upperHalf(b);
  Expr al = a - ah, bl = b - bh;
  return {p, (((ah * bh - p) + ah * bl) + al * bh) + al * bl};
}

Expr residual(Expr c, Expr a, Expr b) {
  if (a.target().fma && !a.target().exact)
    return fma(-a, b, c);
  Pair product = twoProd(a, b);
  return (c - product.hi) - product.lo;
}

Pair multiply(Pair a, Pair b) {
  Pair p = twoProd(a.hi, b.hi);
  return fastTwoSum(p.hi, p.lo + fma(a.hi, b.lo, a.lo * b.hi));
}

} // namespace mx::codegen
