// Groups of a trace as mx.composite ops: the second half of the import.
#pragma once

#include "frontend/eval/Trace.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace mx::graph {

/// Moves the ops of each composite of `trace` into a private function of `module` and leaves an mx.composite that names it.
/// `values` are the trace's, by number; a composite's replaces that of the op it ends in. The caller holds graphMutex.
void formComposites(mlir::ModuleOp module, const Trace &trace, llvm::MutableArrayRef<mlir::Value> values);

} // namespace mx::graph
