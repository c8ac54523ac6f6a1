// Kernels that walk one axis in order, argument reductions and scans: what they compute at a position, for every target.
// Everything outside the axis is independent; who walks what is for the target to say.
#pragma once

#include "codegen/lowering/KernelBody.h"

namespace mx::codegen {

/// A domain seen as (outer, axis, inner).
struct AxisWalk {
  ir::Dims dims;
  unsigned axis;
  ir::Dim outer, length, inner;
  AxisWalk(const ir::Dims &dims, unsigned axis);
  /// The axis is the last one with any extent: a row of it is contiguous.
  bool alongLast() const { return inner.is(1); }
  Point at(const Index &outer, const Index &i, const Index &inner) const;
};

/// An argmax or argmin. The better value wins, of equals the earlier; NaN beats everything. So the order in which
/// candidates meet does not matter.
class ArgSearch {
public:
  /// Values, as they compare, and their positions on the axis (i32): scalars or lanes.
  struct Best {
    mlir::Value value, index;
  };

  /// That of a kernel of kind `argreduce`. A failure has been reported.
  static mlir::FailureOr<ArgSearch> of(KernelBody &k, const MathTarget &target);

  mlir::Value result() const { return op->getResult(0); }
  /// The dtype in which values compare.
  rt::DType dtype() const { return compareAs; }
  /// What every candidate beats: a scalar, or `lanes` of them.
  Best none(Emitter &e, int64_t lanes = 1) const;
  /// The candidate at position `i`, as lanes where `lanes` is more than 1.
  Best candidate(Emitter &e, const Index &outer, const Index &i, const Index &inner, int64_t lanes = 1) const;
  /// The better of the two; of `c` only what `mask` (null: everything) admits.
  Best choose(Emitter &e, const Best &a, const Best &c, mlir::Value mask = {}) const;

  AxisWalk walk;

private:
  ArgSearch(mlir::Operation *op, const MathTarget &target);
  mlir::Value beats(Emitter &e, const Best &c, const Best &than) const;

  mlir::Operation *op;
  const MathTarget &target;
  bool largest;
  rt::DType compareAs;
};

/// Elements of a run of a scan, and of a block.
inline constexpr int64_t kScanRun = 4, kScanBlock = 4096;

/// A scan. Which elements meet in which order is a function of their positions alone: a run is scanned from its first element
/// on, the totals of a block's runs add up in order, and so do the totals of blocks. A result is what came in the blocks before,
/// combined with (what came in the block's runs before, combined with what came in the run). Positions count from the end where
/// the scan runs in reverse.
class ScanSteps {
public:
  /// That of a kernel of kind `scan`. A failure has been reported.
  static mlir::FailureOr<ScanSteps> of(KernelBody &k, const MathTarget &target);

  /// Positions `first` and after; those from `end` (null: the whole run is there) to the end of the run are not.
  struct Run {
    Index outer, first, inner;
    std::optional<Index> end;
  };
  /// What came before, in the accumulator's dtype: in runs of the block and, where there may be several, in blocks.
  using State = llvm::SmallVector<mlir::Value, 2>;
  /// From what came before and the run's total: what came before this run, and what comes before the next.
  using Meet = llvm::function_ref<std::pair<mlir::Value, mlir::Value>(mlir::Value before, mlir::Value total)>;

  /// What combines with anything to itself, as lanes where `lanes` is more than 1.
  mlir::Value start(Emitter &e, int64_t lanes = 1) const;
  State startState(Emitter &e, bool severalBlocks, int64_t lanes = 1) const;
  mlir::Value combined(Emitter &e, mlir::Value a, mlir::Value b) const;
  /// A block begins where `first` is the first position of one.
  State enterBlock(Emitter &e, const Index &first, State state) const;
  /// Takes the run and stores its results to `memory` (null: nowhere). `meet` is for invocations that work on neighbouring runs.
  State advance(Emitter &e, mlir::Value memory, const Run &run, State state, Meet meet) const;
  State advance(Emitter &e, mlir::Value memory, const Run &run, State state) const;

  AxisWalk walk;
  /// Of the operand, the carried value and the result.
  rt::DType in, acc, out;

private:
  ScanSteps(mlir::Operation *op, const MathTarget &target);
  bool sumsFloats() const { return combiner == ir::OpKind::Sum && rt::isFloat(acc); }
  mlir::Value withoutNegativeZero(Emitter &e, mlir::Value sum) const;
  // Whether a run along the last axis moves as one vector.
  bool movesAsLanes(Emitter &e) const { return walk.alongLast() && e.index.numLanes == kScanRun; }
  Index place(Emitter &e, const Index &position) const;
  llvm::SmallVector<mlir::Value> elements(Emitter &e, const Run &run) const;
  void store(Emitter &e, mlir::Value memory, const Run &run, llvm::ArrayRef<mlir::Value> results) const;

  mlir::Operation *op;
  const MathTarget &target;
  ir::OpKind combiner;
  bool reverse, inclusive;
};

} // namespace mx::codegen
