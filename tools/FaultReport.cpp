// The text is made before the first pass, for a handler of signals can rely on little. Pipelines run one after the other
// here, so that there is one text at a time.
#include "tools/FaultReport.h"

#include "codegen/Reproducer.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Signals.h"

using namespace mlir;

namespace mx::tools {
namespace {

struct Fault {
  std::string text, plugins;
};
Fault *fault = nullptr;

/// Writes the text of the pipeline that runs, once.
void write(StringRef what) {
  if (fault->text.empty())
    return;
  const std::string text = std::exchange(fault->text, "");
  llvm::errs() << "mx-opt: error: " << what << "; " << codegen::writeReproducer(text) << fault->plugins << "\n";
}

class Watch : public PassInstrumentation {
public:
  explicit Watch(const OpPassManager &pipeline) : pipeline(pipeline) {}
  ~Watch() override { fault->text.clear(); }

  void runBeforePass(Pass *, Operation *op) override {
    if (!std::exchange(started, true))
      fault->text = codegen::reproducerText(op, codegen::pipelineText(pipeline));
  }
  void runAfterPassFailed(Pass *pass, Operation *op) override {
    ScopedDiagnosticHandler silence(op->getContext(), [](Diagnostic &) { return success(); });
    if (failed(verify(op)))
      write(("pass " + pass->getArgument() + " left invalid IR").str());
  }

private:
  const OpPassManager &pipeline;
  bool started = false;
};

} // namespace

// Some of LLVM's fatal errors would end the process by exit, without a signal.
static void giveUp(void *, const char *why, bool) {
  llvm::errs() << "LLVM ERROR: " << why << "\n";
  std::abort();
}

void reportFaults(int argc, char **argv) {
  fault = new Fault;
  for (int i = 1; i < argc; ++i)
    if (StringRef option = StringRef(argv[i]).ltrim('-'); option.consume_front("load-pass-plugin"))
      fault->plugins += " --load-pass-plugin=" + (option.consume_front("=") ? option.str() : i + 1 < argc ? argv[i + 1] : "");
  llvm::install_fatal_error_handler(giveUp);
  llvm::setBugReportMsg("This is a fault of the compiler or of a plugin.\n");
  llvm::sys::AddSignalHandler([](void *) { write("it crashed"); }, nullptr);
}

void watchForFaults(PassManager &pm) { pm.addInstrumentation(std::make_unique<Watch>(pm)); }

} // namespace mx::tools
