// Products of more terms than one invocation may loop over: the entry runs in passes over k, and each invocation keeps its sums
// in scratch between them. Every result element is still one chain over k in ascending order.
#pragma once

#include "codegen/spirv/GpuKernel.h"

namespace mx::codegen {

class MatmulPasses {
public:
  /// An invocation of the `groups` workgroups of `workgroup` has `numSums` sums of `width` elements each and takes `steps`
  /// loop iterations in all. Claims the kernel's scratch if that can be too many.
  MatmulPasses(GpuKernelBuilder &k, rt::DType accumulator, int64_t numSums, int64_t width, ir::Dim groups, int64_t workgroup, ir::Dim steps);

  ir::Dim passes() const { return count; }
  /// Iterations of one pass, at most.
  ir::Dim stepsPerPass() const;

  // --- Inside the entry.
  /// The steps of this pass: from the first to below the second.
  std::pair<Index, Index> range(Emitter &e);
  /// True in the last pass; null when there is only one.
  mlir::Value isLast(Emitter &e);
  /// The sums to begin with: `zeros` in the first pass. Call enter first.
  llvm::SmallVector<mlir::Value> begin(Emitter &e, mlir::ValueRange zeros);
  /// Calls `store` in the last pass and keeps the sums in others.
  void end(Emitter &e, mlir::ValueRange sums, llvm::function_ref<void()> store);
  /// Says which invocation this is.
  void enter(const Index &group, const Index &local) { this->group = group, this->local = local; }

private:
  bool once() const { return count.is(1); }
  Index place(Emitter &e, int64_t sum);

  GpuKernelBuilder &k;
  const rt::DType accumulator;
  const int64_t width, workgroup;
  const ir::Dim groups, steps, count;
  Index group, local;
};

} // namespace mx::codegen
