// What kernels of kind `scatter` do, for every target: a copy of the operand, then updates in row-major order of the
// indices, so that equal indices give the same result every time. What is parallel are columns: the places of the window,
// or all coordinates but the axis. Each column walks all updates. Along an indexed axis windows of several places may overlap:
// there an update walks its places.
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
  /// Updates of a column, times the places that each walks.
  ir::Dim updates() const;
  /// Places along the indexed axes that an update of a column may go to.
  ir::Dim destinations() const;

  /// The operand's element, in the result's dtype.
  mlir::Value initial(Emitter &e, const Index &linear) const;
  /// Coordinates of a column, one per axis of the result.
  using Column = llvm::SmallVector<Index>;
  Column columnAt(Emitter &e, const Index &outer, const Index &inner) const;
  /// One of several that share a column: each applies the updates of its own destinations, in their order.
  struct Part {
    Index number;
    ir::Dim parts;
  };
  /// Applies update `number` to the result in `memory`; one that is out of range, or none of the part's, changes nothing.
  void apply(Emitter &e, mlir::Value memory, const Column &column, const Index &number, const std::optional<Part> &part = {}) const;

  const ir::Dims dims;
  const rt::DType dtype;

private:
  ScatterUpdates(mlir::Operation *op, const MathTarget &target);
  /// Whether the last axis is one of columns, so that neighbouring ones are neighbours in memory.
  bool lastIsColumn() const;
  // By update, then by place.
  void applyWindow(Emitter &e, mlir::Value memory, Column column, const Index &number, const std::optional<Part> &part) const;
  void applyAlongAxis(Emitter &e, mlir::Value memory, Column at, const Index &number, const std::optional<Part> &part) const;
  /// An index entry with negatives wrapped, and whether it lies in [0, room).
  std::pair<Index, mlir::Value> checked(Emitter &e, mlir::Value indices, const Point &p, ir::Dim size, ir::Dim room) const;
  /// The element at `target` combined with that of the updates at `p`, where `inside` holds and `part` has it.
  void update(Emitter &e, mlir::Value memory, const Column &target, const Point &p, mlir::Value inside, const std::optional<Part> &part) const;

  mlir::Operation *op;
  const MathTarget &target;
  llvm::StringRef mode;
  mlir::Value values;
  /// Sizes of what the columns and updates run over: the axes of the indices, if they have axes of their own, and one axis for
  /// each of the result. `lead` of the former; `axis` of scatter_axis is walked by the updates.
  ir::Dims lead, walked;
  int axis = -1;
  /// The indexed axes, and those of them along which an update walks its places.
  llvm::SmallVector<int> indexed, placed;
};

} // namespace mx::codegen
