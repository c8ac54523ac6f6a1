// Passes of one thread are nested in each other, so that a list of open spans for each thread is enough. One that fails
// leaves the list as one that ends does.
#include "codegen/TracePasses.h"

#include "runtime/base/Trace.h"

#include "mlir/Pass/Pass.h"

#include <memory>
#include <string>
#include <vector>

namespace mx::codegen {
namespace {

struct PassTracer : mlir::PassInstrumentation {
  void runBeforePass(mlir::Pass *pass, mlir::Operation *) override {
    // Adaptors, which only run the passes below them, have no argument.
    const llvm::StringRef name = pass->getArgument().empty() ? pass->getName() : pass->getArgument();
    open().push_back(std::make_unique<rt::TraceSpan>("pass", std::string_view(name.data(), name.size())));
  }
  void runAfterPass(mlir::Pass *, mlir::Operation *) override { open().pop_back(); }
  void runAfterPassFailed(mlir::Pass *, mlir::Operation *) override { open().pop_back(); }

  static std::vector<std::unique_ptr<rt::TraceSpan>> &open() {
    static thread_local std::vector<std::unique_ptr<rt::TraceSpan>> spans;
    return spans;
  }
};

} // namespace

void tracePasses(mlir::PassManager &pm) {
  if (rt::tracing())
    pm.addInstrumentation(std::make_unique<PassTracer>());
}

} // namespace mx::codegen
