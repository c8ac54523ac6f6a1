// The options exist from registerPassOptions on: LLVM's option of the same name has to go first.
#include "tools/PassOptions.h"

#include "tools/CommandLine.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
namespace cl = llvm::cl;

namespace mx::tools {
namespace {

struct Options {
  explicit Options(cl::OptionCategory &category)
      : plugins("load-pass-plugin", cl::desc("Load passes from a shared library"), cl::value_desc("file"), cl::cat(category)),
        runAfter("run-after", cl::desc("Run passes after those of a phase; may be repeated"), cl::value_desc("phase=pipeline"), cl::cat(category)),
        printAfter("print-after", cl::desc("Print the module to standard error after these phases and passes"), cl::value_desc("phases and passes"),
                   cl::CommaSeparated, cl::cat(category)) {}
  cl::list<std::string> plugins, runAfter, printAfter;
};
Options *options = nullptr;

std::pair<StringRef, StringRef> phaseAndPipeline(StringRef option) { return option.split('='); }

} // namespace

void registerPassOptions(cl::OptionCategory &category) {
  removeOption("print-after");
  options = new Options(category);
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
}

bool printsAfter(StringRef phase) { return llvm::is_contained(options->printAfter, phase); }

std::string pluginOptions() {
  std::string text;
  for (const std::string &file : options->plugins)
    text += " --load-pass-plugin=" + file;
  return text;
}

} // namespace mx::tools
