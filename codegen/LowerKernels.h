// The phases of a kernel as passes on whole modules, for mx-opt and mxc: every kernel of a program in one module.
// The compiler itself lowers each kernel in a module of its own and takes no pass for it.
#pragma once

#include "mlir/Pass/PassManager.h"

namespace mx::codegen {

/// Replaces a module of phase `program` by the entry functions of its kernels, phase `tiled`: what dispatches them is
/// dropped. `target` is a name that cpuTarget knows. An entry carries `mxp.units` and `mxp.scalars`, the sizes its
/// launch evaluates, and `mxp.scratch_bytes` where each thread needs memory.
std::unique_ptr<mlir::Pass> createLowerKernels(llvm::StringRef target = "native");

/// Rewrites a module of phase `tiled` to the llvm dialect and the kernel ABI, phase `target`.
std::unique_ptr<mlir::Pass> createLowerEntries();

/// Makes the passes, and the pipelines mx-to-tiled and mx-to-target from phase traced, available to mx-opt.
void registerKernelPasses();

} // namespace mx::codegen
