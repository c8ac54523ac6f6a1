// Conversions between mx's element types. Integers are signless in codegen: the dtype says what the bits
// mean.
#pragma once

#include "codegen/lowering/MathExpr.h"
#include "runtime/base/DType.h"

namespace mx::codegen {

/// The element type codegen computes and stores with: i1 for bool, signless integers, f16, bf16, f32, f64.
/// Null for complex64, on which nothing computes.
mlir::Type toScalarType(mlir::MLIRContext *ctx, rt::DType dtype);

/// Converts a scalar or vector. Float to integer truncates and saturates, NaN gives 0; to bool is != 0;
/// integers wrap; to floating point rounds once, to nearest even, and NaN stays NaN. complex64 is an i64, the
/// real part below: it loses the imaginary part, and is true unless both parts are zero.
mlir::Value emitCast(mlir::OpBuilder &b, mlir::Location loc, mlir::Value v, rt::DType from, rt::DType to,
                     const MathTarget &target = {});

} // namespace mx::codegen
