// Ops are counted by name before and after each run of a pass, so that a row tells what came and went.
#include "tools/PassStatistics.h"

#include "tools/CommandLine.h"

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "llvm/Support/FormatVariadic.h"

#include <map>

using namespace mlir;
namespace cl = llvm::cl;

namespace mx::tools {
namespace {

struct Options {
  explicit Options(cl::OptionCategory &category)
      : statistics("pass-statistics", cl::desc("Print to standard error what each pass made of the number of ops"), cl::cat(category)),
        mlirs("mlir-pass-statistics", cl::desc("The same"), cl::aliasopt(statistics), cl::Hidden) {}
  cl::opt<bool> statistics;
  cl::alias mlirs;
};
Options *options = nullptr;

/// Ops by name; in the order of names, which is how they are printed.
using Census = std::map<std::string, int64_t>;

struct Row {
  std::string pass;
  Census before, after;
  bool failed = false;
};
std::vector<Row> rows;

class Counter : public PassInstrumentation {
public:
  void runBeforePass(Pass *pass, Operation *op) override {
    if (!isAdaptor(pass))
      rows.push_back({pass->getArgument().str(), census(op), {}});
  }
  void runAfterPass(Pass *pass, Operation *op) override {
    if (!isAdaptor(pass))
      rows.back().after = census(op);
  }
  void runAfterPassFailed(Pass *pass, Operation *) override {
    if (!isAdaptor(pass))
      rows.back().failed = true;
  }

private:
  // Which only runs the passes below it.
  static bool isAdaptor(Pass *pass) { return pass->getArgument().empty(); }
  static Census census(Operation *root) {
    Census counts;
    root->walk([&](Operation *op) { ++counts[op->getName().getStringRef().str()]; });
    return counts;
  }
};

int64_t total(const Census &census) {
  int64_t n = 0;
  for (const auto &[name, count] : census)
    n += count;
  return n;
}

/// `-2 mx.add, +1 mx.fusion`; empty for no change.
std::string changes(const Row &row) {
  std::string text;
  Census names = row.before;
  names.insert(row.after.begin(), row.after.end());
  for (const auto &[name, count] : names) {
    auto in = row.before.find(name), out = row.after.find(name);
    const int64_t change = (out == row.after.end() ? 0 : out->second) - (in == row.before.end() ? 0 : in->second);
    if (change != 0)
      text += llvm::formatv("{0}{1}{2} {3}", text.empty() ? "" : ", ", change > 0 ? "+" : "", change, name);
  }
  return text;
}

} // namespace

void registerPassStatistics(cl::OptionCategory &category) {
  removeOption("mlir-pass-statistics");
  removeOption("mlir-pass-statistics-display");
  options = new Options(category);
}

void countPasses(PassManager &pm) {
  if (!options->statistics)
    return;
  pm.getContext()->disableMultithreading();
  pm.addInstrumentation(std::make_unique<Counter>());
}

void printPassStatistics() {
  if (!options->statistics)
    return;
  llvm::errs() << llvm::formatv("{0,-32} {1,8} {2,8}  {3}\n", "pass", "ops in", "ops out", "changes");
  for (const Row &row : rows) {
    const std::string out = row.failed ? "failed" : std::to_string(total(row.after));
    const std::string line = llvm::formatv("{0,-32} {1,8} {2,8}  {3}", row.pass, total(row.before), out, row.failed ? "" : changes(row));
    llvm::errs() << StringRef(line).rtrim() << "\n";
  }
}

} // namespace mx::tools
