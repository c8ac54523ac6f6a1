// --pass-statistics: what each pass made of the ops. MLIR's own statistics are compiled out of a release build of LLVM.
#pragma once

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CommandLine.h"

namespace mx::tools {

/// Adds --pass-statistics to the command line, also under MLIR's name for it. To be called when MLIR's options are registered.
void registerPassStatistics(llvm::cl::OptionCategory &category);
/// Counts for --pass-statistics, on one thread: the rows are in the order of the passes.
void countPasses(mlir::PassManager &pm);
/// Prints what --pass-statistics asks for, to standard error.
void printPassStatistics();

} // namespace mx::tools
