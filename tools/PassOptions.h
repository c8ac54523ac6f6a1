// Command line options about passes that MLIR's own tools have and mxc shares: plugins, and printing after passes and phases.
#pragma once

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CommandLine.h"

namespace mx::tools {

/// Adds --load-pass-plugin, --run-after and --print-after to the command line. LLVM has a --print-after too, which is about its
/// passes and goes.
void registerPassOptions(llvm::cl::OptionCategory &category);

/// Loads the plugins and checks what the options name; `phases` are the names that --run-after and --print-after know.
/// A failure has been reported, by `tool`.
mlir::LogicalResult checkPassOptions(llvm::StringRef tool, llvm::ArrayRef<llvm::StringRef> phases);

/// The passes that --run-after names for a phase.
void addPassesOfUser(mlir::OpPassManager &pm, llvm::StringRef phase);
/// Prints after the passes that --print-after names.
void watchPasses(mlir::PassManager &pm);
/// Whether --print-after names a phase.
bool printsAfter(llvm::StringRef phase);
/// The options that load the plugins again, each after a space.
std::string pluginOptions();

} // namespace mx::tools
