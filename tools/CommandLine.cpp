// LLVM's own HideUnrelatedOptions would take the others out of --help-hidden too.
#include "tools/CommandLine.h"

#include "mlir/Support/FileUtilities.h"

namespace cl = llvm::cl;

namespace mx::tools {

void showInHelp(cl::OptionCategory &own, llvm::ArrayRef<llvm::StringRef> ofMlir) {
  llvm::StringMap<cl::Option *> &options = cl::getRegisteredOptions();
  for (llvm::StringRef name : ofMlir)
    if (cl::Option *option = options.lookup(name))
      option->addCategory(own);
  cl::OptionCategory *generic = options.lookup("help")->Categories.front();
  for (auto &[name, option] : options)
    if (option->getOptionHiddenFlag() == cl::NotHidden && !llvm::is_contained(option->Categories, &own) &&
        !llvm::is_contained(option->Categories, generic))
      option->setHiddenFlag(cl::Hidden);
  static cl::extrahelp more("\nOptions of MLIR and LLVM work too: --help-hidden lists them.\n");
}

void removeOption(llvm::StringRef name) {
  if (cl::Option *option = cl::getRegisteredOptions().lookup(name))
    option->removeArgument();
}

std::optional<Files> openFiles(llvm::StringRef input, llvm::StringRef output, std::string &problem) {
  Files files;
  files.in = mlir::openInputFile(input, &problem);
  if (files.in)
    files.out = mlir::openOutputFile(output, &problem);
  return files.out ? std::optional(std::move(files)) : std::nullopt;
}

} // namespace mx::tools
