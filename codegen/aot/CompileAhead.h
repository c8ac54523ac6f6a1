// Compiling for targets by name instead of for the machine at hand: what program files are made of.
#pragma once

#include "codegen/Backend.h"
#include "codegen/Compiler.h"
#include "runtime/ProgramFile.h"

#include <memory>
#include <string>
#include <vector>

namespace mx::codegen {

/// How kernels compute; the same for all targets of a file.
struct AheadOptions {
  /// No fused multiply-adds.
  bool exact = false;
  /// Kernels fail on an index out of range.
  bool checkIndices = false;
  /// Of every target; kernels are never shared with what the process has compiled before.
  CompileOptions compile = {};
};

/// The names in a list with commas. A target of SPIR-V may hold commas itself: `cpu:native,spirv:vulkan1.2,-Float64` are two.
std::vector<std::string> splitTargets(llvm::StringRef list);

/// Fails for a name that is no target, and says what there is: `cpu:native`, `cpu:x86-64`, `cpu:x86-64-v3`, `cpu:x86-64-v4`,
/// `spirv:vulkan1.2` and `spirv:lavapipe` with what SpirvTarget.h lets follow them.
rt::Status checkTarget(llvm::StringRef target);

/// Compiles `func`, phase traced, of `module` for one target. The module stays as it is unless the compiler crashed
/// (`stats`). Equal modules give equal programs, whatever the process has compiled before.
rt::Result<rt::ProgramVariant> compileAhead(mlir::ModuleOp module, llvm::StringRef func, llvm::StringRef target, const AheadOptions &options,
                                            CompileStats &stats);

} // namespace mx::codegen
