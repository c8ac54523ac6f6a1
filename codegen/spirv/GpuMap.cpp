// Kernels of kind `map` on a GPU: an invocation computes a few elements, a workgroup's width apart. No loops of its own.
#include "codegen/spirv/GpuKernel.h"

using namespace mlir;

namespace mx::codegen {

using ir::Dim;

LogicalResult lowerMapToGpu(GpuKernelBuilder &k) {
  const ir::Dims dims = ir::dimsOf(k.yields()[0]);
  FailureOr<Cuts> required = k.mapCuts();
  if (failed(required))
    return failure();
  const Cuts cuts = *required;
  const Dim n = ir::product(dims);
  const GpuMapConfig config = chooseGpuMapConfig(k.kernel, n, k.target.limits);
  const int64_t perGroup = config.workgroup * config.elements;
  const bool whole = n.isConstant() && n.value() % perGroup == 0;
  return k.entry("", ceilDiv(n, perGroup), config.workgroup, [&](Emitter &e, const Index &group, const Index &local) {
    IndexBuilder &ix = e.index;
    Index first = ix.add(ix.mul(group, ix.constant(perGroup)), local);
    for (int64_t j = 0; j < config.elements; ++j) {
      Index i = ix.add(first, ix.constant(j * config.workgroup)), legal = i;
      if (!whole)
        legal = ix.min(i, e.size(n - Dim(1)));
      Point p = e.cutAt(Emitter::linearPoint(dims.size(), legal), dims, cuts);
      k.storeYields(e, [](Value) { return true; }, [&](Value) { return p; }, i, whole ? Value() : ix.less(i, e.size(n)));
    }
  });
}

} // namespace mx::codegen
