// What a kernel of kind `row` reduces and in which order. The order of accumulation depends on shape and axes alone,
// never on what is fused nor on the target, so that all of them give the same bits:
// - last axis reduced: four accumulators of 16 lanes run along it (the remainder joins the first), over blocks of about
//   16,384 elements whose lane-tree totals are added in order;
// - last axis kept: each lane adds its own column in order, in blocks of 256 reduced positions.
#pragma once

#include "codegen/lowering/KernelBody.h"

namespace mx::codegen {

inline constexpr int64_t kBlockElements = 16384; ///< last axis reduced
inline constexpr int64_t kBlockRows = 256;       ///< last axis kept
inline constexpr int kAccumulators = 4;

/// One reduction of the kernel.
struct Reduction {
  mlir::Operation *op;
  ir::OpKind kind;
  rt::DType in, acc, out;
  /// 1 for a reduction of inputs, one more than the deepest reduction its operand depends on otherwise.
  int level = 0;
  mlir::Value result() const { return op->getResult(0); }
};

/// A group of neighbouring axes of the domain: all reduced, or all kept.
struct RowGroup {
  unsigned first, count;
  ir::Dim size;
  bool reduced;
};

/// The common domain of a row kernel's reductions.
struct RowDomain {
  ir::Dims dims;
  llvm::SmallVector<Reduction> reductions;
  int levels = 0;
  llvm::SmallVector<RowGroup> groups;
  /// The group that runs over the lanes, and whether it is reduced.
  int lane = -1;
  bool lanesReduced = false;
  /// Sizes of the kept and the reduced groups but the lanes', and of the lanes' group.
  ir::Dim keptOuter = 1, reducedOuter = 1, laneSize = 1;

  llvm::SmallVector<Reduction *> level(int l);
  /// Blocks of the reduced positions: their number, and for lanes that are reduced how many rows one holds.
  ir::Dim blocks() const;
  ir::Dim columnBlocks() const { return lanesReduced ? ceilDiv(laneSize, kBlockElements) : ir::Dim(1); }
  ir::Dim rowsPerBlock() const;
  /// A yielded value has the domain's shape, not that of the rows.
  bool isFull(mlir::Value v) const { return ir::dimsOf(v) == dims; }

  /// One coordinate per group: the kept ones outside the lanes from their linear index, all others 0.
  llvm::SmallVector<Coord> keptCoords(Emitter &e, const Index &keptLinear) const;
  /// Sets the coordinates of the reduced groups outside the lanes.
  void setReduced(Emitter &e, llvm::MutableArrayRef<Coord> coords, const Index &linear) const;
};

/// The domain of a kernel of kind `row`. A failure has been reported.
mlir::FailureOr<RowDomain> rowDomainOf(KernelBody &k);

/// Combines two partial results, of the accumulator's dtype.
mlir::Value combine(Emitter &e, const Reduction &r, mlir::Value a, mlir::Value b, const MathTarget &target);
/// The reduction's operand at `p` in the accumulator's dtype.
mlir::Value contributionAt(Emitter &e, const Reduction &r, const Point &p, const MathTarget &target);

} // namespace mx::codegen
