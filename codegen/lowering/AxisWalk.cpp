// The comparison of candidates and the runs of a scan.
#include "codegen/lowering/AxisWalk.h"

#include "codegen/lowering/Casts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dims;

// The op of the body with this family; a kernel of these kinds has exactly one.
Operation *onlyOp(KernelBody &k, llvm::function_ref<bool(const ir::OpRow &)> is) {
  for (Operation &op : k.body().without_terminator())
    if (const ir::OpRow *row = ir::rowOf(&op); row && is(*row))
      return &op;
  return nullptr;
}

unsigned axisOf(Operation *op) { return op->getAttrOfType<IntegerAttr>("axis").getInt(); }

bool isHalf(rt::DType dtype) { return dtype == rt::DType::float16 || dtype == rt::DType::bfloat16; }

Value constantOf(Emitter &e, TypedAttr element, int64_t lanes) {
  if (lanes > 1)
    element = DenseElementsAttr::get(VectorType::get({lanes}, element.getType()), Attribute(element));
  return e.scopes.builder().create<arith::ConstantOp>(e.scopes.loc(), element);
}

Value castWhereItIs(Emitter &e, Value v, rt::DType from, rt::DType to, const MathTarget &target) {
  if (from == to)
    return v;
  return e.scopes.emitAt(e.scopes.depthOf(v), [&] { return emitCast(e.scopes.builder(), e.scopes.loc(), v, from, to, target); });
}

} // namespace

AxisWalk::AxisWalk(const Dims &dims, unsigned axis)
    : dims(dims), axis(axis), outer(groupSize(dims, 0, axis)), length(dims[axis]),
      inner(groupSize(dims, axis + 1, dims.size() - axis - 1)) {}

Point AxisWalk::at(const Index &out, const Index &i, const Index &in) const {
  Point p;
  if (axis > 0)
    p.coords.push_back({0, axis, out});
  p.coords.push_back({axis, 1, i});
  if (axis + 1 < dims.size())
    p.coords.push_back({axis + 1, unsigned(dims.size()) - axis - 1, in});
  return p;
}

// --- Argument reductions ----------------------------------------------------------------------------------------

FailureOr<ArgSearch> ArgSearch::of(KernelBody &k, const MathTarget &target) {
  Operation *op = onlyOp(k, [](const ir::OpRow &r) { return r.kind == ir::OpKind::Argmax || r.kind == ir::OpKind::Argmin; });
  if (!op)
    return k.kernel.emitOpError("of kind argreduce has no argmax or argmin");
  return ArgSearch(op, target);
}

// Values compare in a wider type where theirs has no ordering op.
ArgSearch::ArgSearch(Operation *op, const MathTarget &target)
    : walk(ir::dimsOf(op->getOperand(0)), axisOf(op)), op(op), target(target), largest(ir::rowOf(op)->kind == ir::OpKind::Argmax),
      compareAs(ir::dtypeOf(op->getOperand(0))) {
  compareAs = isHalf(compareAs) ? rt::DType::float32 : rt::isBool(compareAs) ? rt::DType::uint8 : compareAs;
}

ArgSearch::Best ArgSearch::none(Emitter &e, int64_t lanes) const {
  OpBuilder &b = e.scopes.builder();
  TypedAttr worst = reductionIdentity(b, largest ? ir::OpKind::Max : ir::OpKind::Min, compareAs);
  return {constantOf(e, worst, lanes), constantOf(e, b.getI32IntegerAttr(-1), lanes)};
}

ArgSearch::Best ArgSearch::candidate(Emitter &e, const Index &outer, const Index &i, const Index &inner, int64_t lanes) const {
  Value x = op->getOperand(0);
  Value v = castWhereItIs(e, e.at(x, walk.at(outer, i, inner)), ir::dtypeOf(x), compareAs, target);
  OpBuilder &b = e.scopes.builder();
  if (lanes == 1)
    return {v, b.create<arith::IndexCastOp>(e.scopes.loc(), b.getI32Type(), i.base)};
  return {e.widen(v), b.create<arith::IndexCastOp>(e.scopes.loc(), VectorType::get({lanes}, b.getI32Type()), e.index.vector(i))};
}

