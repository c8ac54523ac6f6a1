// How invocations share a row whose last axis is reduced. All teams keep the 64 partial sums of RowDomain.h (four
// accumulators of 16 lanes) and the tree over them, so they give the same bits: element i of a block belongs to partial sum
// i mod 64, what is left after the last 64 to accumulator 0. They differ in who holds which.
#pragma once

#include "codegen/lowering/RowDomain.h"
#include "codegen/spirv/GpuKernel.h"

#include <memory>

namespace mx::codegen {

class RowTeam {
public:
  virtual ~RowTeam() = default;

  /// Invocations of a workgroup, and the rows they run at a time.
  int64_t workgroup, rows;
  /// Values that an invocation carries for each reduction.
  int64_t accumulators = 1;

  /// Begins an entry: which of the workgroup's rows this invocation works on.
  virtual Index start(Emitter &e, const Index &local) = 0;
  /// Whether this invocation stores what its team has one of.
  mlir::Value isFirst(Emitter &e) { return e.index.less(member, e.index.constant(1)); }
  /// Begins a level of reductions; levels take turns.
  virtual void startLevel(Emitter &, llvm::ArrayRef<Reduction *>) {}
  /// An accumulator that holds nothing.
  virtual mlir::Value identity(Emitter &e, const Reduction &r);

  /// One accumulator for each reduction after an element, or lanes of them, was added.
  using Add = llvm::function_ref<llvm::SmallVector<mlir::Value>(const Index &column, mlir::ValueRange)>;
  /// Adds columns [lo, hi), at most `most`, to `carried`: for each accumulator one value a reduction.
  virtual llvm::SmallVector<mlir::Value> accumulate(Emitter &e, const Index &lo, const Index &hi, ir::Dim most, mlir::ValueRange carried,
                                                    Add add) = 0;
  /// The totals, the same in all invocations of the team.
  virtual llvm::SmallVector<mlir::Value> totals(Emitter &e, llvm::ArrayRef<Reduction *> level, mlir::ValueRange carried) = 0;
  /// Divides columns [lo, hi), at most `most`, among the team.
  virtual void forColumns(Emitter &e, const Index &lo, const Index &hi, ir::Dim most, llvm::function_ref<void(const Index &)> body) = 0;

  /// Upper bounds of the loop iterations of accumulate and of forColumns.
  virtual ir::Dim accumulateIterations(ir::Dim most) const = 0;
  virtual ir::Dim columnIterations(ir::Dim most) const = 0;

protected:
  RowTeam(GpuKernelBuilder &k, const RowDomain &d) : k(k), d(d) {}
  mlir::Value combined(Emitter &e, const Reduction &r, mlir::Value a, mlir::Value b) { return combine(e, r, a, b, k.target.math); }
  /// The end of the last whole 64 columns, and whether nothing lies behind it.
  Index wideEnd(Emitter &e, const Index &lo, const Index &hi);
  bool isWide() const { return d.laneSize.isConstant() && d.laneSize.value() % (kLanes * kAccumulators) == 0; }

  GpuKernelBuilder &k;
  const RowDomain &d;
  /// The invocation's number in its team.
  Index member;
};

/// `size` invocations of a subgroup, or kWorkgroupTeam that meet in shared memory.
std::unique_ptr<RowTeam> createRowTeam(GpuKernelBuilder &k, const RowDomain &d, int64_t size);

} // namespace mx::codegen
