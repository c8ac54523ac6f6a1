// Integer division, powers and shifts with every input defined. The division itself never sees a divisor of 0
// or -1.
#include "codegen/lowering/ScalarBodiesInt.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace mx::codegen {
namespace {

template <typename OpT> Expr emit(Expr a, Expr b) {
  MathContext &ctx = a.context();
  return {ctx, ctx.b.create<OpT>(ctx.loc, a.value(), b.value())};
}

template <typename OpT> Expr convert(Expr a, Type element) {
  MathContext &ctx = a.context();
  return {ctx, ctx.b.create<OpT>(ctx.loc, withElement(a.value().getType(), element), a.value())};
}

/// a / b rounded toward zero, for b that is neither 0 nor -1.
Expr quotient(Expr a, Expr b, bool isSigned) {
  // No machine divides vectors of integers. Floats with more bits than a has do: an inexact quotient differs
  // from the next integer by 1 / b at least, which is 1 / a of it and more than a rounding.
  bool isVector = isa<VectorType>(a.value().getType());
  Builder &builder = a.context().b;
  Type integer = builder.getIntegerType(a.width());
  Type real = a.width() <= 16 ? Type(builder.getF32Type()) : Type(builder.getF64Type());
  if (!isVector || a.width() == 64)
    return isSigned ? emit<arith::DivSIOp>(a, b) : emit<arith::DivUIOp>(a, b);
  if (isSigned)
    return convert<arith::FPToSIOp>(convert<arith::SIToFPOp>(a, real) / convert<arith::SIToFPOp>(b, real),
                                    integer);
  return convert<arith::FPToUIOp>(convert<arith::UIToFPOp>(a, real) / convert<arith::UIToFPOp>(b, real),
                                  integer);
}

/// Quotient rounded toward zero and its remainder; anything where b is 0.
struct Division {
  Expr quotient, remainder;
};
Division divide(Expr a, Expr b, bool isSigned) {
  if (!isSigned) {
    Expr q = quotient(a, select(eq(b, 0), 1, b), false);
    return {q, a - q * b};
  }
  // The lowest number divided by -1 overflows; negation wraps instead.
  Expr minusOne = eq(b, -1);
  Expr q = quotient(a, select(minusOne | eq(b, 0), 1, b), true);
  q = select(minusOne, -a, q);
  return {q, a - q * b};
}

/// Rounding toward zero was upward: a remainder whose sign is not b's.
Expr roundedUp(const Division &d, Expr b) { return ne(d.remainder, 0) & lt(d.remainder ^ b, 0); }

} // namespace

Expr intFloorDivide(Expr a, Expr b, bool isSigned) {
  Division d = divide(a, b, isSigned);
  Expr q = isSigned ? select(roundedUp(d, b), d.quotient - 1, d.quotient) : d.quotient;
  return select(eq(b, 0), 0, q);
}

Expr intRemainder(Expr a, Expr b, bool isSigned) {
  Division d = divide(a, b, isSigned);
  Expr r = isSigned ? select(roundedUp(d, b), d.remainder + b, d.remainder) : d.remainder;
  return select(eq(b, 0), 0, r);
}

Expr intPower(Expr a, Expr b, bool isSigned) {
  // Square and multiply over all bits of the exponent: high bits matter, for the result wraps.
  MathContext &ctx = a.context();
  OpBuilder &builder = ctx.b;
  auto index = [&](int64_t i) { return builder.create<arith::ConstantIndexOp>(ctx.loc, i); };
  Value lower = index(0), upper = index(a.width()), step = index(1);
  auto loop = builder.create<scf::ForOp>(
      ctx.loc, lower, upper, step, ValueRange{a.intConstant(1).value(), a.value(), b.value()},
      [&](OpBuilder &body, Location loc, Value, ValueRange state) {
        MathContext inner{body, loc, ctx.target};
        Expr result{inner, state[0]}, square{inner, state[1]}, rest{inner, state[2]};
        result = select(ne(rest & 1, 0), result * square, result);
        body.create<scf::YieldOp>(loc, ValueRange{result.value(), (square * square).value(),
                                                  shrl(rest, rest.intConstant(1)).value()});
      });
  Expr power{ctx, loop.getResult(0)};
  if (!isSigned)
    return power;
  Expr sign = select(ne(b & 1, 0), a, a.intConstant(1));
  Expr reciprocal = select(eq(a, 1) | eq(a, -1), sign, a.intConstant(0));
  return select(lt(b, 0), reciprocal, power);
}

Expr intLeftShift(Expr a, Expr b) {
  Expr inside = ult(b, b.intConstant(b.width()));
  return select(inside, shl(a, select(inside, b, 0)), 0);
}

Expr intRightShift(Expr a, Expr b, bool isSigned) {
  Expr inside = ult(b, b.intConstant(b.width()));
  if (!isSigned)
    return select(inside, shrl(a, select(inside, b, 0)), 0);
  return emit<arith::ShRSIOp>(a, select(inside, b, b.intConstant(b.width() - 1)));
}

} // namespace mx::codegen
