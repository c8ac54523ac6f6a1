// The MLIR form of a trace. A host scalar is an argument of a dynamic trace and a constant of a static one.
#pragma once

#include "frontend/compile/FreeSizes.h"
#include "frontend/eval/Trace.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <memory>

namespace mx::graph {

/// A context with all dialects, whose tasks run on the runtime's pool.
std::unique_ptr<mlir::MLIRContext> newContext();

/// A module of phase `traced` whose only function computes the trace. Its arguments are the trace's inputs, its symbols
/// the trace's, its results the trace's outputs. The context has the mx and func dialects loaded.
mlir::OwningOpRef<mlir::ModuleOp> importTrace(mlir::MLIRContext *context, const Trace &trace, llvm::StringRef name);

/// The same of a static trace whose placeholders have free sizes, and with them all that follows: its symbols are those of `free`.
mlir::OwningOpRef<mlir::ModuleOp> importTrace(mlir::MLIRContext *context, const Trace &trace, const FreeSizes &free, llvm::StringRef name);

} // namespace mx::graph
