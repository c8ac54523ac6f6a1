// Element-wise bodies. The order of lookup: the table's one-op body for the dtype's class, then the bodies
// below by class; an op with neither is refused.
#include "codegen/lowering/ScalarBodies.h"

#include "codegen/lowering/MathExpand.h"
#include "codegen/lowering/ScalarBodiesInt.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <optional>

using namespace mlir;
using mx::ir::OpKind;
using mx::rt::DType;

namespace mx::codegen {
namespace {

/// Names of arith ops for floats, signed and unsigned integers and bool; empty where there is no single op.
struct BodyNames {
  llvm::StringRef onFloat, onSigned, onUnsigned, onBool;
};
constexpr int kNumRows = ir::kNumOps;
const BodyNames kBodyNames[kNumRows] = {
#define MX_BODY_NAMES(...)                                                                                   \
  BodyNames { __VA_ARGS__ }
#define MX_OP(Name, mnemonic, api, family, inputs, variadic, rule, dtypes, diff, batch, scalar, ...)         \
  MX_BODY_NAMES scalar,
#include "ir/OpTable.inc"
#undef MX_OP
#undef MX_BODY_NAMES
};

using Emitter = Value (*)(OpBuilder &, Location, ValueRange);
template <typename OpT> Value emitBinary(OpBuilder &b, Location loc, ValueRange x) {
  return b.create<OpT>(loc, x[0], x[1]);
}
Emitter emitterNamed(llvm::StringRef name) {
#define MX_BINARY(Op)                                                                                        \
  if (name == #Op)                                                                                           \
    return emitBinary<arith::Op>;
  MX_BINARY(AddFOp)
  MX_BINARY(AddIOp)
  MX_BINARY(SubFOp)
  MX_BINARY(SubIOp)
  MX_BINARY(MulFOp)
  MX_BINARY(MulIOp)
  MX_BINARY(DivFOp)
  MX_BINARY(MaximumFOp)
  MX_BINARY(MinimumFOp)
  MX_BINARY(MaxSIOp)
  MX_BINARY(MaxUIOp)
  MX_BINARY(MinSIOp)
  MX_BINARY(MinUIOp)
  MX_BINARY(AndIOp)
  MX_BINARY(OrIOp)
  MX_BINARY(XOrIOp)
#undef MX_BINARY
  return nullptr;
}

llvm::StringRef bodyName(OpKind kind, DType dtype) {
  const BodyNames &names = kBodyNames[static_cast<int>(kind)];
  if (rt::isBool(dtype))
    return names.onBool;
  if (rt::isFloat(dtype))
    return names.onFloat;
  return rt::isSigned(dtype) ? names.onSigned : names.onUnsigned;
}

using Result = std::optional<Expr>;

/// Comparisons of numbers.
Result compare(OpKind kind, DType dtype, Expr a, Expr b) {
  bool isUnsigned = rt::isUnsigned(dtype);
  switch (kind) {
  case OpKind::Equal: return eq(a, b);
  case OpKind::NotEqual: return ne(a, b);
  case OpKind::Less: return isUnsigned ? ult(a, b) : lt(a, b);
  case OpKind::LessEqual: return isUnsigned ? !ult(b, a) : le(a, b);
  case OpKind::Greater: return isUnsigned ? ult(b, a) : gt(a, b);
  case OpKind::GreaterEqual: return isUnsigned ? !ult(a, b) : ge(a, b);
  default: return std::nullopt;
  }
}

Result unaryFloat(OpKind kind, Expr x) {
  switch (kind) {
  case OpKind::Abs: return abs(x);
  case OpKind::Negative: return -x;
  // Zero of either sign gives +0, and NaN stays.
  case OpKind::Sign: return select(gt(x, 0.0), 1.0, select(lt(x, 0.0), -1.0, select(eq(x, 0.0), 0.0, x)));
  case OpKind::Square: return x * x;
  case OpKind::Floor: return floor(x);
  case OpKind::Ceil: return ceil(x);
  case OpKind::Trunc: return trunc(x);
  case OpKind::Rint: return roundEven(x);
  case OpKind::Sqrt: return sqrt(x);
  case OpKind::Rsqrt: return 1.0 / sqrt(x);
  case OpKind::Reciprocal: return 1.0 / x;
  case OpKind::Exp: return expandExp(x);
  case OpKind::Expm1: return expandExpm1(x);
  case OpKind::Log: return expandLog(x);
  case OpKind::Log2: return expandLog2(x);
  case OpKind::Log10: return expandLog10(x);
  case OpKind::Log1p: return expandLog1p(x);
  case OpKind::Sin: return expandSin(x);
  case OpKind::Cos: return expandCos(x);
  case OpKind::Tan: return expandTan(x);
  case OpKind::Arcsin: return expandArcsin(x);
  case OpKind::Arccos: return expandArccos(x);
  case OpKind::Arctan: return expandArctan(x);
  case OpKind::Sinh: return expandSinh(x);
  case OpKind::Cosh: return expandCosh(x);
  case OpKind::Tanh: return expandTanh(x);
  case OpKind::Arcsinh: return expandArcsinh(x);
  case OpKind::Arccosh: return expandArccosh(x);
  case OpKind::Arctanh: return expandArctanh(x);
  case OpKind::Erf: return expandErf(x);
  case OpKind::Erfinv: return expandErfinv(x);
  case OpKind::Sigmoid: return expandSigmoid(x);
  default: return std::nullopt;
  }
}

Result binaryFloat(OpKind kind, Expr a, Expr b) {
  switch (kind) {
  case OpKind::FloorDivide: return floor(a / b);
  case OpKind::Remainder: return expandRemainder(a, b);
  case OpKind::Power: return expandPower(a, b);
  case OpKind::Arctan2: return expandArctan2(a, b);
  case OpKind::Logaddexp: return expandLogaddexp(a, b);
  default: return std::nullopt;
  }
}

Result unaryInt(OpKind kind, Expr x, bool isSigned) {
  switch (kind) {
  case OpKind::Abs: return isSigned ? select(lt(x, 0), -x, x) : x;
  case OpKind::Negative: return -x;
  case OpKind::Sign: {
    Expr positive = select(ne(x, 0), x.intConstant(1), x);
    return isSigned ? select(lt(x, 0), -1, positive) : positive;
  }
  case OpKind::Square: return x * x;
  case OpKind::BitwiseInvert: return x ^ -1;
  default: return std::nullopt;
  }
}

Result binaryInt(OpKind kind, Expr a, Expr b, bool isSigned) {
  switch (kind) {
  case OpKind::FloorDivide: return intFloorDivide(a, b, isSigned);
  case OpKind::Remainder: return intRemainder(a, b, isSigned);
  case OpKind::Power: return intPower(a, b, isSigned);
  case OpKind::LeftShift: return intLeftShift(a, b);
  case OpKind::RightShift: return intRightShift(a, b, isSigned);
  default: return std::nullopt;
  }
}

/// Bools are numbers of one bit: a quotient by false is false, a shift by true shifts everything out.
/// Comparisons are logic, for SPIR-V orders no booleans.
Result onBool(OpKind kind, ArrayRef<Expr> x) {
  switch (kind) {
  case OpKind::Abs:
  case OpKind::Sign:
  case OpKind::Square: return x[0];
  case OpKind::LogicalNot:
  case OpKind::BitwiseInvert: return !x[0];
  case OpKind::FloorDivide: return x[0] & x[1];
  case OpKind::Remainder: return x[0].intConstant(0);
  case OpKind::Power: return x[0] | !x[1];
  case OpKind::LeftShift:
  case OpKind::RightShift:
  case OpKind::Greater: return x[0] & !x[1];
  case OpKind::GreaterEqual: return x[0] | !x[1];
  case OpKind::Less: return !x[0] & x[1];
  case OpKind::LessEqual: return !x[0] | x[1];
  case OpKind::Equal: return !(x[0] ^ x[1]);
  case OpKind::NotEqual: return x[0] ^ x[1];
  default: return std::nullopt;
  }
}

/// Ops whose result is one of their operands.
bool isIdentity(OpKind kind, DType dtype) {
  switch (kind) {
  case OpKind::Copy:
  case OpKind::StopGradient:
  case OpKind::Barrier: return true;
  case OpKind::Floor:
  case OpKind::Ceil:
  case OpKind::Trunc:
  case OpKind::Rint: return !rt::isFloat(dtype);
  default: return false;
  }
}

/// Any dtype but float16, bfloat16 and complex64.
Result emitBody(MathContext &ctx, OpKind kind, DType dtype, ValueRange operands) {
  if (llvm::StringRef name = bodyName(kind, dtype); !name.empty()) {
    Emitter emitter = emitterNamed(name);
    return emitter ? Result(Expr{ctx, emitter(ctx.b, ctx.loc, operands)}) : std::nullopt;
  }
  SmallVector<Expr, 3> x;
  for (Value v : operands)
    x.emplace_back(ctx, v);
  if (rt::isBool(dtype))
    return onBool(kind, x);
  if (x.size() == 2)
    if (Result r = compare(kind, dtype, x[0], x[1]))
      return r;
  if (rt::isFloat(dtype))
    return x.size() == 1 ? unaryFloat(kind, x[0]) : binaryFloat(kind, x[0], x[1]);
  bool isSigned = rt::isSigned(dtype);
  return x.size() == 1 ? unaryInt(kind, x[0], isSigned) : binaryInt(kind, x[0], x[1], isSigned);
}

/// The element-wise op that combines two results of a reduction.
std::optional<OpKind> combinerOf(OpKind reduceKind) {
  switch (reduceKind) {
  case OpKind::Sum: return OpKind::Add;
  case OpKind::Prod: return OpKind::Multiply;
  case OpKind::Max: return OpKind::Maximum;
  case OpKind::Min: return OpKind::Minimum;
  case OpKind::All: return OpKind::LogicalAnd;
  case OpKind::Any: return OpKind::LogicalOr;
  default: return std::nullopt;
  }
}

} // namespace

FailureOr<Value> emitElementwise(OpBuilder &b, Location loc, OpKind kind, DType dtype, ValueRange operands,
                                 const MathTarget &target) {
  const ir::OpRow &row = ir::rowOf(kind);
  if (!row.isElementwise() || row.numInputs != operands.size())
    return failure();
  if (isIdentity(kind, dtype))
    return operands[0];
  MathContext ctx{b, loc, target};
  bool half = dtype == DType::float16 || dtype == DType::bfloat16;
  if (kind == OpKind::Where) {
    // Selecting halves as integers keeps targets without 16-bit floats out of their way.
    Expr condition{ctx, operands[0]}, x{ctx, operands[1]}, y{ctx, operands[2]};
    if (!half)
      return select(condition, x, y).value();
    Value chosen = select(condition, bits(x), bits(y)).value();
    return b.create<arith::BitcastOp>(loc, operands[1].getType(), chosen).getResult();
  }
  if (rt::isComplex(dtype))
    return failure();
  if (!half) {
    Result result = emitBody(ctx, kind, dtype, operands);
    if (!result)
      return failure();
    return result->value();
  }
  SmallVector<Value, 2> wide;
  for (Value v : operands)
    wide.push_back(emitCast(b, loc, v, dtype, DType::float32, target));
  Result result = emitBody(ctx, kind, DType::float32, wide);
  if (!result)
    return failure();
  if (row.dtypeRule == ir::DtypeRule::Compare)
    return result->value();
  return emitCast(b, loc, result->value(), DType::float32, dtype, target);
}

Value emitCombine(OpBuilder &b, Location loc, OpKind reduceKind, DType dtype, Value lhs, Value rhs,
                  const MathTarget &target) {
  std::optional<OpKind> combiner = combinerOf(reduceKind);
  if (!combiner)
    return {};
  if ((dtype == DType::float32 || dtype == DType::float64) && (reduceKind == OpKind::Max || reduceKind == OpKind::Min)) {
    // The carried value waits for one comparison only, which keeps NaN; a NaN on the right is found beside it.
    MathContext ctx{b, loc, target};
    Expr carried{ctx, lhs}, x{ctx, rhs};
    Expr best = select(reduceKind == OpKind::Max ? lt(carried, x) : lt(x, carried), x, carried);
    return select(isNan(x), x, best).value();
  }
  auto value = emitElementwise(b, loc, *combiner, dtype, {lhs, rhs}, target);
  return succeeded(value) ? *value : Value();
}

TypedAttr reductionIdentity(OpBuilder &b, OpKind reduceKind, DType dtype) {
  if (!combinerOf(reduceKind) || rt::isComplex(dtype))
    return {};
  Type type = toScalarType(b.getContext(), dtype);
  bool logical = reduceKind == OpKind::All || reduceKind == OpKind::Any;
  if (logical && !rt::isBool(dtype))
    return {};
  if (rt::isFloat(dtype)) {
    double value = reduceKind == OpKind::Sum ? 0.0 : reduceKind == OpKind::Prod ? 1.0 : HUGE_VAL;
    return b.getFloatAttr(type, reduceKind == OpKind::Max ? -value : value);
  }
  unsigned width = type.getIntOrFloatBitWidth();
  bool isSigned = rt::isSigned(dtype);
  switch (reduceKind) {
  case OpKind::Prod:
  case OpKind::All: return b.getIntegerAttr(type, APInt(width, 1));
  case OpKind::Max:
    return b.getIntegerAttr(type, isSigned ? APInt::getSignedMinValue(width) : APInt(width, 0));
  case OpKind::Min:
    return b.getIntegerAttr(type, isSigned ? APInt::getSignedMaxValue(width) : APInt::getMaxValue(width));
  default: return b.getIntegerAttr(type, APInt(width, 0));
  }
}

} // namespace mx::codegen
