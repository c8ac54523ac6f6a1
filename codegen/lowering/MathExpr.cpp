// Expr operators. Constant operands fold while building, so a formula may spell out bit patterns of constants
// freely.
#include "codegen/lowering/MathExpr.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace mx::codegen {
namespace {

TypedAttr splat(Type type, Attribute element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return DenseElementsAttr::get(vector, element);
  return cast<TypedAttr>(element);
}

template <typename OpT, typename... Args> Expr emit(Expr like, Args &&...args) {
  MathContext &ctx = like.context();
  return {ctx, ctx.b.createOrFold<OpT>(ctx.loc, std::forward<Args>(args)...)};
}

template <typename FloatOp, typename IntOp> Expr arithmetic(Expr a, Expr b) {
  return a.isFloat() ? emit<FloatOp>(a, a.value(), b.value()) : emit<IntOp>(a, a.value(), b.value());
}

Expr compare(arith::CmpFPredicate onFloat, arith::CmpIPredicate onInt, Expr a, Expr b) {
  return a.isFloat() ? emit<arith::CmpFOp>(a, onFloat, a.value(), b.value())
                     : emit<arith::CmpIOp>(a, onInt, a.value(), b.value());
}

} // namespace

Type withElement(Type type, Type element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.clone(element);
  return element;
}

unsigned Expr::width() const { return getElementTypeOrSelf(val.getType()).getIntOrFloatBitWidth(); }
bool Expr::isFloat() const { return isa<FloatType>(getElementTypeOrSelf(val.getType())); }

Expr Expr::constant(double c) const {
  if (!isFloat())
    return intConstant(static_cast<int64_t>(c));
  Type element = getElementTypeOrSelf(val.getType());
  return {*ctx,
          ctx->b.create<arith::ConstantOp>(ctx->loc, splat(val.getType(), ctx->b.getFloatAttr(element, c)))};
}

Expr Expr::intConstant(int64_t c) const {
  if (isFloat())
    return constant(static_cast<double>(c));
  Type element = getElementTypeOrSelf(val.getType());
  auto attr = IntegerAttr::get(element, APInt(64, static_cast<uint64_t>(c), true).sextOrTrunc(width()));
  return {*ctx, ctx->b.create<arith::ConstantOp>(ctx->loc, splat(val.getType(), attr))};
}

Expr operator+(Expr a, Expr b) { return arithmetic<arith::AddFOp, arith::AddIOp>(a, b); }
Expr operator-(Expr a, Expr b) { return arithmetic<arith::SubFOp, arith::SubIOp>(a, b); }
Expr operator*(Expr a, Expr b) { return arithmetic<arith::MulFOp, arith::MulIOp>(a, b); }
Expr operator/(Expr a, Expr b) { return emit<arith::DivFOp>(a, a.value(), b.value()); }
Expr operator&(Expr a, Expr b) { return emit<arith::AndIOp>(a, a.value(), b.value()); }
Expr operator|(Expr a, Expr b) { return emit<arith::OrIOp>(a, a.value(), b.value()); }
Expr operator^(Expr a, Expr b) { return emit<arith::XOrIOp>(a, a.value(), b.value()); }
Expr operator-(Expr a) { return a.isFloat() ? emit<arith::NegFOp>(a, a.value()) : a.intConstant(0) - a; }
Expr operator!(Expr a) { return a ^ a.intConstant(-1); }
Expr operator<<(Expr a, int bits) { return shl(a, a.intConstant(bits)); }
Expr operator>>(Expr a, int bits) { return emit<arith::ShRSIOp>(a, a.value(), a.intConstant(bits).value()); }
Expr shl(Expr a, Expr bits) { return emit<arith::ShLIOp>(a, a.value(), bits.value()); }
Expr shrl(Expr a, Expr bits) { return emit<arith::ShRUIOp>(a, a.value(), bits.value()); }
Expr mulHigh(Expr a, Expr b) {
  if (a.width() == 64) {
    // Products of halves: a 128-bit product of vectors would be taken apart into scalars.
    Expr half = a.intConstant(32), mask = a.intConstant(0xffffffff);
    Expr a0 = a & mask, a1 = shrl(a, half), b0 = b & mask, b1 = shrl(b, half);
    Expr middle = a1 * b0 + shrl(a0 * b0, half);
    Expr cross = a0 * b1 + (middle & mask);
    return a1 * b1 + shrl(middle, half) + shrl(cross, half);
  }
  MathContext &ctx = a.context();
  return {ctx, ctx.b.create<arith::MulUIExtendedOp>(ctx.loc, a.value(), b.value()).getHigh()};
}

Expr lt(Expr a, Expr b) { return compare(arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt, a, b); }
Expr le(Expr a, Expr b) { return compare(arith::CmpFPredicate::OLE, arith::CmpIPredicate::sle, a, b); }
Expr gt(Expr a, Expr b) { return compare(arith::CmpFPredicate::OGT, arith::CmpIPredicate::sgt, a, b); }
Expr ge(Expr a, Expr b) { return compare(arith::CmpFPredicate::OGE, arith::CmpIPredicate::sge, a, b); }
Expr eq(Expr a, Expr b) { return compare(arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq, a, b); }
Expr ne(Expr a, Expr b) { return compare(arith::CmpFPredicate::UNE, arith::CmpIPredicate::ne, a, b); }
Expr notLe(Expr a, Expr b) { return compare(arith::CmpFPredicate::UGT, arith::CmpIPredicate::sgt, a, b); }
Expr ult(Expr a, Expr b) { return emit<arith::CmpIOp>(a, arith::CmpIPredicate::ult, a.value(), b.value()); }
Expr isNan(Expr a) { return emit<arith::CmpFOp>(a, arith::CmpFPredicate::UNO, a.value(), a.value()); }
Expr select(Expr condition, Expr a, Expr b) {
  return emit<arith::SelectOp>(a, condition.value(), a.value(), b.value());
}

