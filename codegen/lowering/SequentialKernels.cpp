// Kernels that walk one axis in order: argument reductions and scans. Everything outside the axis is parallel.
// When the axis is not the last, 16 neighbouring columns walk together in the lanes.
#include "codegen/lowering/LowerKernel.h"

#include "codegen/lowering/Casts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;
using ir::Dims;

// The op of the body with this family; a kernel of these kinds has exactly one.
Operation *onlyOp(KernelBuilder &k, llvm::function_ref<bool(const ir::OpRow &)> is) {
  for (Operation &op : k.body().without_terminator())
    if (const ir::OpRow *row = ir::rowOf(&op); row && is(*row))
      return &op;
  return nullptr;
}

// A domain seen as (outer, axis, inner): the unit's coordinates but for the axis.
struct AxisWalk {
  Dims dims;
  unsigned axis;
  Dim outer, length, inner;
  AxisWalk(const Dims &dims, unsigned axis)
      : dims(dims), axis(axis), outer(groupSize(dims, 0, axis)), length(dims[axis]),
        inner(groupSize(dims, axis + 1, dims.size() - axis - 1)) {}
  bool lanes() const { return !inner.is(1); }
  Dim units() const { return outer * (lanes() ? ceilDiv(inner, kLanes) : Dim(1)); }
  // Groups: the axes before, the axis, the axes after.
  Point at(const Index &out, const Index &i, const Index &in) const {
    Point p;
    if (axis > 0)
      p.coords.push_back({0, axis, out});
    p.coords.push_back({axis, 1, i});
    if (axis + 1 < dims.size())
      p.coords.push_back({axis + 1, unsigned(dims.size()) - axis - 1, in});
    return p;
  }
  // Runs body(outer, inner) for each unit with the lanes' mask set.
  void forUnits(Emitter &e, Value begin, Value end, llvm::function_ref<void(const Index &, const Index &)> body) const {
    IndexBuilder &ix = e.index;
    e.scopes.loop(begin, end, ix.constant(1).base, {}, [&](Value unit, ValueRange) {
      if (!lanes()) {
        body({unit}, ix.constant(0));
        return SmallVector<Value>{};
      }
      Index blocks = e.size(ceilDiv(inner, kLanes));
      Index first = ix.mul(ix.rem({unit}, blocks), ix.constant(kLanes));
      if (!(inner.isConstant() && inner.value() % kLanes == 0))
        e.setValidLanes(ix.min(ix.sub(e.size(inner), first), ix.constant(kLanes)).base);
      body(ix.div({unit}, blocks), IndexBuilder::lanes(first.base));
      e.setValidLanes({});
      return SmallVector<Value>{};
    });
  }
};

struct Best {
  Value value, index;
};

} // namespace

