// Kernels of kind `scatter` on processors: a copy in ranges of elements, then 16 columns a unit.
#include "codegen/lowering/LowerKernel.h"
#include "codegen/lowering/ScatterUpdates.h"

using namespace mlir;

namespace mx::codegen {

using ir::Dim;

static constexpr int64_t kCopyUnit = 8192;

static void initEntry(KernelBuilder &k, const ScatterUpdates &scatter) {
  const Dim n = scatter.elements();
  k.entry("init", ceilDiv(n, kCopyUnit), min(n, Dim(kCopyUnit)), 0, [&](Emitter &e, Value begin, Value end) {
    IndexBuilder &ix = e.index;
    Value memory = k.outputMemory(e, 0);
    e.scopes.loop(begin, end, ix.constant(1).base, {}, [&](Value unit, ValueRange) {
      Index lo = ix.mul({unit}, ix.constant(kCopyUnit)), hi = ix.min(ix.add(lo, ix.constant(kCopyUnit)), e.size(n));
      forLanes(e, lo.base, hi.base, n.isConstant() && n.value() % kLanes == 0,
               [&](const Index &i) { e.store(memory, scatter.dtype, i, scatter.initial(e, i)); });
      return SmallVector<Value>{};
    });
  });
}

static void updateEntry(KernelBuilder &k, const ScatterUpdates &scatter) {
  const Dim inner = scatter.innerColumns(), updates = scatter.updates();
  const bool lanes = !inner.is(1);
  const Dim blocks = lanes ? ceilDiv(inner, kLanes) : Dim(1);
  k.entry("update", scatter.outerColumns() * blocks, updates * Dim(5) + Dim(20), 0, [&](Emitter &e, Value begin, Value end) {
    IndexBuilder &ix = e.index;
    Value memory = k.outputMemory(e, 0);
    e.scopes.loop(begin, end, ix.constant(1).base, {}, [&](Value unit, ValueRange) {
      Index first = ix.mul(ix.rem({unit}, e.size(blocks)), ix.constant(kLanes));
      if (lanes && !(inner.isConstant() && inner.value() % kLanes == 0))
        e.setValidLanes(ix.min(ix.sub(e.size(inner), first), ix.constant(kLanes)).base);
      auto column = scatter.columnAt(e, ix.div({unit}, e.size(blocks)), lanes ? IndexBuilder::lanes(first.base) : ix.constant(0));
      e.scopes.loop(ix.constant(0).base, e.size(updates).base, ix.constant(1).base, {}, [&](Value number, ValueRange) {
        scatter.apply(e, memory, column, {number});
        return SmallVector<Value>{};
      });
      e.setValidLanes({});
      return SmallVector<Value>{};
    });
  });
}

LogicalResult lowerScatter(KernelBuilder &k) {
  FailureOr<ScatterUpdates> scatter = ScatterUpdates::of(k, k.target.math);
  if (failed(scatter))
    return failure();
  initEntry(k, *scatter);
  updateEntry(k, *scatter);
  return success();
}

} // namespace mx::codegen
