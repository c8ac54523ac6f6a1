// A phase of a dump as IR, with the line of the file each op stands on.
#pragma once

#include "runtime/base/Status.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <memory>
#include <string>
#include <vector>

namespace mx::inspect {

/// The phases that are written as one module.
inline constexpr const char *kPhases[] = {"00-traced", "01-core", "02-fused", "03-program"};

struct PhaseFile {
  std::string text;
  std::shared_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  struct Op {
    mlir::Operation *op;
    /// In the text, from 1.
    unsigned line;
  };
  /// Without those that hold others' code: modules and functions.
  std::vector<Op> ops;
};

/// Parses `folder/name.mlir`. Phases of one dump share a context.
rt::Result<PhaseFile> readPhase(const std::string &folder, const std::string &name, const std::shared_ptr<mlir::MLIRContext> &context);

/// A context with all dialects of dumps.
std::shared_ptr<mlir::MLIRContext> makeContext();

} // namespace mx::inspect
