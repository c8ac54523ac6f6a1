// From a function of phase `program` to the plain data that the runtime runs.
#pragma once

#include "codegen/Backend.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace mx::codegen {

using KernelPtr = std::shared_ptr<const rt::CompiledKernel>;

/// Flattens the dispatches of `func`; `kernels` has every kernel it names.
rt::Result<rt::CompiledProgram> buildProgram(mlir::func::FuncOp func, const llvm::StringMap<KernelPtr> &kernels);

/// A size of a kernel in the program's terms; symbols[i] stands for the kernel's s<i>.
rt::SizeExpr inProgram(const rt::SizeExpr &own, llvm::ArrayRef<ir::Dim> symbols);

} // namespace mx::codegen
