// Folding and emission of index arithmetic. Every operation is emitted once per scope, found again by its operands.
#include "codegen/lowering/Indices.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace mx::codegen {
namespace {

std::optional<int64_t> constantOf(Value v) {
  APInt value;
  if (v && v.getType().isIndex() && matchPattern(v, m_ConstantInt(&value)))
    return value.getSExtValue();
  return std::nullopt;
}

// Memo keys of index arithmetic start with these; tensor values are pointers and never this small.
enum : uint64_t { kConstantKey = 1, kOpKey = 16, kVectorKey = 64, kLessKey = 65 };

uint64_t keyOf(Value v) { return reinterpret_cast<uint64_t>(v.getAsOpaquePointer()); }

} // namespace

Index IndexBuilder::constant(int64_t v) {
  return {scopes.once({kConstantKey, static_cast<uint64_t>(v)}, 0, [&]() -> Value {
    return scopes.builder().create<arith::ConstantIndexOp>(scopes.loc(), v);
  })};
}

std::optional<int64_t> IndexBuilder::asConstant(const Index &i) {
  return i.isUniform() ? constantOf(i.base) : std::nullopt;
}

Value IndexBuilder::scalar(Op op, Value a, Value b) {
  auto ca = constantOf(a), cb = constantOf(b);
  if (ca && cb) {
    switch (op) {
    case Op::Add: return constant(*ca + *cb).base;
    case Op::Sub: return constant(*ca - *cb).base;
    case Op::Mul: return constant(*ca * *cb).base;
    case Op::Div: if (*cb > 0 && *ca >= 0) return constant(*ca / *cb).base; break;
    case Op::Rem: if (*cb > 0 && *ca >= 0) return constant(*ca % *cb).base; break;
    case Op::Max: return constant(std::max(*ca, *cb)).base;
    case Op::Min: return constant(std::min(*ca, *cb)).base;
    }
  }
  if ((op == Op::Add || op == Op::Sub) && cb == 0)
    return a;
  if (op == Op::Add && ca == 0)
    return b;
  if ((op == Op::Mul && cb == 1) || (op == Op::Div && cb == 1))
    return a;
  if (op == Op::Mul && ca == 1)
    return b;
  if ((op == Op::Mul && (ca == 0 || cb == 0)) || (op == Op::Rem && cb == 1) || (ca == 0 && (op == Op::Div || op == Op::Rem)))
    return constant(0).base;
  // a + b is b + a, but written as it was asked for first: the order of keys differs from run to run.
  uint64_t first = keyOf(a), second = keyOf(b);
  if ((op == Op::Add || op == Op::Mul) && second < first)
    std::swap(first, second);
  OpBuilder &bld = scopes.builder();
  return scopes.once({kOpKey + static_cast<uint64_t>(op), first, second}, scopes.depthOf({a, b}), [&]() -> Value {
    Location loc = scopes.loc();
    switch (op) {
    case Op::Add: return bld.create<arith::AddIOp>(loc, a, b);
    case Op::Sub: return bld.create<arith::SubIOp>(loc, a, b);
    case Op::Mul: return bld.create<arith::MulIOp>(loc, a, b);
    case Op::Div: return bld.create<arith::DivUIOp>(loc, a, b);
    case Op::Rem: return bld.create<arith::RemUIOp>(loc, a, b);
    case Op::Max: return bld.create<arith::MaxSIOp>(loc, a, b);
    case Op::Min: return bld.create<arith::MinSIOp>(loc, a, b);
    }
    llvm_unreachable("index op");
  });
}

Value IndexBuilder::vector(const Index &i) {
  if (i.varying)
    return i.base;
  OpBuilder &bld = scopes.builder();
  Location loc = scopes.loc();
  auto type = VectorType::get({numLanes}, bld.getIndexType());
  return scopes.once({kVectorKey, keyOf(i.base), static_cast<uint64_t>(i.step)}, scopes.depthOf(i.base), [&]() -> Value {
    Value splat = bld.create<vector::BroadcastOp>(loc, type, i.base);
    if (i.step == 0)
      return splat;
    SmallVector<int64_t> offsets;
    for (int64_t lane = 0; lane < numLanes; ++lane)
      offsets.push_back(lane * i.step);
    Value ramp = bld.create<arith::ConstantOp>(loc, DenseIntElementsAttr::get(type, offsets));
    return bld.create<arith::AddIOp>(loc, splat, ramp);
  });
}

int64_t IndexBuilder::factorOf(Value v) { return factorOf(v, 16); }

