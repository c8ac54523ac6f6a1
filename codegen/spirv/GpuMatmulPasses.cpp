// Sums lie in scratch with neighbouring invocations side by side. Where a product may need one pass only, scratch is not touched.
#include "codegen/spirv/GpuMatmulPasses.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mx::codegen {

using ir::Dim;

constexpr int64_t kStepsPerPass = 32768;
// A scratch buffer that may stay unused is still bound.
constexpr int64_t kLeastScratch = 16;

MatmulPasses::MatmulPasses(GpuKernelBuilder &k, rt::DType accumulator, int64_t numSums, int64_t width, Dim groups, int64_t workgroup, Dim steps)
    : k(k), accumulator(accumulator), width(width), workgroup(workgroup), groups(groups), steps(steps),
      count(max(ceilDiv(steps, kStepsPerPass), 1)) {
  if (once())
    return;
  const Dim bytes = groups * Dim(workgroup * numSums * width * rt::sizeOf(accumulator));
  k.result.scratchBytes = max(bytes * min(count - Dim(1), 1), kLeastScratch);
}

Dim MatmulPasses::stepsPerPass() const { return min(steps, kStepsPerPass); }

std::pair<Index, Index> MatmulPasses::range(Emitter &e) {
  IndexBuilder &ix = e.index;
  if (once())
    return {ix.constant(0), e.size(steps)};
  Index first = ix.mul(k.pass(e), ix.constant(kStepsPerPass));
  return {first, ix.min(ix.add(first, ix.constant(kStepsPerPass)), e.size(steps))};
}

Value MatmulPasses::isLast(Emitter &e) {
  if (once())
    return {};
  return e.index.less(e.index.sub(e.size(count), e.index.constant(2)), k.pass(e));
}

Index MatmulPasses::place(Emitter &e, int64_t sum) {
  IndexBuilder &ix = e.index;
  Index invocation = ix.add(ix.mul(group, ix.constant(workgroup)), local);
  Index i = ix.mul(ix.add(e.size(groups * Dim(sum * workgroup)), invocation), ix.constant(width));
  return width == 1 ? i : IndexBuilder::lanes(i.base);
}

SmallVector<Value> MatmulPasses::begin(Emitter &e, ValueRange zeros) {
  if (once())
    return SmallVector<Value>(zeros);
  IndexBuilder &ix = e.index;
  Value memory = k.sharedScratch(e, storageType(k.kernel.getContext(), accumulator));
  return SmallVector<Value>(e.scopes.when(ix.less(ix.constant(0), k.pass(e)), zeros, [&] {
    SmallVector<Value> kept;
    for (size_t j = 0; j < zeros.size(); ++j)
      kept.push_back(e.load(memory, accumulator, place(e, j), e.scopes.depth()));
    return kept;
  }));
}

void MatmulPasses::end(Emitter &e, ValueRange sums, llvm::function_ref<void()> store) {
  if (once())
    return store();
  Value memory = k.sharedScratch(e, storageType(k.kernel.getContext(), accumulator)), last = isLast(e);
  e.scopes.when(last, {}, [&] {
    store();
    return SmallVector<Value>{};
  });
  Value more = e.scopes.builder().create<arith::XOrIOp>(e.scopes.loc(), last,
                                                        e.scopes.builder().create<arith::ConstantIntOp>(e.scopes.loc(), 1, 1));
  e.scopes.when(more, {}, [&] {
    for (auto [j, sum] : llvm::enumerate(sums))
      e.store(memory, accumulator, place(e, j), sum);
    return SmallVector<Value>{};
  });
}

} // namespace mx::codegen
