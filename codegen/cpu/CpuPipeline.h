// From phase `tiled` to object code: the kernel ABI, the llvm dialect, LLVM IR, machine code.
#pragma once

#include "codegen/cpu/CpuTarget.h"

#include "runtime/base/Status.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"

namespace mx::codegen {

/// Rewrites each entry (begin, end) to the C ABI of runtime/KernelAbi.h and all ops to the llvm dialect.
mlir::LogicalResult lowerToLLVM(mlir::ModuleOp tiled);

/// What one compilation produced, and what it cost.
struct ObjectCode {
  llvm::SmallVector<char, 0> object;
  /// Filled when asked for.
  std::string llvmIR, assembly;
  double llvmMs = 0;
};

/// Compiles a module of the llvm dialect. `listings` asks for LLVM IR and assembly too.
rt::Result<ObjectCode> compileToObject(mlir::ModuleOp module, const CpuTarget &target, bool listings);

} // namespace mx::codegen
