// Where the operands and the result of a matmul kernel's product are read and written: (batch, row, column) of
// `[batch, M, K] @ [batch, K, N]` to points of the tensors. Batch axes of the left operand join its rows when the right one
// has none.
#pragma once

#include "codegen/lowering/KernelBody.h"

namespace mx::codegen {

class MatmulPoints {
public:
  explicit MatmulPoints(ir::MatmulOp op);

  /// The operands.
  mlir::Value a, b;
  /// Sizes of the folded problem.
  ir::Dim batch, M, N, K;
  /// float32, or float64 for products of float64.
  rt::DType accumulator = rt::DType::float32;

  /// The left operand at (row, k), the right one at (k, col); `batch` is linear over the batch axes that are left.
  Point lhs(Emitter &e, const Index &batch, const Index &row, const Index &k) const { return operand(e, a, true, batch, row, k); }
  Point rhs(Emitter &e, const Index &batch, const Index &k, const Index &col) const { return operand(e, b, false, batch, k, col); }
  /// The result at (row, col).
  Point result(const Index &batch, const Index &row, const Index &col) const;

private:
  Point operand(Emitter &e, mlir::Value value, bool isLhs, const Index &batch, const Index &row, const Index &col) const;

  ir::Dims out;
  unsigned lead;   // batch axes of the result
  bool foldsBatch; // batch axes and rows are one
};

/// Whether neighbours along the last axis but one of an operand are neighbours in memory, those along the last are not.
bool isTransposed(mlir::Value v);

/// The matmul of a kernel of kind `matmul`; null after reporting that there is none, or that more is stored than fits it.
ir::MatmulOp matmulOf(KernelBody &k);

} // namespace mx::codegen
