// mx-opt: runs passes and pipelines on IR, for tests and for whoever develops a pass. MLIR's tool of this kind, with mx's
// dialects and passes, statistics that work in a release build, and reproducers of what ends in a signal or in invalid IR.
#include "codegen/Compiler.h"
#include "codegen/LowerKernels.h"
#include "codegen/spirv/SpirvPipeline.h"
#include "passes/Passes.h"
#include "passes/Pipelines.h"
#include "tools/CommandLine.h"
#include "tools/FaultReport.h"
#include "tools/PassStatistics.h"

#include "mlir/IR/AsmState.h"
#include "mlir/Support/Timing.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/InitLLVM.h"

using namespace mlir;
using namespace mx;

namespace {

namespace cl = llvm::cl;
cl::OptionCategory category("mx-opt options");
cl::opt<std::string> input(cl::Positional, cl::desc("<input .mlir, - for standard input>"), cl::init("-"), cl::cat(category));
cl::opt<std::string> output("o", cl::desc("Output file, - for standard output"), cl::value_desc("file"), cl::init("-"), cl::cat(category));

/// MLIR's options of most use; the list of passes goes by the name of any of them.
constexpr StringRef kOfMlir[] = {"mx-to-core", "pass-pipeline", "load-pass-plugin", "run-reproducer", "split-input-file", "verify-diagnostics",
                                 "verify-each", "show-dialects", "dump-pass-pipeline", "mlir-print-ir-before", "mlir-print-ir-after",
                                 "mlir-print-ir-after-all", "mlir-print-ir-after-change", "mlir-print-debuginfo", "mlir-timing"};

int fail(const llvm::Twine &message) {
  llvm::errs() << "mx-opt: error: " << message << "\n";
  return EXIT_FAILURE;
}

/// The exit status.
int optimize(DialectRegistry &registry) {
  const MlirOptMainConfig parsed = MlirOptMainConfig::createFromCLOptions();
  if (parsed.shouldShowDialects()) {
    for (StringRef name : registry.getDialectNames())
      llvm::outs() << name << "\n";
    return EXIT_SUCCESS;
  }
  std::string problem;
  std::optional<tools::Files> files = tools::openFiles(input, output, problem);
  if (!files)
    return fail(problem);
  MlirOptMainConfig config = parsed;
  config.setPassPipelineSetupFn([&](PassManager &pm) {
    if (failed(parsed.setupPassPipeline(pm)))
      return failure();
    tools::countPasses(pm);
    tools::watchForFaults(pm);
    return success();
  });
  const LogicalResult result = MlirOptMain(files->out->os(), std::move(files->in), registry, config);
  tools::printPassStatistics();
  if (failed(result))
    return EXIT_FAILURE;
  files->out->keep();
  return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  tools::reportFaults(argc, argv);
  DialectRegistry registry;
  codegen::registerDialects(registry);
  codegen::registerSpirvDialects(registry);
  passes::registerMxPasses();
  passes::registerPipelines();
  codegen::registerKernelPasses();
  codegen::registerSpirvPasses();
  registerTransformsPasses();
  MlirOptMainConfig::registerCLOptions(registry);
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  registerPassManagerCLOptions();
  registerDefaultTimingManagerCLOptions();
  tools::registerPassStatistics(category);
  tools::showInHelp(category, kOfMlir);
  cl::ParseCommandLineOptions(argc, argv, "mx's optimizer driver: runs passes on IR\n");
  return optimize(registry);
}
