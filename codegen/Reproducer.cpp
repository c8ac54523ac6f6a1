// The form is MLIR's: the pipeline is a resource of the file, so that any tool can still parse the module.
#include "codegen/Reproducer.h"

#include "codegen/SourceLines.h"

#include "mlir/IR/AsmState.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace mx::codegen {

std::string pipelineText(const OpPassManager &pipeline) {
  std::string text;
  llvm::raw_string_ostream os(text);
  pipeline.printAsTextualPipeline(os);
  return text;
}

std::string reproducerText(Operation *op, const std::string &pipeline) {
  std::string text;
  llvm::raw_string_ostream os(text);
  AsmState state(op, OpPrintingFlags().enableDebugInfo());
  state.attachResourcePrinter("mlir_reproducer", [&](Operation *, AsmResourceBuilder &builder) {
    builder.buildString("pipeline", pipeline);
    builder.buildBool("disable_threading", true);
    builder.buildBool("verify_each", true);
  });
  op->print(os, state);
  return text;
}

std::string writeReproducer(const std::string &text, const Dump &dump) {
  SmallString<128> path(dump.path("reproducer.mlir"));
  int fd = -1;
  std::error_code ec = dump.enabled() ? llvm::sys::fs::openFileForWrite(path, fd)
                                      : llvm::sys::fs::createTemporaryFile("mx-reproducer", "mlir", fd, path);
  if (ec)
    return "no reproducer could be written: " + ec.message();
  llvm::raw_fd_ostream file(fd, /*shouldClose=*/true);
  file << text;
  file.close();
  if (file.has_error()) {
    ec = file.error();
    file.clear_error();
    return "the reproducer could not be written: " + ec.message();
  }
  return "replay it with: mx-opt --run-reproducer " + path.str().str();
}

std::string Reproducer::write(const Dump &dump, const OpPassManager &pipeline, const std::string &more) {
  resolveLocs(*module);
  std::string text = pipelineText(pipeline);
  if (!more.empty())
    text.insert(text.rfind(')'), (pipeline.empty() ? "" : ",") + more);
  return writeReproducer(reproducerText(*module, text), dump);
}

} // namespace mx::codegen
