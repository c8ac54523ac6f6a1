// What an element-wise op or a reduction does to one element, or to a vector of them: the `scalar` column of
// the op table where one arith op says it, hand-written bodies elsewhere. float16 and bfloat16 compute in
// float32 and round after every op.
#pragma once

#include "codegen/lowering/Casts.h"
#include "ir/OpTable.h"

#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "llvm/Support/LogicalResult.h"

namespace mx::codegen {

/// Emits the element-wise op `kind` on operands of `dtype`, to which the caller has cast them (`where` takes
/// an i1 first). The result has the op's result dtype. Fails without emitting where the op has no body for
/// the dtype: arithmetic on complex64, subtraction of bools; `astype` is emitCast.
mlir::FailureOr<mlir::Value> emitElementwise(mlir::OpBuilder &b, mlir::Location loc, ir::OpKind kind,
                                             rt::DType dtype, mlir::ValueRange operands,
                                             const MathTarget &target = {});

/// Combines two partial results of the reduction `reduceKind` (sum, prod, max, min, all, any); max and min
/// propagate NaN, and of two zeros keep the first. Null for any other op or a dtype it has no body for.
mlir::Value emitCombine(mlir::OpBuilder &b, mlir::Location loc, ir::OpKind reduceKind, rt::DType dtype,
                        mlir::Value lhs, mlir::Value rhs, const MathTarget &target = {});

/// The value of the reduction over nothing, of the dtype's scalar type; null where emitCombine has none.
mlir::TypedAttr reductionIdentity(mlir::OpBuilder &b, ir::OpKind reduceKind, rt::DType dtype);

} // namespace mx::codegen
