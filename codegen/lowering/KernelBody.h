// A kernel under lowering: its body, its operands as memory, and the size arguments it asks for. What the builders of
// all targets share; how an entry looks is theirs.
#pragma once

#include "codegen/lowering/Emitter.h"
#include "ir/program/MxpDialect.h"

namespace mx::codegen {

class KernelBody {
public:
  explicit KernelBody(ir::program::KernelOp kernel) : kernel(kernel) {}

  mlir::Block &body() { return kernel.getBody().front(); }
  mlir::OperandRange yields() { return body().getTerminator()->getOperands(); }

  /// The cuts that the yields of a kernel of kind `map` need, which have one shape. A failure has been reported.
  mlir::FailureOr<Cuts> mapCuts();

  /// Memory of input `i`, output `i`, the scratch that all entries share; emitted at the start of the entry.
  mlir::Value inputMemory(Emitter &e, unsigned i);
  mlir::Value outputMemory(Emitter &e, unsigned i);
  mlir::Value sharedScratch(Emitter &e, mlir::Type element);
  /// Binds every input to its memory.
  void bindInputs(Emitter &e);

  ir::program::KernelOp kernel;
  KernelScalars scalars;

private:
  mlir::Value buffer(Emitter &e, unsigned number, mlir::Type element);
};

/// Reading an argument is a load: moves the first read of each to the start of `entry` and drops the others.
void hoistArguments(mlir::Block &entry);

} // namespace mx::codegen