// Lanes of candidates (value, position): the better wins, of equals the earlier. NaN beats everything.
LogicalResult lowerArgReduce(KernelBuilder &k) {
  Operation *op = onlyOp(k, [](const ir::OpRow &r) { return r.kind == ir::OpKind::Argmax || r.kind == ir::OpKind::Argmin; });
  if (!op)
    return k.kernel.emitOpError("of kind argreduce has no argmax or argmin");
  Value x = op->getOperand(0);
  const rt::DType dtype = ir::dtypeOf(x);
  const bool largest = ir::rowOf(op)->kind == ir::OpKind::Argmax;
  const ir::OpKind pick = largest ? ir::OpKind::Max : ir::OpKind::Min;
  AxisWalk walk(ir::dimsOf(x), op->getAttrOfType<IntegerAttr>("axis").getInt());
  const bool alongAxis = !walk.lanes();

  k.entry("", walk.units(), ceilDiv(walk.length * Dim(elementCostPs(k.body()) + 100), 1000) + Dim(20), 0, [&](Emitter &e, Value begin, Value end) {
    IndexBuilder &ix = e.index;
    OpBuilder &b = e.scopes.builder();
    auto lanesOf = [&](Type t) { return VectorType::get({kLanes}, t); };
    const Type i32 = b.getI32Type();
    auto isFloat = rt::isFloat(dtype);
    // Values compare in a wider type where theirs has no ordering op.
    const rt::DType compareAs = dtype == rt::DType::bfloat16 || dtype == rt::DType::float16 ? rt::DType::float32
                                : rt::isBool(dtype) ? rt::DType::uint8 : dtype;
    auto better = [&](const Best &c, const Best &than) -> Value {
      Location loc = e.scopes.loc();
      Value ahead, equal;
      if (isFloat) {
        auto ordered = largest ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT;
        Value wins = b.create<arith::CmpFOp>(loc, ordered, c.value, than.value);
        Value nan = b.create<arith::CmpFOp>(loc, arith::CmpFPredicate::UNO, c.value, c.value);
        Value otherNan = b.create<arith::CmpFOp>(loc, arith::CmpFPredicate::UNO, than.value, than.value);
        Value same = b.create<arith::CmpFOp>(loc, arith::CmpFPredicate::OEQ, c.value, than.value);
        Value neither = b.create<arith::AndIOp>(loc, nan, otherNan);
        Value notOther = b.create<arith::XOrIOp>(loc, otherNan, b.create<arith::ConstantOp>(loc, DenseElementsAttr::get(lanesOf(b.getI1Type()), true)));
        ahead = b.create<arith::OrIOp>(loc, wins, b.create<arith::AndIOp>(loc, nan, notOther));
        equal = b.create<arith::OrIOp>(loc, same, neither);
      } else {
        bool isUnsigned = rt::isUnsigned(compareAs);
        auto pred = largest ? (isUnsigned ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt)
                            : (isUnsigned ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt);
        ahead = b.create<arith::CmpIOp>(loc, pred, c.value, than.value);
        equal = b.create<arith::CmpIOp>(loc, arith::CmpIPredicate::eq, c.value, than.value);
      }
      Value earlier = b.create<arith::CmpIOp>(loc, arith::CmpIPredicate::ult, c.index, than.index);
      return b.create<arith::OrIOp>(loc, ahead, b.create<arith::AndIOp>(loc, equal, earlier));
    };
    auto choose = [&](const Best &a, const Best &c, Value mask) -> Best {
      Location loc = e.scopes.loc();
      Value take = better(c, a);
      if (mask)
        take = b.create<arith::AndIOp>(loc, take, mask);
      return {b.create<arith::SelectOp>(loc, take, c.value, a.value), b.create<arith::SelectOp>(loc, take, c.index, a.index)};
    };
    walk.forUnits(e, begin, end, [&](const Index &outer, const Index &inner) {
      auto candidate = [&](const Index &i) -> Best {
        Value v = e.at(x, walk.at(outer, i, inner));
        Location loc = e.scopes.loc();
        if (compareAs != dtype)
          v = e.scopes.emitAt(e.scopes.depthOf(v), [&] { return emitCast(b, loc, v, dtype, compareAs, k.target.math); });
        return {e.widen(v), b.create<arith::IndexCastOp>(loc, lanesOf(i32), ix.vector(i))};
      };
      TypedAttr worst = reductionIdentity(b, pick, compareAs);
      Best best{b.create<arith::ConstantOp>(e.scopes.loc(), DenseElementsAttr::get(lanesOf(worst.getType()), Attribute(worst))),
                b.create<arith::ConstantOp>(e.scopes.loc(), DenseElementsAttr::get(lanesOf(i32), Attribute(b.getI32IntegerAttr(-1))))};
      Index n = e.size(walk.length), zero = ix.constant(0);
      auto advance = [&](const Index &i, const Best &so) {
        Best next = choose(so, candidate(i), e.laneMask());
        return SmallVector<Value>{next.value, next.index};
      };
      SmallVector<Value> state{best.value, best.index};
      if (alongAxis) {
        Index whole = ix.mul(ix.div(n, ix.constant(kLanes)), ix.constant(kLanes));
        ValueRange r = e.scopes.loop(zero.base, whole.base, ix.constant(kLanes).base, state, [&](Value i, ValueRange in) {
          return advance(IndexBuilder::lanes(i), {in[0], in[1]});
        });
        state.assign(r.begin(), r.end());
        r = e.scopes.when(ix.less(whole, n), state, [&] {
          e.setValidLanes(ix.sub(n, whole).base);
          auto next = advance(IndexBuilder::lanes(whole.base), {state[0], state[1]});
          e.setValidLanes({});
          return next;
        });
        state.assign(r.begin(), r.end());
        // Rotate halves onto each other; after four steps lane 0 holds the best.
        for (int64_t half = kLanes / 2; half >= 1; half /= 2) {
          SmallVector<int64_t> rotated;
          for (int64_t i = 0; i < kLanes; ++i)
            rotated.push_back((i + half) % kLanes);
          Best other{b.create<vector::ShuffleOp>(e.scopes.loc(), state[0], state[0], rotated),
                     b.create<vector::ShuffleOp>(e.scopes.loc(), state[1], state[1], rotated)};
          Best next = choose({state[0], state[1]}, other, {});
          state = {next.value, next.index};
        }
        e.bindValue(op->getResult(0), b.create<vector::ExtractOp>(e.scopes.loc(), state[1], 0));
      } else {
        ValueRange r = e.scopes.loop(zero.base, n.base, ix.constant(1).base, state, [&](Value i, ValueRange in) {
          return advance({i}, {in[0], in[1]});
        });
        state.assign(r.begin(), r.end());
        e.bindValue(op->getResult(0), state[1]);
      }
      Index linear = ix.add(ix.mul(outer, e.size(walk.inner)), inner);
      for (auto [i, v] : llvm::enumerate(k.yields()))
        e.store(k.outputMemory(e, i), ir::dtypeOf(v), linear, e.at(v, Emitter::linearPoint(ir::dimsOf(v).size(), linear)));
      e.bindValue(op->getResult(0), {});
    });
  });
  return success();
}

