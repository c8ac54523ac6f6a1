// What kernels of kind `scatter` do, for every target: a copy of the operand, then updates in row-major order of the
// indices, so that equal indices give the same result every time. What is parallel are columns: the places of the window,
// or all coordinates but the axis. Each column walks all updates.
#pragma once

#include "codegen/lowering/KernelBody.h"

namespace mx::codegen {

class ScatterUpdates {
public:
  /// Those of a kernel of kind `scatter`. A failure has been reported.
  static mlir::FailureOr<ScatterUpdates> of(KernelBody &k, const MathTarget &target);

  /// Elements of the result.
  ir::Dim elements() const { return ir::product(dims); }
  /// Columns are (outer, inner); neighbours in `inner` are neighbours in memory.
  ir::Dim outerColumns() const;
  ir::Dim innerColumns() const;
  /// Updates of a column.
  ir::Dim updates() const;

  /// The operand's element, in the result's dtype.
  mlir::Value initial(Emitter &e, const Index &linear) const;
  /// Coordinates of a column, one per axis of the result.
  using Column = llvm::SmallVector<Index>;
  Column columnAt(Emitter &e, const Index &outer, const Index &inner) const;
  /// Applies update `number` to the result in `memory`; one that is out of range changes nothing.
  void apply(Emitter &e, mlir::Value memory, const Column &column, const Index &number) const;

  const ir::Dims dims;
  const rt::DType dtype;

private:
  ScatterUpdates(mlir::Operation *op, const MathTarget &target);
  void applyWindow(Emitter &e, mlir::Value memory, const Column &column, const Index &number) const;
  void applyAlongAxis(Emitter &e, mlir::Value memory, Column at, const Index &number) const;
  /// An index entry with negatives wrapped, and whether it lies in [0, room).
  std::pair<Index, mlir::Value> checked(Emitter &e, mlir::Value indices, const Point &p, ir::Dim size, ir::Dim room) const;
  /// The element at `target` combined with that of the updates at `p`, where `inside` holds.
  void update(Emitter &e, mlir::Value memory, const Column &target, const Point &p, mlir::Value inside) const;

  mlir::Operation *op;
  const MathTarget &target;
  llvm::StringRef mode;
  mlir::Value values;
  /// Sizes of what the columns and updates run over: the axes of the indices, if they have axes of their own, and one axis for
  /// each of the result. `lead` of the former; `axis` of scatter_axis is walked by the updates.
  ir::Dims lead, walked;
  int axis = -1;
};

} // namespace mx::codegen
