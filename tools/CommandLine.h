// What the tools that share LLVM's command line have in common: a help text of their own options. Linking LLVM brings hundreds
// of options of its passes and targets, all of which still work.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/CommandLine.h"

namespace mx::tools {

/// Leaves in --help the options of `own` and those of MLIR named here, which join it; --help-hidden still lists the rest. To be
/// called when all options are registered.
void showInHelp(llvm::cl::OptionCategory &own, llvm::ArrayRef<llvm::StringRef> ofMlir);

/// Takes an option of the libraries away, for one of the same name. It must be registered already.
void removeOption(llvm::StringRef name);

} // namespace mx::tools
