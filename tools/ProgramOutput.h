// Program files as an output of mxc.
#pragma once

#include "codegen/aot/CompileAhead.h"

namespace mx::tools {

/// The targets of a program file in a list with commas; a processor's name needs no cpu: before it.
rt::Result<std::vector<std::string>> programTargets(llvm::StringRef list);

/// The .mxe file of a module of phase traced, which has one function; its arguments and results are the program's.
rt::Result<std::vector<std::byte>> programFile(mlir::ModuleOp module, const std::vector<std::string> &targets, const codegen::AheadOptions &options);

} // namespace mx::tools
