// What an internal error of the compiler leaves for whoever mends it: the program as it came in and the passes that failed
// on it, in one file that mx-opt --run-reproducer replays.
#pragma once

#include "codegen/Dump.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"

namespace mx::codegen {

/// A pipeline as it is written on command lines.
std::string pipelineText(const mlir::OpPassManager &pipeline);
/// The text of a file that holds IR and the pipeline to run on it.
std::string reproducerText(mlir::Operation *op, const std::string &pipeline);
/// Writes it as `reproducer.mlir` to the dump's folder, else as a file of its own to the folder for temporary files. The
/// sentence that tells what to do with it.
std::string writeReproducer(const std::string &text, const Dump &dump = {});

/// Keeps the program as it was until there is a fault.
class Reproducer {
public:
  /// Keeps a copy of a module of phase traced.
  explicit Reproducer(mlir::ModuleOp module) : module(module.clone()) {}

  /// Writes the file; `more`: passes after those of `pipeline`, as text. The sentence that tells what to do with it.
  std::string write(const Dump &dump, const mlir::OpPassManager &pipeline, const std::string &more);

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace mx::codegen