Value ArgSearch::beats(Emitter &e, const Best &c, const Best &than) const {
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  Value ahead, equal;
  if (rt::isFloat(compareAs)) {
    auto compare = [&](arith::CmpFPredicate p, Value x, Value y) -> Value { return b.create<arith::CmpFOp>(loc, p, x, y); };
    Value nan = compare(arith::CmpFPredicate::UNO, c.value, c.value), otherNan = compare(arith::CmpFPredicate::UNO, than.value, than.value);
    Value wins = compare(largest ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT, c.value, than.value);
    Value same = compare(arith::CmpFPredicate::OEQ, c.value, than.value), ordered = compare(arith::CmpFPredicate::ORD, than.value, than.value);
    ahead = b.create<arith::OrIOp>(loc, wins, b.create<arith::AndIOp>(loc, nan, ordered));
    equal = b.create<arith::OrIOp>(loc, same, b.create<arith::AndIOp>(loc, nan, otherNan));
  } else {
    const bool isUnsigned = rt::isUnsigned(compareAs);
    auto pred = largest ? (isUnsigned ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt)
                        : (isUnsigned ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt);
    ahead = b.create<arith::CmpIOp>(loc, pred, c.value, than.value);
    equal = b.create<arith::CmpIOp>(loc, arith::CmpIPredicate::eq, c.value, than.value);
  }
  Value earlier = b.create<arith::CmpIOp>(loc, arith::CmpIPredicate::ult, c.index, than.index);
  return b.create<arith::OrIOp>(loc, ahead, b.create<arith::AndIOp>(loc, equal, earlier));
}

ArgSearch::Best ArgSearch::choose(Emitter &e, const Best &a, const Best &c, Value mask) const {
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  Value take = beats(e, c, a);
  if (mask)
    take = b.create<arith::AndIOp>(loc, take, mask);
  return {b.create<arith::SelectOp>(loc, take, c.value, a.value), b.create<arith::SelectOp>(loc, take, c.index, a.index)};
}

// --- Scans ------------------------------------------------------------------------------------------------------

FailureOr<ScanSteps> ScanSteps::of(KernelBody &k, const MathTarget &target) {
  Operation *op = onlyOp(k, [](const ir::OpRow &r) { return r.family == "Scan"; });
  if (!op || k.yields().size() != 1)
    return k.kernel.emitOpError("of kind scan has no scan, or several results");
  return ScanSteps(op, target);
}

ScanSteps::ScanSteps(Operation *op, const MathTarget &target)
    : walk(ir::dimsOf(op->getOperand(0)), axisOf(op)), in(ir::dtypeOf(op->getOperand(0))), out(ir::dtypeOf(op->getResult(0))), op(op),
      target(target), reverse(op->getAttrOfType<BoolAttr>("reverse").getValue()),
      inclusive(op->getAttrOfType<BoolAttr>("inclusive").getValue()) {
  acc = isHalf(out) ? rt::DType::float32 : out;
  const ir::OpKind scan = ir::rowOf(op)->kind;
  combiner = scan == ir::OpKind::Cumsum ? ir::OpKind::Sum : scan == ir::OpKind::Cumprod ? ir::OpKind::Prod
             : scan == ir::OpKind::Cummax ? ir::OpKind::Max : ir::OpKind::Min;
}

// A sum of floats starts from -0, which leaves every first element as it is, -0 too: 0 + x is x to some drivers and a sum to
// others.
Value ScanSteps::start(Emitter &e, int64_t lanes) const {
  TypedAttr identity = reductionIdentity(e.scopes.builder(), combiner, acc);
  if (sumsFloats())
    identity = FloatAttr::get(identity.getType(), -0.0);
  return constantOf(e, identity, lanes);
}

// What an exclusive step stores: the sum of nothing is +0, and so is every other that is zero.
Value ScanSteps::withoutNegativeZero(Emitter &e, Value sum) const {
  OpBuilder &b = e.scopes.builder();
  Value zero = b.create<arith::ConstantOp>(e.scopes.loc(), b.getZeroAttr(sum.getType()));
  Value isZero = b.create<arith::CmpFOp>(e.scopes.loc(), arith::CmpFPredicate::OEQ, sum, zero);
  return b.create<arith::SelectOp>(e.scopes.loc(), isZero, zero, sum);
}

Value ScanSteps::combined(Emitter &e, Value a, Value b) const {
  return emitCombine(e.scopes.builder(), e.scopes.loc(), combiner, acc, a, b, target);
}

ScanSteps::State ScanSteps::startState(Emitter &e, bool severalBlocks, int64_t lanes) const {
  return State(severalBlocks ? 2 : 1, start(e, lanes));
}

