// Kernels of kind `map`: every output element is a function of its index. One pass over the index space, which is
// collapsed as far as the accesses allow; the innermost group runs over lanes.
#include "codegen/lowering/LowerKernel.h"
#include "ir/program/KernelConfig.h"

using namespace mlir;

namespace mx::codegen {

// Elements of the innermost group that one unit covers, and the most that a pin may ask for.
static constexpr int64_t kUnitElements = 8192, kMostUnitElements = 1 << 20;

LogicalResult lowerMap(KernelBuilder &k) {
  const ir::Dims dims = ir::dimsOf(k.yields()[0]);
  FailureOr<Cuts> required = k.mapCuts();
  if (failed(required))
    return failure();
  const Cuts cuts = *required;
  auto groups = groupsOf(dims.size(), cuts);
  // Axes of size 1 need no loop; the lanes run over the last group that does.
  int lane = groups.size();
  while (--lane >= 0 && groupSize(dims, groups[lane].first, groups[lane].second).is(1))
    ;
  const ir::Dim inner = lane >= 0 ? groupSize(dims, groups[lane].first, groups[lane].second) : ir::Dim(1);
  const ir::Dim rows = lane >= 0 ? groupSize(dims, 0, groups[lane].first) : ir::Dim(1);
  // Whole vectors, so that only the last unit of a row has a rest.
  const int64_t unitElements = llvm::alignTo(std::clamp<int64_t>(ir::program::pinnedOr(k.kernel, "unit", kUnitElements), 1, kMostUnitElements), kLanes);
  const ir::Dim blocks = ceilDiv(inner, unitElements);
  const ir::Dim perUnit = inner.isConstant() ? ir::Dim(std::min(inner.value(), unitElements)) : min(inner, ir::Dim(unitElements));
  const ir::Dim cost = ceilDiv(perUnit * ir::Dim(elementCostPs(k.body())), 1000) + ir::Dim(4);

  k.entry("", rows * blocks, cost, 0, [&](Emitter &e, Value begin, Value end) {
    IndexBuilder &ix = e.index;
    SmallVector<Value> out;
    for (unsigned i = 0; i < k.yields().size(); ++i)
      out.push_back(k.outputMemory(e, i));
    e.scopes.loop(begin, end, ix.constant(1).base, {}, [&](Value unit, ValueRange) {
      Index row = ix.div({unit}, e.size(blocks)), block = ix.rem({unit}, e.size(blocks));
      // Coordinates of the outer groups from the row's number.
      SmallVector<Coord> coords(groups.size());
      Index rest = row;
      for (int g = groups.size(); g-- > 0;) {
        auto [first, count] = groups[g];
        const ir::Dim n = groupSize(dims, first, count);
        Index i = ix.constant(0);
        if (g < lane) {
          i = g == 0 ? rest : ix.rem(rest, e.size(n));
          rest = ix.div(rest, e.size(n));
        }
        coords[g] = {first, count, i};
      }
      auto storeAll = [&](const Index &i) {
        Point p;
        p.coords.assign(coords.begin(), coords.end());
        if (lane >= 0)
          p.coords[lane].index = i;
        Index linear = ix.add(ix.mul(row, e.size(inner)), i);
        const bool aligned = inner.isConstant() && inner.value() % ix.numLanes == 0;
        // Every value is computed before the first store: outputs may take the place of inputs.
        SmallVector<Value> values;
        for (Value v : k.yields())
          values.push_back(e.at(v, p));
        for (auto [n, v] : llvm::enumerate(values))
          e.store(out[n], ir::dtypeOf(k.yields()[n]), linear, v, aligned && k.streams(n));
      };
      if (lane < 0) {
        storeAll(ix.constant(0));
        return SmallVector<Value>{};
      }
      Index lo = ix.mul(block, ix.constant(unitElements));
      Index hi = ix.min(ix.add(lo, ix.constant(unitElements)), e.size(inner));
      forLanes(e, lo.base, hi.base, inner.isConstant() && inner.value() % ix.numLanes == 0, storeAll);
      return SmallVector<Value>{};
    });
  });
  return success();
}

} // namespace mx::codegen
