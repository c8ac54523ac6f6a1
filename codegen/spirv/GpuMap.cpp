// Kernels of kind `map` on a GPU. Where the innermost axes allow it an invocation computes runs of kGpuLanes elements, a
// workgroup's width apart so that neighbours read neighbours, and what is left after the last run one by one; elsewhere it
// computes single elements. A guarded run lies inside a loop: nothing of it may be computed, thus loaded, further out.
#include "codegen/spirv/GpuKernel.h"

#include "codegen/spirv/GpuLaneMemory.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;

class GpuMapLowering {
public:
  GpuMapLowering(GpuKernelBuilder &k, Cuts required)
      : k(k), dims(ir::dimsOf(k.yields()[0])), cuts(std::move(required)), n(ir::product(dims)), laneAxis(findLaneAxis()),
        c(chooseGpuMapConfig(k.kernel, n, laneAxis ? kGpuLanes : 1, k.target.device)) {}
  LogicalResult run();

private:
  // The first axis of the group that runs of elements lie along: the innermost one with any extent, if its rows are whole
  // runs or it is the only one.
  std::optional<unsigned> findLaneAxis() const;
  void storeAt(Emitter &e, const Index &i, Value inside);
  void storeRun(Emitter &e, const Index &first);
  void singles(Emitter &e, const Index &group, const Index &local);
  void runs(Emitter &e, const Index &group, const Index &local);
  int64_t perGroup() const { return c.workgroup * c.elements; }
  bool isMultipleOf(int64_t m) const { return n.isConstant() && n.value() % m == 0; }

  GpuKernelBuilder &k;
  const ir::Dims dims;
  const Cuts cuts;
  const Dim n;
  const std::optional<unsigned> laneAxis;
  const GpuMapConfig c;
};

std::optional<unsigned> GpuMapLowering::findLaneAxis() const {
  auto groups = groupsOf(dims.size(), cuts);
  while (!groups.empty() && groupSize(dims, groups.back().first, groups.back().second).is(1))
    groups.pop_back();
  if (groups.empty() || (n.isConstant() && n.value() < kGpuLanes))
    return std::nullopt;
  auto [first, count] = groups.back();
  const Dim inner = groupSize(dims, first, count);
  if ((inner.isConstant() && inner.value() % kGpuLanes == 0) || groupSize(dims, 0, first).is(1))
    return first;
  return std::nullopt;
}

void GpuMapLowering::storeAt(Emitter &e, const Index &i, Value inside) {
  Index legal = inside ? e.index.min(i, e.size(n - Dim(1))) : i;
  Point p = e.cutAt(Emitter::linearPoint(dims.size(), legal), dims, cuts);
  k.storeYields(e, [](Value) { return true; }, [&](Value) { return p; }, i, inside);
}

void GpuMapLowering::storeRun(Emitter &e, const Index &first) {
  Point p = e.cutAt(Emitter::linearPoint(dims.size(), first), dims, cuts);
  for (Coord &coord : p.coords)
    if (coord.first == *laneAxis)
      coord.index.step = 1;
  k.storeYields(e, [](Value) { return true; }, [&](Value) { return p; }, IndexBuilder::lanes(first.base), {});
}

void GpuMapLowering::singles(Emitter &e, const Index &group, const Index &local) {
  IndexBuilder &ix = e.index;
  Index first = ix.add(ix.mul(group, ix.constant(perGroup())), local);
  for (int64_t j = 0; j < c.elements; ++j) {
    Index i = ix.add(first, ix.constant(j * c.workgroup));
    storeAt(e, i, isMultipleOf(perGroup()) ? Value() : ix.less(i, e.size(n)));
  }
}

void GpuMapLowering::runs(Emitter &e, const Index &group, const Index &local) {
  IndexBuilder &ix = e.index;
  const int64_t runs = c.elements / kGpuLanes, stride = c.workgroup * kGpuLanes;
  Index lanes = ix.constant(kGpuLanes);
  Index first = ix.mul(ix.add(ix.mul(group, ix.constant(c.workgroup * runs)), local), lanes);
  if (isMultipleOf(perGroup())) {
    for (int64_t j = 0; j < runs; ++j)
      storeRun(e, ix.add(first, ix.constant(j * stride)));
    return;
  }
  Index whole = ix.mul(e.size(floorDiv(n, kGpuLanes)), lanes);
  Index end = ix.min(ix.add(first, ix.constant(perGroup())), whole);
  k.loop(e, first, end, ix.constant(stride), runs, {}, [&](const Index &i, ValueRange) {
    storeRun(e, i);
    return SmallVector<Value>{};
  });
  if (isMultipleOf(kGpuLanes))
    return;
  // Of all invocations the first ones find an element left.
  Index invocation = ix.add(ix.mul(group, ix.constant(c.workgroup)), local);
  Index left = ix.add(whole, ix.min(invocation, ix.constant(kGpuLanes - 1)));
  k.loop(e, left, e.size(n), lanes, 1, {}, [&](const Index &i, ValueRange) {
    storeAt(e, i, {});
    return SmallVector<Value>{};
  });
}

LogicalResult GpuMapLowering::run() {
  return k.entry("", ceilDiv(n, perGroup()), c.workgroup, [&](Emitter &e, const Index &group, const Index &local) {
    laneAxis ? runs(e, group, local) : singles(e, group, local);
  });
}

} // namespace

LogicalResult lowerMapToGpu(GpuKernelBuilder &k) {
  FailureOr<Cuts> cuts = k.mapCuts();
  if (failed(cuts))
    return failure();
  return GpuMapLowering(k, *cuts).run();
}

} // namespace mx::codegen
