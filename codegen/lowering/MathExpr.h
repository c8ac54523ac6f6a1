// Arithmetic expressions that emit arith and math ops, so that a formula reads as one. An Expr is an MLIR
// value, scalar or vector; its operators act at once, in program order, and round where they stand: nothing
// is contracted or reassociated. Integers compare and shift right as signed numbers unless the name says
// otherwise.
#pragma once

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

#include <cmath>
#include <concepts>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace mx::codegen {

/// What the expansions need to know about the target.
struct MathTarget {
  /// math.fma is one instruction.
  bool fma = true;
  /// f16 <-> f32 conversions are instructions; without them they are expanded to integer ops.
  bool f16c = true;
  /// Rounding to an integral value is one instruction; without it LLVM would call the C library.
  bool rounding = true;
  /// Use no fma anywhere, so that targets which differ in fma give the same bits.
  bool exact = false;
};

/// Where expressions are emitted, and for what.
struct MathContext {
  mlir::OpBuilder &b;
  mlir::Location loc;
  MathTarget target;
};

/// The scalar or vector type with other elements.
mlir::Type withElement(mlir::Type type, mlir::Type element);

class Expr {
public:
  Expr(MathContext &ctx, mlir::Value value) : ctx(&ctx), val(value) {}

  mlir::Value value() const { return val; }
  MathContext &context() const { return *ctx; }
  const MathTarget &target() const { return ctx->target; }
  /// Bits of an element.
  unsigned width() const;
  bool isFloat() const;
  /// A constant of this value's type.
  Expr constant(double c) const;
  /// The same for any integer, with all 64 bits.
  Expr intConstant(int64_t c) const;

private:
  MathContext *ctx;
  mlir::Value val;
};

template <typename T>
concept Number = std::is_arithmetic_v<T>;
/// `c` as a constant of the type of `like`.
template <Number T> Expr constantLike(Expr like, T c) {
  if constexpr (std::integral<T>)
    return like.intConstant(c);
  else
    return like.constant(c);
}

Expr operator+(Expr a, Expr b);
Expr operator-(Expr a, Expr b);
Expr operator*(Expr a, Expr b);
Expr operator/(Expr a, Expr b);
Expr operator&(Expr a, Expr b);
Expr operator|(Expr a, Expr b);
Expr operator^(Expr a, Expr b);
Expr operator-(Expr a);
/// Negation of a condition.
Expr operator!(Expr a);
Expr operator<<(Expr a, int bits);
/// Arithmetic shift.
Expr operator>>(Expr a, int bits);
/// Shifts by a value below the width; shrl is logical.
Expr shl(Expr a, Expr bits);
Expr shrl(Expr a, Expr bits);
/// Upper half of the unsigned product.
Expr mulHigh(Expr a, Expr b);

/// Comparisons; false for NaN, but `ne` and `notLe` true.
Expr lt(Expr a, Expr b);
Expr le(Expr a, Expr b);
Expr gt(Expr a, Expr b);
Expr ge(Expr a, Expr b);
Expr eq(Expr a, Expr b);
Expr ne(Expr a, Expr b);
Expr notLe(Expr a, Expr b);
/// Unsigned less-than.
Expr ult(Expr a, Expr b);
Expr isNan(Expr a);
Expr select(Expr condition, Expr a, Expr b);

/// a * b + c: one rounding where the target has fma, two elsewhere.
Expr fma(Expr a, Expr b, Expr c);
Expr abs(Expr a);
Expr sqrt(Expr a);
Expr floor(Expr a);
Expr ceil(Expr a);
Expr trunc(Expr a);
/// Nearest integral value, ties to even.
Expr roundEven(Expr a);
Expr copysign(Expr a, Expr sign);
/// The bits of a float as an integer, and back.
Expr bits(Expr a);
Expr fromBits(Expr a);
/// Conversions at equal width; toInt truncates and its argument must be in range.
Expr toInt(Expr a);
Expr toFloat(Expr a);

#define MX_MIXED_OPERATOR(op)                                                                                \
  template <Number T> Expr operator op(Expr a, T b) { return a op constantLike(a, b); }                      \
  template <Number T> Expr operator op(T a, Expr b) { return constantLike(b, a) op b; }
MX_MIXED_OPERATOR(+)
MX_MIXED_OPERATOR(-)
MX_MIXED_OPERATOR(*)
MX_MIXED_OPERATOR(/)
MX_MIXED_OPERATOR(&)
MX_MIXED_OPERATOR(|)
MX_MIXED_OPERATOR(^)
#undef MX_MIXED_OPERATOR
#define MX_MIXED_COMPARISON(name)                                                                            \
  template <Number T> Expr name(Expr a, T b) { return name(a, constantLike(a, b)); }
MX_MIXED_COMPARISON(lt)
MX_MIXED_COMPARISON(le)
MX_MIXED_COMPARISON(gt)
MX_MIXED_COMPARISON(ge)
MX_MIXED_COMPARISON(eq)
MX_MIXED_COMPARISON(ne)
MX_MIXED_COMPARISON(notLe)
#undef MX_MIXED_COMPARISON
template <Number T> Expr select(Expr condition, T a, Expr b) {
  return select(condition, constantLike(b, a), b);
}
template <Number T> Expr select(Expr condition, Expr a, T b) {
  return select(condition, a, constantLike(a, b));
}
template <Number T> Expr fma(Expr a, T b, Expr c) { return fma(a, constantLike(a, b), c); }
template <Number T> Expr fma(Expr a, Expr b, T c) { return fma(a, b, constantLike(a, c)); }
template <Number T, Number U> Expr fma(Expr a, T b, U c) {
  return fma(a, constantLike(a, b), constantLike(a, c));
}

/// Coefficients from the constant term up, one list per precision.
struct Table {
  std::span<const double> f32, f64;
};
/// The polynomial with the coefficients for x's precision, by Horner's rule.
Expr poly(Expr x, Table coefficients);

/// `slow()` if the condition holds in any lane, else `otherwise`: a branch around code that is rarely needed.
std::vector<Expr> whereAny(Expr condition, const std::vector<Expr> &otherwise,
                           const std::function<std::vector<Expr>()> &slow);

/// `step` applied `count` times, as a loop.
Expr iterate(int count, Expr start, const std::function<Expr(Expr)> &step);

} // namespace mx::codegen
