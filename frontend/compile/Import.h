// The MLIR form of a trace. A host scalar is an argument of a dynamic trace and a constant of a static one.
#pragma once

#include "frontend/eval/Trace.h"
#include "runtime/base/Status.h"

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

/// The same of a dynamic trace whose ops hold no sizes, such that all sizes follow from those of the placeholders: equal ones
/// have one symbol, and one that data of the trace's has too is a constant. Fails where an op needs to know more of them.
rt::Result<mlir::OwningOpRef<mlir::ModuleOp>> importShapeless(mlir::MLIRContext *context, const Trace &trace, llvm::StringRef name);

} // namespace mx::graph