ScanSteps::State ScanSteps::enterBlock(Emitter &e, const Index &first, State state) const {
  OpBuilder &b = e.scopes.builder();
  Value begins = e.index.less(e.index.rem(first, e.index.constant(kScanBlock)), e.index.constant(1));
  auto either = [&](Value there, Value elsewhere) -> Value { return b.create<arith::SelectOp>(e.scopes.loc(), begins, there, elsewhere); };
  const auto type = dyn_cast<VectorType>(state[0].getType());
  return {either(start(e, type ? type.getNumElements() : 1), state[0]), either(combined(e, state[1], state[0]), state[1])};
}

Index ScanSteps::place(Emitter &e, const Index &position) const {
  return reverse ? e.index.sub(e.index.sub(e.size(walk.length), e.index.constant(1)), position) : position;
}

SmallVector<Value> ScanSteps::elements(Emitter &e, const Run &run) const {
  IndexBuilder &ix = e.index;
  OpBuilder &b = e.scopes.builder();
  Value x = op->getOperand(0);
  auto at = [&](const Index &i) { return castWhereItIs(e, e.at(x, walk.at(run.outer, i, run.inner)), in, acc, target); };
  SmallVector<Value> all;
  if (movesAsLanes(e) && !run.end) {
    Value v = e.widen(at({place(e, run.first).base, reverse ? -1 : 1}));
    for (int64_t j = 0; j < kScanRun; ++j)
      all.push_back(b.create<vector::ExtractOp>(e.scopes.loc(), v, j));
    return all;
  }
  for (int64_t j = 0; j < kScanRun; ++j) {
    Index position = ix.add(run.first, ix.constant(j));
    Value v = at(place(e, run.end ? ix.min(position, ix.sub(e.size(walk.length), ix.constant(1))) : position));
    if (!run.inner.isUniform())
      v = e.widen(v);
    if (run.end)
      v = b.create<arith::SelectOp>(e.scopes.loc(), ix.less(position, *run.end), v, start(e, run.inner.isUniform() ? 1 : ix.numLanes));
    all.push_back(v);
  }
  return all;
}

void ScanSteps::store(Emitter &e, Value memory, const Run &run, ArrayRef<Value> results) const {
  IndexBuilder &ix = e.index;
  auto linear = [&](const Index &position) {
    Index row = ix.add(ix.mul(run.outer, e.size(walk.length)), place(e, position));
    return ix.add(ix.mul(row, e.size(walk.inner)), run.inner);
  };
  if (movesAsLanes(e) && !run.end) {
    auto type = VectorType::get({kScanRun}, results[0].getType());
    Value v = e.scopes.builder().create<vector::FromElementsOp>(e.scopes.loc(), type, results);
    e.store(memory, out, {linear(run.first).base, reverse ? -1 : 1}, v);
    return;
  }
  for (auto [j, v] : llvm::enumerate(results)) {
    Index position = ix.add(run.first, ix.constant(j));
    auto one = [&, v = v] {
      e.store(memory, out, linear(position), v);
      return SmallVector<Value>{};
    };
    run.end ? (void)e.scopes.when(ix.less(position, *run.end), {}, one) : (void)one();
  }
}

ScanSteps::State ScanSteps::advance(Emitter &e, Value memory, const Run &run, State state, Meet meet) const {
  SmallVector<Value> scanned = elements(e, run);
  for (int64_t j = 1; j < kScanRun; ++j)
    scanned[j] = combined(e, scanned[j - 1], scanned[j]);
  auto [before, next] = meet(state[0], scanned.back());
  state[0] = next;
  if (!memory)
    return state;
  SmallVector<Value> results;
  for (int64_t j = 0; j < kScanRun; ++j) {
    Value v = inclusive ? combined(e, before, scanned[j]) : j == 0 ? before : combined(e, before, scanned[j - 1]);
    if (state.size() > 1)
      v = combined(e, state[1], v);
    if (!inclusive && sumsFloats())
      v = withoutNegativeZero(e, v);
    results.push_back(acc == out ? v : emitCast(e.scopes.builder(), e.scopes.loc(), v, acc, out, target));
  }
  store(e, memory, run, results);
  return state;
}

ScanSteps::State ScanSteps::advance(Emitter &e, Value memory, const Run &run, State state) const {
  return advance(e, memory, run, std::move(state), [&](Value before, Value total) { return std::pair(before, combined(e, before, total)); });
}

} // namespace mx::codegen
