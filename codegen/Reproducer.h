// What an internal error of the compiler leaves for whoever mends it: the program as it came in and the passes that failed
// on it, in one file that mx-opt --run-reproducer replays.
#pragma once

#include "codegen/Dump.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"

namespace mx::codegen {

class Reproducer {
public:
  /// Keeps a copy of a module of phase traced.
  explicit Reproducer(mlir::ModuleOp module) : module(module.clone()) {}

  /// Writes `reproducer.mlir` to the dump's folder, else a file of its own to the folder for temporary files. `more`:
  /// passes after those of `pipeline`, as text. The sentence that tells what to do with it.
  std::string write(const Dump &dump, const mlir::OpPassManager &pipeline, const std::string &more);

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace mx::codegen
