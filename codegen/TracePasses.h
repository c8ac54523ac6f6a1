// Passes in the trace of the process.
#pragma once

#include "mlir/Pass/PassManager.h"

namespace mx::codegen {

/// Makes each pass of `pm` an event while tracing is on.
void tracePasses(mlir::PassManager &pm);

} // namespace mx::codegen
