// Computes tensor values of a kernel body at a point, by pulling: a value asks its operands at the points they
// are read at. Every op that is a function of its index (element-wise, views, joins, gathers, random bits) fuses
// through this one mechanism; reductions and matmuls are loops whose results are bound before they are asked for.
#pragma once

#include "codegen/lowering/Points.h"
#include "codegen/lowering/ScalarBodies.h"
#include "ir/MxDialect.h"

#include "llvm/ADT/DenseMap.h"

namespace mx::codegen {

/// The type an element has in memory: bool as i8, unsigned as signless, complex64 as its 64 bits.
mlir::Type storageType(mlir::MLIRContext *ctx, rt::DType dtype);
/// The type an element is computed in: as storageType, but bool as i1.
mlir::Type valueType(mlir::MLIRContext *ctx, rt::DType dtype);

/// Scalar arguments of a kernel: every size expression it asks for, in order of first use.
struct KernelScalars {
  std::vector<ir::Dim> dims;
};

class Emitter;

/// How lanes reach memory on a target that has no vector loads of any alignment, no masks and no gathers.
class LaneMemory {
public:
  virtual ~LaneMemory() = default;
  /// Elements as they are stored; lanes outside `mask` (null: none) may be any of the memory's. Read in scope `depth` or deeper.
  virtual mlir::Value load(Emitter &e, mlir::Value memory, const Index &linear, mlir::Value mask, int depth) = 0;
  virtual void store(Emitter &e, mlir::Value memory, const Index &linear, mlir::Value v) = 0;
};

class Emitter {
public:
  Emitter(Scopes &scopes, KernelScalars &scalars, const MathTarget &target, int64_t lanes = kLanes)
      : scopes(scopes), index(scopes, lanes), scalars(scalars), target(target) {}

  Scopes &scopes;
  IndexBuilder index;
  /// An entry of an index tensor that is out of range makes the kernel fail instead of being clamped or dropped.
  bool checkIndices = false;
  /// Null: memory has the vector dialect's loads and stores.
  LaneMemory *laneMemory = nullptr;

  // --- Sizes and bindings
  /// A size as an index value.
  Index size(ir::Dim d);
  /// The tensor's elements are in `memory`, row-major from element 0.
  void bindMemory(mlir::Value tensor, mlir::Value memory) { memories[tensor] = memory; }
  /// The tensor's element at whatever point is asked is `value` (scalar or lanes); null takes the binding away.
  void bindValue(mlir::Value tensor, mlir::Value value);
  /// The tensor's elements are computed by `read` instead of by its op.
  using Reader = std::function<mlir::Value(const Point &)>;
  void bindReader(mlir::Value tensor, Reader read);

  // --- Lanes
  /// Lanes [0, valid) are inside; null: all. Loads of other lanes give 0, stores skip them.
  void setValidLanes(mlir::Value valid);
  mlir::Value laneMask() const { return mask; }
  /// Evaluates with only the lanes of `inside` (and of the mask so far): loads outside are not made.
  mlir::Value whereInside(mlir::Value inside, llvm::function_ref<mlir::Value()> evaluate);
  /// A scalar as lanes; lanes stay.
  mlir::Value widen(mlir::Value v);

  // --- Values
  /// The element of `tensor` at `p`: a scalar when every coordinate it depends on is uniform, else lanes.
  mlir::Value at(mlir::Value tensor, const Point &p);
  /// Elements at a linear index of flat memory, read in scope `depth` or deeper: memory that the entry itself writes
  /// must not be read further out than it is written.
  mlir::Value load(mlir::Value memory, rt::DType dtype, const Index &linear, int depth = 0);
  void store(mlir::Value memory, rt::DType dtype, const Index &linear, mlir::Value v, bool nontemporal = false);

  // --- Points
  /// Splits groups at `cuts`.
  Point cutAt(const Point &p, const ir::Dims &dims, const Cuts &cuts);
  /// The row-major linear index of `p`.
  Index linearize(const Point &p, const ir::Dims &dims);
  /// The point whose row-major linear index is `i`: one group.
  static Point linearPoint(unsigned rank, const Index &i);

private:
  friend struct OpEmitters;
  mlir::Value compute(mlir::Operation *op, const Point &p);
  mlir::Value elementwise(mlir::Operation *op, const ir::OpRow &row, const Point &p);
  mlir::Value convertForCompute(mlir::Value stored, rt::DType dtype);

  KernelScalars &scalars;
  const MathTarget &target;
  llvm::DenseMap<mlir::Value, mlir::Value> memories, values;
  llvm::DenseMap<mlir::Value, Reader> readers;
  mlir::Value mask;
};

/// The cuts `value`'s shape needs so that no operand of the body has to be divided into its axes at run time.
Cuts requiredCuts(mlir::Value value);
/// The cuts that one op makes itself, and those of an operand carried over to its result.
Cuts localCuts(mlir::Operation *op);
Cuts pullCuts(mlir::Operation *op, unsigned operand, const Cuts &operandCuts);

} // namespace mx::codegen
