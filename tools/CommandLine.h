// What the tools that share LLVM's command line have in common: a help text of their own options, and files. Linking LLVM brings
// hundreds of options of its passes and targets, all of which still work.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

#include <memory>
#include <optional>
#include <string>

namespace mx::tools {

/// Leaves in --help the options of `own` and those of MLIR named here, which join it; --help-hidden still lists the rest. To be
/// called when all options are registered.
void showInHelp(llvm::cl::OptionCategory &own, llvm::ArrayRef<llvm::StringRef> ofMlir);

/// Takes an option of the libraries away, for one of the same name. It must be registered already.
void removeOption(llvm::StringRef name);

/// What a tool reads, and where it writes.
struct Files {
  std::unique_ptr<llvm::MemoryBuffer> in;
  std::unique_ptr<llvm::ToolOutputFile> out;
};

/// Opens both, `-` being the standard streams; null with the reason in `problem`.
std::optional<Files> openFiles(llvm::StringRef input, llvm::StringRef output, std::string &problem);

} // namespace mx::tools
