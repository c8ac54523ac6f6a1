// Kernels of kind `scan` on a GPU: an invocation walks a row of the axis in order, as on a processor, neighbours have
// neighbouring rows. A long axis is walked in several passes that hand the carried value on in scratch.
#include "codegen/lowering/AxisWalk.h"
#include "codegen/spirv/GpuKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mx::codegen {

using ir::Dim;

static constexpr int64_t kInvocations = 64, kStepsPerPass = 16384;

LogicalResult lowerScanToGpu(GpuKernelBuilder &k) {
  FailureOr<ScanSteps> scan = ScanSteps::of(k, k.target.math);
  if (failed(scan))
    return failure();
  const AxisWalk &walk = scan->walk;
  const Dim rows = walk.outer * walk.inner, passes = max(ceilDiv(walk.length, kStepsPerPass), 1);
  if (!passes.is(1))
    k.result.scratchBytes = Dim(8) * rows;
  return k.entry("", ceilDiv(rows, kInvocations), kInvocations, [&](Emitter &e, const Index &group, const Index &local) {
    IndexBuilder &ix = e.index;
    OpBuilder &b = e.scopes.builder();
    Index row = ix.add(ix.mul(group, ix.constant(kInvocations)), local);
    e.scopes.when(ix.less(row, e.size(rows)), {}, [&] {
      Index outer = ix.div(row, e.size(walk.inner)), inner = ix.rem(row, e.size(walk.inner));
      Value carried = scan->start(e), memory = k.outputMemory(e, 0);
      Index lo = ix.constant(0), hi = e.size(walk.length);
      Value slots;
      if (!passes.is(1)) {
        Index pass = k.pass(e);
        slots = k.sharedScratch(e, storageType(b.getContext(), scan->acc));
        lo = ix.mul(pass, ix.constant(kStepsPerPass));
        hi = ix.min(ix.add(lo, ix.constant(kStepsPerPass)), hi);
        Value before = e.load(slots, scan->acc, row, e.scopes.depth());
        carried = b.create<arith::SelectOp>(e.scopes.loc(), ix.less(pass, ix.constant(1)), carried, before);
      }
      carried = k.loop(e, lo, hi, ix.constant(1), min(walk.length, kStepsPerPass), carried, [&](const Index &number, ValueRange in) {
        return SmallVector<Value>{scan->step(e, memory, outer, number, inner, in[0])};
      })[0];
      if (slots)
        e.store(slots, scan->acc, row, carried);
      return SmallVector<Value>{};
    });
  }, passes);
}

} // namespace mx::codegen