int64_t IndexBuilder::factorOf(Value v, int budget) {
  constexpr int64_t most = 64;
  if (auto c = constantOf(v))
    return *c == 0 ? most : std::min(most, *c & -*c);
  if (budget == 0)
    return 1;
  auto of = [&](Value operand) { return factorOf(operand, budget - 1); };
  if (auto arg = dyn_cast<BlockArgument>(v)) {
    auto loop = dyn_cast<scf::ForOp>(arg.getOwner()->getParentOp());
    return loop && loop.getInductionVar() == v ? std::min(of(loop.getLowerBound()), of(loop.getStep())) : 1;
  }
  Operation *op = v.getDefiningOp();
  if (isa<arith::MulIOp>(op))
    return std::min(most, of(op->getOperand(0)) * of(op->getOperand(1)));
  if (isa<arith::AddIOp, arith::SubIOp, arith::RemUIOp, arith::MinSIOp, arith::MaxSIOp>(op))
    return std::min(of(op->getOperand(0)), of(op->getOperand(1)));
  if (isa<arith::SelectOp>(op))
    return std::min(of(op->getOperand(1)), of(op->getOperand(2)));
  return 1;
}

Index IndexBuilder::exactDiv(const Index &i, int64_t divisor) {
  Operation *op = i.base.getDefiningOp();
  if (op && isa<arith::AddIOp>(op) && factorOf(op->getOperand(0)) >= divisor && factorOf(op->getOperand(1)) >= divisor)
    return add(exactDiv({op->getOperand(0)}, divisor), exactDiv({op->getOperand(1)}, divisor));
  if (op && isa<arith::MulIOp>(op))
    for (unsigned side : {1, 0})
      if (auto c = constantOf(op->getOperand(side)); c && *c % divisor == 0)
        return mul({op->getOperand(1 - side)}, constant(*c / divisor));
  return div(i, constant(divisor));
}

Index IndexBuilder::binary(Op op, const Index &a, const Index &b) {
  if (a.isUniform() && b.isUniform())
    return {scalar(op, a.base, b.base)};
  if (!a.varying && !b.varying) {
    if (op == Op::Add)
      return {scalar(op, a.base, b.base), a.step + b.step};
    if (op == Op::Sub)
      return {scalar(op, a.base, b.base), a.step - b.step};
    if (op == Op::Mul) {
      const Index &strided = a.isUniform() ? b : a, &factor = a.isUniform() ? a : b;
      if (auto c = asConstant(factor))
        return {scalar(op, strided.base, factor.base), strided.step * *c};
    }
  }
  if (auto c = asConstant(b); c && ((*c == 1 && (op == Op::Mul || op == Op::Div)) || (*c == 0 && op == Op::Add)))
    return a;
  Value va = vector(a), vb = vector(b);
  OpBuilder &bld = scopes.builder();
  return {scopes.once({kOpKey + static_cast<uint64_t>(op), keyOf(va), keyOf(vb)}, scopes.depthOf({va, vb}), [&]() -> Value {
    Location loc = scopes.loc();
    switch (op) {
    case Op::Add: return bld.create<arith::AddIOp>(loc, va, vb);
    case Op::Sub: return bld.create<arith::SubIOp>(loc, va, vb);
    case Op::Mul: return bld.create<arith::MulIOp>(loc, va, vb);
    case Op::Div: return bld.create<arith::DivUIOp>(loc, va, vb);
    case Op::Rem: return bld.create<arith::RemUIOp>(loc, va, vb);
    case Op::Max: return bld.create<arith::MaxSIOp>(loc, va, vb);
    case Op::Min: return bld.create<arith::MinSIOp>(loc, va, vb);
    }
    llvm_unreachable("index op");
  }), 0, true};
}

Index IndexBuilder::add(const Index &a, const Index &b) { return binary(Op::Add, a, b); }
Index IndexBuilder::sub(const Index &a, const Index &b) { return binary(Op::Sub, a, b); }
Index IndexBuilder::mul(const Index &a, const Index &b) { return binary(Op::Mul, a, b); }
Index IndexBuilder::div(const Index &a, const Index &b) { return binary(Op::Div, a, b); }
Index IndexBuilder::rem(const Index &a, const Index &b) { return binary(Op::Rem, a, b); }
Index IndexBuilder::max(const Index &a, const Index &b) { return binary(Op::Max, a, b); }
Index IndexBuilder::min(const Index &a, const Index &b) { return binary(Op::Min, a, b); }

Value IndexBuilder::less(const Index &a, const Index &b) {
  bool lanes = !a.isUniform() || !b.isUniform();
  Value va = lanes ? vector(a) : a.base, vb = lanes ? vector(b) : b.base;
  return scopes.once({kLessKey, keyOf(va), keyOf(vb)}, scopes.depthOf({va, vb}), [&]() -> Value {
    return scopes.builder().create<arith::CmpIOp>(scopes.loc(), arith::CmpIPredicate::slt, va, vb);
  });
}

} // namespace mx::codegen
