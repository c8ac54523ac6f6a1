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

/// A scan. The carried value is of the accumulator's dtype; every step takes the next element, from the end when it
/// runs in reverse.
class ScanSteps {
public:
  /// That of a kernel of kind `scan`. A failure has been reported.
  static mlir::FailureOr<ScanSteps> of(KernelBody &k, const MathTarget &target);

  /// What the first step starts from, as lanes where `lanes` is more than 1.
  mlir::Value start(Emitter &e, int64_t lanes = 1) const;
  /// Runs step `number`: stores its result to `memory` and returns the next carried value.
  mlir::Value step(Emitter &e, mlir::Value memory, const Index &outer, const Index &number, const Index &inner, mlir::Value carried) const;

  AxisWalk walk;
  /// Of the operand, the carried value and the result.
  rt::DType in, acc, out;

private:
  ScanSteps(mlir::Operation *op, const MathTarget &target);
  bool sumsFloats() const { return combiner == ir::OpKind::Sum && rt::isFloat(acc); }
  mlir::Value withoutNegativeZero(Emitter &e, mlir::Value sum) const;

  mlir::Operation *op;
  const MathTarget &target;
  ir::OpKind combiner;
  bool reverse, inclusive;
};

} // namespace mx::codegen
