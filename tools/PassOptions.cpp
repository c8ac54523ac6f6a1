// The options exist from registerPassOptions on: LLVM's option of the same name has to go first.
#include "tools/PassOptions.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
namespace cl = llvm::cl;

namespace mx::tools {
namespace {

struct Options {
  cl::list<std::string> plugins{"load-pass-plugin", cl::desc("Load passes from a shared library"), cl::value_desc("file")};
  cl::list<std::string> runAfter{"run-after", cl::desc("Run passes after those of a phase; may be repeated"), cl::value_desc("phase=pipeline")};
  cl::list<std::string> printAfter{"print-after", cl::desc("Print the module to standard error after these phases and passes"),
                                   cl::value_desc("phases and passes"), cl::CommaSeparated};
  cl::opt<bool> statistics{"pass-statistics", cl::desc("Print to standard error what each pass made of the number of ops")};
};
Options *options = nullptr;

/// Ops before and after each run of a pass. MLIR's own statistics are compiled out of a release build of LLVM.
struct Row {
  std::string pass;
  uint64_t before = 0, after = 0;
};
std::vector<Row> rows;

class OpCounts : public PassInstrumentation {
public:
  explicit OpCounts(std::vector<Row> &rows) : rows(rows) {}
  void runBeforePass(Pass *pass, Operation *op) override {
    if (!isAdaptor(pass))
      rows.push_back({pass->getArgument().str(), count(op), 0});
  }
  void runAfterPass(Pass *pass, Operation *op) override {
    if (!isAdaptor(pass))
      rows.back().after = count(op);
  }

private:
  static bool isAdaptor(Pass *pass) { return pass->getArgument().empty(); }
  static uint64_t count(Operation *root) {
    uint64_t n = 0;
    root->walk([&](Operation *) { ++n; });
    return n;
  }
  std::vector<Row> &rows;
};

std::pair<StringRef, StringRef> phaseAndPipeline(StringRef option) { return option.split('='); }

} // namespace

void registerPassOptions() {
  if (cl::Option *llvms = cl::getRegisteredOptions().lookup("print-after"))
    llvms->removeArgument();
  options = new Options;
}

LogicalResult checkPassOptions(StringRef tool, ArrayRef<StringRef> phases) {
  auto fail = [&](const llvm::Twine &message) {
    llvm::errs() << tool << ": error: " << message << "\n";
    return failure();
  };
  for (const std::string &file : options->plugins) {
    auto plugin = PassPlugin::load(file);
    if (!plugin)
      return fail("--load-pass-plugin: " + toString(plugin.takeError()));
    plugin->registerPassRegistryCallbacks();
  }
  const std::string known = llvm::join(phases, ", ");
  for (const std::string &option : options->runAfter) {
    auto [phase, pipeline] = phaseAndPipeline(option);
    if (!llvm::is_contained(phases, phase))
      return fail("--run-after=" + option + ": the phase is none of " + known);
    OpPassManager pm(ModuleOp::getOperationName());
    std::string problem;
    llvm::raw_string_ostream os(problem);
    if (failed(parsePassPipeline(pipeline, pm, os)))
      return fail("--run-after=" + option + ": " + StringRef(problem).rtrim());
  }
  for (const std::string &name : options->printAfter)
    if (!llvm::is_contained(phases, name) && !PassInfo::lookup(name))
      return fail("--print-after=" + name + ": there is no such pass, and the phases are " + known);
  return success();
}

void addPassesOfUser(OpPassManager &pm, StringRef phase) {
  for (const std::string &option : options->runAfter)
    if (auto [own, pipeline] = phaseAndPipeline(option); own == phase)
      (void)parsePassPipeline(pipeline, pm); // checkPassOptions has parsed it
}

void watchPasses(PassManager &pm) {
  auto named = [](Pass *pass, Operation *) { return llvm::is_contained(options->printAfter, pass->getArgument()); };
  if (!options->printAfter.empty())
    pm.enableIRPrinting([](Pass *, Operation *) { return false; }, named, /*printModuleScope=*/false, /*printAfterOnlyOnChange=*/false);
  if (options->statistics)
    pm.addInstrumentation(std::make_unique<OpCounts>(rows));
}

void printPassStatistics() {
  if (!options->statistics)
    return;
  llvm::errs() << llvm::formatv("{0,-32} {1,8} {2,8}\n", "pass", "ops in", "ops out");
  for (const Row &row : rows)
    llvm::errs() << llvm::formatv("{0,-32} {1,8} {2,8}\n", row.pass, row.before, row.after);
}

bool printsAfter(StringRef phase) { return llvm::is_contained(options->printAfter, phase); }

std::string pluginOptions() {
  std::string text;
  for (const std::string &file : options->plugins)
    text += " --load-pass-plugin=" + file;
  return text;
}

} // namespace mx::tools
