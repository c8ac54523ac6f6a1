// Whether a program computes what the reference interpreter says: what mxc --check does.
#pragma once

#include "codegen/Compiler.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mx::tools {

struct CheckOptions {
  /// Of the inputs that are made up.
  uint64_t seed = 0;
  /// How far a result may lie from the interpreter's, in units in the last place of the result's largest element.
  double ulps = 256;
};

/// Compiles `func`, of phase traced, for the processor, runs it on made-up inputs, and compares. The first difference in words,
/// empty when there is none. The module is consumed.
rt::Result<std::string> checkProgram(mlir::func::FuncOp func, const codegen::Backend &backend, const codegen::CompileOptions &compile,
                                     const CheckOptions &options);

} // namespace mx::tools
