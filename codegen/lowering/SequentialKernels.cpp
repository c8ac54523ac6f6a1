// Argument reductions and scans on processors. When the axis is not the last, 16 neighbouring columns walk together in
// the lanes; an argument reduction along the last axis has 16 candidates.
#include "codegen/lowering/AxisWalk.h"
#include "codegen/lowering/LowerKernel.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;

// Units are rows, or 16 columns.
Dim unitsOf(const AxisWalk &walk) { return walk.outer * (walk.alongLast() ? Dim(1) : ceilDiv(walk.inner, kLanes)); }

// Runs body(outer, inner) for each unit with the lanes' mask set.
void forUnits(Emitter &e, const AxisWalk &walk, Value begin, Value end, llvm::function_ref<void(const Index &, const Index &)> body) {
  IndexBuilder &ix = e.index;
  e.scopes.loop(begin, end, ix.constant(1).base, {}, [&](Value unit, ValueRange) {
    if (walk.alongLast()) {
      body({unit}, ix.constant(0));
      return SmallVector<Value>{};
    }
    Index blocks = e.size(ceilDiv(walk.inner, kLanes));
    Index first = ix.mul(ix.rem({unit}, blocks), ix.constant(kLanes));
    if (!(walk.inner.isConstant() && walk.inner.value() % kLanes == 0))
      e.setValidLanes(ix.min(ix.sub(e.size(walk.inner), first), ix.constant(kLanes)).base);
    body(ix.div({unit}, blocks), IndexBuilder::lanes(first.base));
    e.setValidLanes({});
    return SmallVector<Value>{};
  });
}

} // namespace

LogicalResult lowerArgReduce(KernelBuilder &k) {
  FailureOr<ArgSearch> search = ArgSearch::of(k, k.target.math);
  if (failed(search))
    return failure();
  const AxisWalk &walk = search->walk;
  k.entry("", unitsOf(walk), ceilDiv(walk.length * Dim(elementCostPs(k.body()) + 100), 1000) + Dim(20), 0, [&](Emitter &e, Value begin, Value end) {
    IndexBuilder &ix = e.index;
    OpBuilder &b = e.scopes.builder();
    forUnits(e, walk, begin, end, [&](const Index &outer, const Index &inner) {
      ArgSearch::Best none = search->none(e, kLanes);
      Index n = e.size(walk.length), zero = ix.constant(0);
      auto advance = [&](const Index &i, ValueRange in) {
        ArgSearch::Best next = search->choose(e, {in[0], in[1]}, search->candidate(e, outer, i, inner, kLanes), e.laneMask());
        return SmallVector<Value>{next.value, next.index};
      };
      SmallVector<Value> state{none.value, none.index};
      if (walk.alongLast()) {
        Index whole = ix.mul(ix.div(n, ix.constant(kLanes)), ix.constant(kLanes));
        ValueRange r = e.scopes.loop(zero.base, whole.base, ix.constant(kLanes).base, state,
                                     [&](Value i, ValueRange in) { return advance(IndexBuilder::lanes(i), in); });
        state.assign(r.begin(), r.end());
        r = e.scopes.when(ix.less(whole, n), state, [&] {
          e.setValidLanes(ix.sub(n, whole).base);
          auto next = advance(IndexBuilder::lanes(whole.base), state);
          e.setValidLanes({});
          return next;
        });
        state.assign(r.begin(), r.end());
        // Rotate halves onto each other; after four steps lane 0 holds the best.
        for (int64_t half = kLanes / 2; half >= 1; half /= 2) {
          SmallVector<int64_t> rotated;
          for (int64_t i = 0; i < kLanes; ++i)
            rotated.push_back((i + half) % kLanes);
          ArgSearch::Best other{b.create<vector::ShuffleOp>(e.scopes.loc(), state[0], state[0], rotated),
                                b.create<vector::ShuffleOp>(e.scopes.loc(), state[1], state[1], rotated)};
          ArgSearch::Best next = search->choose(e, {state[0], state[1]}, other);
          state = {next.value, next.index};
        }
        e.bindValue(search->result(), b.create<vector::ExtractOp>(e.scopes.loc(), state[1], 0));
      } else {
        ValueRange r = e.scopes.loop(zero.base, n.base, ix.constant(1).base, state, [&](Value i, ValueRange in) { return advance({i}, in); });
        e.bindValue(search->result(), r[1]);
      }
      Index linear = ix.add(ix.mul(outer, e.size(walk.inner)), inner);
      for (auto [i, v] : llvm::enumerate(k.yields()))
        e.store(k.outputMemory(e, i), ir::dtypeOf(v), linear, e.at(v, Emitter::linearPoint(ir::dimsOf(v).size(), linear)));
      e.bindValue(search->result(), {});
    });
  });
  return success();
}

LogicalResult lowerScan(KernelBuilder &k) {
  FailureOr<ScanSteps> scan = ScanSteps::of(k, k.target.math);
  if (failed(scan))
    return failure();
  const AxisWalk &walk = scan->walk;
  k.entry("", unitsOf(walk), ceilDiv(walk.length * Dim(elementCostPs(k.body()) + 1000), 1000) + Dim(20), 0, [&](Emitter &e, Value begin, Value end) {
    IndexBuilder &ix = e.index;
    forUnits(e, walk, begin, end, [&](const Index &outer, const Index &inner) {
      const bool severalBlocks = !walk.length.isConstant() || walk.length.value() > kScanBlock;
      Value memory = k.outputMemory(e, 0);
      Index n = e.size(walk.length), whole = ix.mul(ix.div(n, ix.constant(kScanRun)), ix.constant(kScanRun));
      auto advance = [&](const Index &first, std::optional<Index> last, ValueRange before) {
        ScanSteps::State state(before);
        if (severalBlocks)
          state = scan->enterBlock(e, first, std::move(state));
        return SmallVector<Value>(scan->advance(e, memory, {outer, first, inner, last}, std::move(state)));
      };
      ValueRange state = e.scopes.loop(ix.constant(0).base, whole.base, ix.constant(kScanRun).base,
                                       scan->startState(e, severalBlocks, walk.alongLast() ? 1 : kLanes),
                                       [&](Value first, ValueRange before) { return advance({first}, {}, before); });
      if (!walk.length.isConstant() || walk.length.value() % kScanRun)
        e.scopes.when(ix.less(whole, n), {}, [&] {
          advance(whole, n, state);
          return SmallVector<Value>{};
        });
    });
  });
  return success();
}

} // namespace mx::codegen