Expr fma(Expr a, Expr b, Expr c) {
  if (a.target().fma && !a.target().exact)
    return emit<math::FmaOp>(a, a.value(), b.value(), c.value());
  return a * b + c;
}
Expr abs(Expr a) { return emit<math::AbsFOp>(a, a.value()); }
Expr sqrt(Expr a) { return emit<math::SqrtOp>(a, a.value()); }
Expr copysign(Expr a, Expr sign) { return emit<math::CopySignOp>(a, a.value(), sign.value()); }

/// From here on floats have no fraction bits.
static Expr isIntegral(Expr magnitude) { return !lt(magnitude, magnitude.width() == 32 ? 0x1p23 : 0x1p52); }

Expr trunc(Expr a) {
  // There is no trunc on the way to SPIR-V.
  if (a.target().rounding)
    return copysign(floor(abs(a)), a);
  Expr integral = isIntegral(abs(a));
  return select(integral, a, copysign(toFloat(toInt(select(integral, 0.0, a))), a));
}
Expr floor(Expr a) {
  if (a.target().rounding)
    return emit<math::FloorOp>(a, a.value());
  Expr t = trunc(a);
  return select(gt(t, a), t - 1.0, t);
}
Expr ceil(Expr a) {
  if (a.target().rounding)
    return emit<math::CeilOp>(a, a.value());
  Expr t = trunc(a);
  return copysign(select(lt(t, a), t + 1.0, t), a);
}
Expr roundEven(Expr a) {
  if (a.target().rounding)
    return emit<math::RoundEvenOp>(a, a.value());
  Expr magnitude = abs(a);
  double unit = a.width() == 32 ? 0x1p23 : 0x1p52;
  return select(isIntegral(magnitude), a, copysign((magnitude + unit) - unit, a));
}

Expr bits(Expr a) {
  Type type = withElement(a.value().getType(), a.context().b.getIntegerType(a.width()));
  return emit<arith::BitcastOp>(a, type, a.value());
}
/// The float type as wide as a's elements.
static Type floatType(Expr a) {
  Builder &b = a.context().b;
  return withElement(a.value().getType(), a.width() == 32 ? Type(b.getF32Type()) : Type(b.getF64Type()));
}
Expr fromBits(Expr a) { return emit<arith::BitcastOp>(a, floatType(a), a.value()); }
Expr toInt(Expr a) {
  Type type = withElement(a.value().getType(), a.context().b.getIntegerType(a.width()));
  return emit<arith::FPToSIOp>(a, type, a.value());
}
Expr toFloat(Expr a) { return emit<arith::SIToFPOp>(a, floatType(a), a.value()); }

Expr poly(Expr x, Table coefficients) {
  std::span<const double> c = x.width() == 32 ? coefficients.f32 : coefficients.f64;
  Expr sum = x.constant(c.back());
  for (size_t k = c.size() - 1; k-- > 0;)
    sum = fma(sum, x, c[k]);
  return sum;
}

std::vector<Expr> whereAny(Expr condition, const std::vector<Expr> &otherwise,
                           const std::function<std::vector<Expr>()> &slow) {
  MathContext &ctx = condition.context();
  Value any = condition.value();
  if (isa<VectorType>(any.getType()))
    any = ctx.b.create<vector::ReductionOp>(ctx.loc, vector::CombiningKind::OR, any);
  auto values = [](const std::vector<Expr> &exprs) {
    return llvm::map_to_vector(exprs, [](Expr e) { return e.value(); });
  };
  SmallVector<Value> plain = values(otherwise);
  auto branch = ctx.b.create<scf::IfOp>(ctx.loc, TypeRange(ValueRange(plain)), any, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(ctx.b);
  ctx.b.setInsertionPointToStart(branch.thenBlock());
  ctx.b.create<scf::YieldOp>(ctx.loc, values(slow()));
  ctx.b.setInsertionPointToStart(branch.elseBlock());
  ctx.b.create<scf::YieldOp>(ctx.loc, plain);
  std::vector<Expr> results;
  for (Value v : branch.getResults())
    results.emplace_back(ctx, v);
  return results;
}

Expr iterate(int count, Expr start, const std::function<Expr(Expr)> &step) {
  MathContext &ctx = start.context();
  auto index = [&](int64_t i) { return ctx.b.create<arith::ConstantIndexOp>(ctx.loc, i); };
  Value first = index(0), end = index(count), one = index(1);
  auto loop = ctx.b.create<scf::ForOp>(ctx.loc, first, end, one, ValueRange{start.value()});
  OpBuilder::InsertionGuard guard(ctx.b);
  ctx.b.setInsertionPointToStart(loop.getBody());
  Expr next = step({ctx, loop.getRegionIterArg(0)});
  ctx.b.create<scf::YieldOp>(ctx.loc, next.value());
  return {ctx, loop.getResult(0)};
}

} // namespace mx::codegen
