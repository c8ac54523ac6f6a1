// Casts. LLVM's conversions to and from bfloat16 and float16 call library functions where the machine has no
// instruction, and the bfloat16 instruction flushes subnormals: both are built from integer ops instead.
#include "codegen/lowering/Casts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using mx::rt::DType;

namespace mx::codegen {
namespace {

Expr zeroExtend(Expr a, Type element) {
  MathContext &ctx = a.context();
  return {ctx, ctx.b.create<arith::ExtUIOp>(ctx.loc, withElement(a.value().getType(), element), a.value())};
}
Expr truncate(Expr a, Type element) {
  MathContext &ctx = a.context();
  return {ctx, ctx.b.create<arith::TruncIOp>(ctx.loc, withElement(a.value().getType(), element), a.value())};
}
Expr bitcast(Expr a, Type element) {
  MathContext &ctx = a.context();
  return {ctx, ctx.b.create<arith::BitcastOp>(ctx.loc, withElement(a.value().getType(), element), a.value())};
}
template <typename OpT> Expr convert(Expr a, Type element) {
  MathContext &ctx = a.context();
  return {ctx, ctx.b.create<OpT>(ctx.loc, withElement(a.value().getType(), element), a.value())};
}

Expr bfloat16ToFloat(Expr x) {
  Builder &b = x.context().b;
  return fromBits(zeroExtend(bitcast(x, b.getI16Type()), b.getI32Type()) << 16);
}

Expr floatToBfloat16(Expr x) {
  Builder &b = x.context().b;
  Expr u = bits(x);
  Expr upper = shrl(u, u.intConstant(16));
  Expr rounded = shrl(u + (upper & 1) + 0x7fff, u.intConstant(16));
  Expr result = select(isNan(x), upper | 0x40, rounded);
  return bitcast(truncate(result, b.getI16Type()), b.getBF16Type());
}

Expr float16ToFloat(Expr x) {
  Builder &b = x.context().b;
  if (x.target().f16c)
    return convert<arith::ExtFOp>(x, b.getF32Type());
  Expr u = zeroExtend(bitcast(x, b.getI16Type()), b.getI32Type());
  Expr magnitude = u & 0x7fff;
  // The multiplication moves the exponent's bias and makes subnormals normal.
  Expr finite = bits(fromBits(magnitude << 13) * 0x1p112);
  // Infinity and NaN; NaN becomes quiet as it does in hardware.
  Expr special = (magnitude << 13) | 0x7f800000;
  special = select(gt(magnitude, 0x7c00), special | 0x400000, special);
  return fromBits(select(ge(magnitude, 0x7c00), special, finite) | ((u & 0x8000) << 16));
}

Expr floatToFloat16(Expr x) {
  Builder &b = x.context().b;
  if (x.target().f16c)
    return convert<arith::TruncFOp>(x, b.getF16Type());
  Expr u = bits(x);
  Expr magnitude = u & 0x7fffffff;
  Expr normal =
      shrl(magnitude + (shrl(magnitude, u.intConstant(13)) & 1) + (0xfff - (112 << 23)), u.intConstant(13));
  // Below 2^-14 adding 0.5 leaves the rounded mantissa in the low bits.
  Expr small = bits(fromBits(magnitude) + 0.5) - 0x3f000000;
  Expr special = select(gt(magnitude, 0x7f800000), (shrl(magnitude, u.intConstant(13)) & 0x3ff) | 0x7e00,
                        u.intConstant(0x7c00));
  Expr result = select(lt(magnitude, 0x38800000), small, normal);
  result = select(ge(magnitude, 0x477ff000), special, result);
  result = result | (shrl(u, u.intConstant(16)) & 0x8000);
  return bitcast(truncate(result, b.getI16Type()), b.getF16Type());
}

/// A neighbouring float, odd in its last bit unless exact: rounding it again to a shorter format is the same
/// as rounding once.
Expr doubleToOddFloat(Expr x) {
  Builder &b = x.context().b;
  Expr nearest = convert<arith::TruncFOp>(x, b.getF32Type());
  Expr back = convert<arith::ExtFOp>(nearest, b.getF64Type());
  Expr u = bits(nearest);
  Expr towardZero = select(gt(abs(back), abs(x)), u - 1, u);
  return fromBits(select(ne(back, x), towardZero | 1, u));
}

/// An integer that a float of `precision` bits holds and that rounds to fewer bits as x does: where x is long
/// its low bits become one bit that tells whether any was set.
Expr withStickyBit(Expr x, int precision, bool isSigned) {
  int dropped = static_cast<int>(x.width()) - precision;
  Expr high = isSigned ? x >> precision : shrl(x, x.intConstant(precision));
  Expr isLong = isSigned ? ne(high, 0) & ne(high, -1) : ne(high, 0);
  Expr unit = x.intConstant(int64_t(1) << dropped), low = unit - 1;
  Expr shortened = (x & ~((int64_t(1) << dropped) - 1)) | select(ne(x & low, 0), unit, 0);
  return select(isLong, shortened, x);
}

Expr toFloat32(Expr x, DType from) {
  Builder &b = x.context().b;
  switch (from) {
  case DType::float16: return float16ToFloat(x);
  case DType::bfloat16: return bfloat16ToFloat(x);
  case DType::float64: return convert<arith::TruncFOp>(x, b.getF32Type());
  default: return x;
  }
}

Expr floatToFloat(Expr x, DType from, DType to) {
  Builder &b = x.context().b;
  bool narrow = to == DType::float16 || to == DType::bfloat16;
  Expr single = narrow && from == DType::float64 ? doubleToOddFloat(x) : toFloat32(x, from);
  switch (to) {
  case DType::float16: return floatToFloat16(single);
  case DType::bfloat16: return floatToBfloat16(single);
  case DType::float64: return convert<arith::ExtFOp>(single, b.getF64Type());
  default: return single;
  }
}

/// x is f32 or f64. Lanes that are out of range never reach the conversion, whose result would be undefined.
Expr floatToInt(Expr x, DType to) {
  MathContext &ctx = x.context();
  int width = static_cast<int>(rt::sizeOf(to)) * 8;
  bool isSigned = rt::isSigned(to);
  double limit = std::ldexp(1.0, isSigned ? width - 1 : width);
  Expr inRange = ge(x, isSigned ? -limit : 0.0) & lt(x, limit);
  Expr safe = select(inRange, x, 0.0);
  Type element = ctx.b.getIntegerType(width);
  Expr i = isSigned ? convert<arith::FPToSIOp>(safe, element) : convert<arith::FPToUIOp>(safe, element);
  APInt highest = isSigned ? APInt::getSignedMaxValue(width) : APInt::getMaxValue(width);
  APInt lowest = isSigned ? APInt::getSignedMinValue(width) : APInt::getMinValue(width);
  Expr saturated = select(ge(x, limit), i.intConstant(highest.getSExtValue()), int64_t(0));
  if (isSigned)
    saturated = select(lt(x, -limit), i.intConstant(lowest.getSExtValue()), saturated);
  return select(inRange, i, saturated);
}

Expr castFromBool(Expr x, DType to) {
  MathContext &ctx = x.context();
  Type element = toScalarType(ctx.b.getContext(), to);
  if (rt::isInteger(to))
    return zeroExtend(x, element);
  // A bfloat16 or float16 select may not be legal; their bit patterns are selected instead.
  if (to == DType::float16 || to == DType::bfloat16) {
    Expr u = zeroExtend(x, ctx.b.getI16Type());
    return bitcast(u * int64_t(to == DType::float16 ? 0x3c00 : 0x3f80), element);
  }
  return convert<arith::UIToFPOp>(x, element);
}

Expr castFromInt(Expr x, DType from, DType to) {
  MathContext &ctx = x.context();
  Type element = toScalarType(ctx.b.getContext(), to);
  if (rt::isInteger(to)) {
    unsigned width = element.getIntOrFloatBitWidth();
    if (width == x.width())
      return x;
    if (width < x.width())
      return truncate(x, element);
    return rt::isSigned(from) ? convert<arith::ExtSIOp>(x, element) : zeroExtend(x, element);
  }
  auto convertTo = [&](Expr i, Type real) {
    return rt::isSigned(from) ? convert<arith::SIToFPOp>(i, real) : convert<arith::UIToFPOp>(i, real);
  };
  // float16 is infinite before float32 rounds any integer; bfloat16 is not.
  if (to == DType::float16)
    return floatToFloat16(convertTo(x, ctx.b.getF32Type()));
  if (to != DType::bfloat16)
    return convertTo(x, element);
  if (x.width() == 64)
    return floatToBfloat16(
        doubleToOddFloat(convertTo(withStickyBit(x, 53, rt::isSigned(from)), ctx.b.getF64Type())));
  Expr exact = x.width() == 32 ? withStickyBit(x, 24, rt::isSigned(from)) : x;
  return floatToBfloat16(convertTo(exact, ctx.b.getF32Type()));
}

} // namespace

Type toScalarType(MLIRContext *ctx, DType dtype) {
  switch (dtype) {
  case DType::bool_: return IntegerType::get(ctx, 1);
  case DType::float16: return Float16Type::get(ctx);
  case DType::bfloat16: return BFloat16Type::get(ctx);
  case DType::float32: return Float32Type::get(ctx);
  case DType::float64: return Float64Type::get(ctx);
  case DType::complex64: return {};
  default: return IntegerType::get(ctx, static_cast<unsigned>(rt::sizeOf(dtype)) * 8);
  }
}

Value emitCast(OpBuilder &b, Location loc, Value v, DType from, DType to, const MathTarget &target) {
  if (from == to)
    return v;
  MathContext ctx{b, loc, target};
  Expr x{ctx, v};
  if (rt::isComplex(to)) {
    Expr real{ctx, emitCast(b, loc, v, from, DType::float32, target)};
    return zeroExtend(bits(real), b.getI64Type()).value();
  }
  if (rt::isComplex(from)) {
    Expr real = fromBits(truncate(x, b.getI32Type()));
    if (!rt::isBool(to))
      return emitCast(b, loc, real.value(), DType::float32, to, target);
    Expr imaginary = fromBits(truncate(shrl(x, x.intConstant(32)), b.getI32Type()));
    return (ne(real, 0.0) | ne(imaginary, 0.0)).value();
  }
  if (rt::isBool(from))
    return castFromBool(x, to).value();
  if (rt::isFloat(from)) {
    if (rt::isFloat(to))
      return floatToFloat(x, from, to).value();
    Expr wide = from == DType::float64 ? x : toFloat32(x, from);
    return rt::isBool(to) ? ne(wide, 0.0).value() : floatToInt(wide, to).value();
  }
  return rt::isBool(to) ? ne(x, 0).value() : castFromInt(x, from, to).value();
}

} // namespace mx::codegen
