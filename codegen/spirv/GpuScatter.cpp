// Kernels of kind `scatter` on a GPU: an entry that copies the operand, then one in which an invocation owns a column, or where
// columns are few a part of its destinations, and applies all updates to it in order, in several passes where they are many.
#include "codegen/lowering/ScatterUpdates.h"
#include "codegen/spirv/GpuConfig.h"
#include "codegen/spirv/GpuKernel.h"

using namespace mlir;

namespace mx::codegen {

using ir::Dim;

static constexpr int64_t kInvocations = 64, kUpdatesPerPass = 16384;

static LogicalResult initEntry(GpuKernelBuilder &k, const ScatterUpdates &scatter) {
  const Dim n = scatter.elements();
  const int64_t workgroup = std::min<int64_t>(k.target.device.workgroupInvocations, 256);
  return k.entry("init", ceilDiv(n, workgroup), workgroup, [&](Emitter &e, const Index &group, const Index &local) {
    Index i = e.index.add(e.index.mul(group, e.index.constant(workgroup)), local);
    Value memory = k.outputMemory(e, 0), v = scatter.initial(e, e.index.min(i, e.size(n - Dim(1))));
    e.scopes.when(e.index.less(i, e.size(n)), {}, [&] {
      e.store(memory, scatter.dtype, i, v);
      return SmallVector<Value>{};
    });
  });
}

static LogicalResult updateEntry(GpuKernelBuilder &k, const ScatterUpdates &scatter) {
  const Dim inner = scatter.innerColumns(), columns = scatter.outerColumns() * inner, updates = scatter.updates();
  const Dim passes = max(ceilDiv(updates, kUpdatesPerPass), 1);
  // Who owns a destination changes no bit: its updates keep their order.
  const Dim parts = min(chooseGpuScatterParts(k.kernel, columns, k.target.device), max(scatter.destinations(), 1)), owners = columns * parts;
  return k.entry("update", ceilDiv(owners, kInvocations), kInvocations, [&](Emitter &e, const Index &group, const Index &local) {
    IndexBuilder &ix = e.index;
    Index number = ix.add(ix.mul(group, ix.constant(kInvocations)), local);
    Value memory = k.outputMemory(e, 0);
    // What a column alone decides is computed before the branch.
    Index owner = ix.min(number, e.size(owners - Dim(1)));
    std::optional<ScatterUpdates::Part> part;
    if (!parts.is(1))
      part = {ix.div(owner, e.size(columns)), parts};
    Index own = parts.is(1) ? owner : ix.rem(owner, e.size(columns));
    auto column = scatter.columnAt(e, ix.div(own, e.size(inner)), ix.rem(own, e.size(inner)));
    e.scopes.when(ix.less(number, e.size(owners)), {}, [&] {
      Index lo = ix.constant(0), hi = e.size(updates);
      if (!passes.is(1)) {
        lo = ix.mul(k.pass(e), ix.constant(kUpdatesPerPass));
        hi = ix.min(ix.add(lo, ix.constant(kUpdatesPerPass)), hi);
      }
      k.loop(e, lo, hi, ix.constant(1), min(updates, kUpdatesPerPass), {}, [&](const Index &i, ValueRange) {
        scatter.apply(e, memory, column, i, part);
        return SmallVector<Value>{};
      });
      return SmallVector<Value>{};
    });
  }, passes);
}

LogicalResult lowerScatterToGpu(GpuKernelBuilder &k) {
  FailureOr<ScatterUpdates> scatter = ScatterUpdates::of(k, k.target.math);
  if (failed(scatter))
    return failure();
  return success(succeeded(initEntry(k, *scatter)) && succeeded(updateEntry(k, *scatter)));
}

} // namespace mx::codegen
