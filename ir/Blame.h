// Errors of passes by who is to blame. What the program or the target is to blame for is the user's to mend: reported without a
// reproducer, as an invalid argument. Any other failure of a pass is a fault of the compiler.
#pragma once

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Operation.h"

namespace mx::ir {

/// An error at an op that blames the program, its options or its target.
mlir::InFlightDiagnostic emitInputError(mlir::Operation *op);
/// Whether emitInputError reported it.
bool blamesInput(const mlir::Diagnostic &diagnostic);

} // namespace mx::ir