LogicalResult lowerScan(KernelBuilder &k) {
  Operation *op = onlyOp(k, [](const ir::OpRow &r) { return r.family == "Scan"; });
  if (!op || k.yields().size() != 1)
    return k.kernel.emitOpError("of kind scan has no scan, or several results");
  Value x = op->getOperand(0);
  const ir::OpKind scan = ir::rowOf(op)->kind;
  const ir::OpKind combiner = scan == ir::OpKind::Cumsum ? ir::OpKind::Sum : scan == ir::OpKind::Cumprod ? ir::OpKind::Prod
                              : scan == ir::OpKind::Cummax ? ir::OpKind::Max : ir::OpKind::Min;
  const rt::DType in = ir::dtypeOf(x), out = ir::dtypeOf(op->getResult(0));
  const rt::DType acc = out == rt::DType::float16 || out == rt::DType::bfloat16 ? rt::DType::float32 : out;
  const bool reverse = op->getAttrOfType<BoolAttr>("reverse").getValue(), inclusive = op->getAttrOfType<BoolAttr>("inclusive").getValue();
  AxisWalk walk(ir::dimsOf(x), op->getAttrOfType<IntegerAttr>("axis").getInt());

  k.entry("", walk.units(), ceilDiv(walk.length * Dim(elementCostPs(k.body()) + 1000), 1000) + Dim(20), 0, [&](Emitter &e, Value begin, Value end) {
    IndexBuilder &ix = e.index;
    OpBuilder &b = e.scopes.builder();
    walk.forUnits(e, begin, end, [&](const Index &outer, const Index &inner) {
      TypedAttr identity = reductionIdentity(b, combiner, acc);
      if (walk.lanes())
        identity = DenseElementsAttr::get(VectorType::get({kLanes}, identity.getType()), Attribute(identity));
      Value start = b.create<arith::ConstantOp>(e.scopes.loc(), identity);
      Value memory = k.outputMemory(e, 0);
      e.scopes.loop(ix.constant(0).base, e.size(walk.length).base, ix.constant(1).base, start, [&](Value step, ValueRange carried) {
        Index i = reverse ? ix.sub(ix.sub(e.size(walk.length), ix.constant(1)), {step}) : Index{step};
        Value v = e.at(x, walk.at(outer, i, inner));
        Location loc = e.scopes.loc();
        if (in != acc)
          v = e.scopes.emitAt(e.scopes.depthOf(v), [&] { return emitCast(b, loc, v, in, acc, k.target.math); });
        if (walk.lanes())
          v = e.widen(v);
        Value next = emitCombine(b, loc, combiner, acc, carried[0], v, k.target.math);
        Value result = inclusive ? next : carried[0];
        if (acc != out)
          result = emitCast(b, loc, result, acc, out, k.target.math);
        Index row = ix.add(ix.mul(outer, e.size(walk.length)), i);
        e.store(memory, out, ix.add(ix.mul(row, e.size(walk.inner)), inner), result);
        return SmallVector<Value>{next};
      });
    });
  });
  return success();
}

} // namespace mx::codegen
