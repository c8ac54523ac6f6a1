// mx-reduce: makes a program of phase traced smaller as long as a script says, by a nonzero exit, that it is still interesting.
// The script is mx-still-wrong unless another is named: the compiled program computes something else than the interpreter.
// MLIR's own reductions are there by name.
#include "codegen/Compiler.h"
#include "tools/CommandLine.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Reducer/Passes.h"
#include "mlir/Reducer/Tester.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mx;

namespace {

namespace cl = llvm::cl;
cl::OptionCategory category("mx-reduce options");
cl::opt<std::string> input(cl::Positional, cl::desc("<input .mlir, - for standard input>"), cl::init("-"), cl::cat(category));
cl::opt<std::string> output("o", cl::desc("Output file, - for standard output"), cl::value_desc("file"), cl::init("-"), cl::cat(category));
cl::opt<std::string> testScript("test", cl::desc("The script; it gets a file, and exits with another status than 0 when that is interesting. "
                                                 "mx-still-wrong when none is named, which runs mxc --check"), cl::value_desc("file"), cl::cat(category));
cl::list<std::string> testArguments("test-arg", cl::desc("An argument of the script before the file; may be repeated. Those of mx-still-wrong are options of mxc"),
                                    cl::value_desc("argument"), cl::cat(category));

int fail(const llvm::Twine &message) {
  llvm::errs() << "mx-reduce: error: " << message << "\n";
  return EXIT_FAILURE;
}

/// What may stand for an op.
enum class Stand { FirstOperand, LastOperand, Constant };

std::vector<Operation *> opsOf(ModuleOp module) {
  std::vector<Operation *> ops;
  for (auto func : module.getOps<func::FuncOp>())
    func.walk([&](Operation *op) {
      if (ir::rowOf(op) && op->getNumResults() == 1)
        ops.push_back(op);
    });
  return ops;
}

Value standFor(Operation *op, Stand stand) {
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (stand != Stand::Constant) {
    SmallVector<Value> operands(op->getOperands());
    if (stand == Stand::LastOperand)
      std::reverse(operands.begin(), operands.end());
    for (Value operand : operands)
      if (operand.getType() == type)
        return operand;
    // A result may be of any type.
    const bool returned = llvm::all_of(op->getUsers(), [](Operation *user) { return isa<func::ReturnOp>(user); });
    return returned && !operands.empty() ? operands.front() : Value();
  }
  const auto dtype = type ? ir::toDType(type.getElementType()) : std::nullopt;
  if (!dtype || !type.hasStaticShape() || rt::isComplex(*dtype))
    return {};
  OpBuilder b(op);
  Attribute one = isa<FloatType>(type.getElementType()) ? Attribute(b.getFloatAttr(type.getElementType(), 1))
                                                        : Attribute(b.getIntegerAttr(type.getElementType(), 1));
  return b.create<ir::ConstantOp>(op->getLoc(), type, DenseElementsAttr::get(type, one));
}

bool isComputed(Value v) { return v.getDefiningOp() && !isa<ir::ConstantOp>(v.getDefiningOp()); }

/// Drops what nothing reads: ops, results that are there twice or that nothing computes as long as one is left, arguments.
void trim(func::FuncOp func) {
  Block &body = func.getBody().front();
  Operation *ret = body.getTerminator();
  BitVector results(ret->getNumOperands()), arguments(func.getNumArguments());
  llvm::SmallPtrSet<Value, 8> seen;
  for (OpOperand &operand : ret->getOpOperands())
    if (!isComputed(operand.get()) || !seen.insert(operand.get()).second)
      results.set(operand.getOperandNumber());
  if (results.all() && results.any())
    results.reset(0);
  ret->eraseOperands(results);
  func.eraseResults(results);
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (&op != ret && op.use_empty())
      op.erase();
  for (BlockArgument argument : body.getArguments())
    if (argument.use_empty())
      arguments.set(argument.getArgNumber());
  func.eraseArguments(arguments);
  func.setType(FunctionType::get(func.getContext(), body.getArgumentTypes(), ret->getOperandTypes()));
}

struct Reduction : PassWrapper<Reduction, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Reduction)
  Reduction() = default;
  Reduction(const Reduction &other) : PassWrapper(other) {}

  StringRef getArgument() const override { return "mx-reduction"; }
  StringRef getDescription() const override { return "Replaces ops by operands or constants while a script finds the program interesting."; }

  void runOnOperation() override {
    const std::string script = this->script.empty() ? testScript : this->script;
    auto arguments = this->arguments.empty() ? ArrayRef<std::string>(testArguments) : ArrayRef<std::string>(this->arguments);
    if (!llvm::sys::fs::can_execute(script)) {
      (void)fail("the script '" + script + "' cannot be run");
      return signalPassFailure();
    }
    const Tester tester(script, arguments);
    if (!isInteresting(tester, getOperation())) {
      (void)fail("the program is not interesting as it is: " + script + " exits with 0");
      return signalPassFailure();
    }
    const size_t before = computed(getOperation());
    (void)attempt(tester, [](ModuleOp) {});
    for (bool smaller = true; smaller;) {
      smaller = false;
      for (size_t chunk = opsOf(getOperation()).size(); chunk > 0; chunk /= 2)
        smaller |= replaceChunks(tester, chunk);
    }
    llvm::errs() << "mx-reduce: " << before << " ops became " << computed(getOperation()) << ", " << tests << " programs tried\n";
  }

private:
  bool isInteresting(const Tester &tester, ModuleOp module) {
    ++tests;
    return tester.isInteresting(module).first == Tester::Interestingness::True;
  }

  /// Ops but constants.
  static size_t computed(ModuleOp module) {
    return llvm::count_if(opsOf(module), [](Operation *op) { return isComputed(op->getResult(0)); });
  }

  /// Replaces `chunk` neighbours at a time wherever the program stays interesting.
  bool replaceChunks(const Tester &tester, size_t chunk) {
    bool smaller = false;
    for (size_t first = 0; first < opsOf(getOperation()).size();) {
      bool replaced = false;
      for (Stand stand : {Stand::FirstOperand, Stand::LastOperand, Stand::Constant})
        replaced = replaced || attempt(tester, [&](ModuleOp module) {
          const std::vector<Operation *> ops = opsOf(module);
          for (size_t i = first; i < std::min(first + chunk, ops.size()); ++i)
            if (Value value = isComputed(ops[i]->getResult(0)) ? standFor(ops[i], stand) : Value())
              ops[i]->getResult(0).replaceAllUsesWith(value);
        });
      smaller |= replaced;
      first += replaced ? 0 : chunk;
    }
    return smaller;
  }

  /// Edits a copy, and keeps it when it is smaller and interesting.
  bool attempt(const Tester &tester, llvm::function_ref<void(ModuleOp)> edit) {
    OwningOpRef<ModuleOp> copy = getOperation().clone();
    edit(*copy);
    for (auto func : copy->getOps<func::FuncOp>())
      if (!func.isExternal())
        trim(func);
    if (computed(*copy) >= computed(getOperation()) || !isInteresting(tester, *copy))
      return false;
    getOperation().getBodyRegion().takeBody(copy->getBodyRegion());
    return true;
  }

  Option<std::string> script{*this, "test", cl::desc("The script, unless it is that of the command line")};
  ListOption<std::string> arguments{*this, "test-arg", cl::desc("Its arguments, unless they are those of the command line")};
  size_t tests = 0;
};

/// The exit status.
int reduce(MLIRContext &context, const PassPipelineCLParser &passes) {
  std::string problem;
  std::optional<tools::Files> files = tools::openFiles(input, output, problem);
  if (!files)
    return fail(problem);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(files->in), llvm::SMLoc());
  SourceMgrDiagnosticHandler diagnostics(sources, &context, llvm::errs());
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, &context);
  if (!module)
    return EXIT_FAILURE;
  PassManager pm(&context, ModuleOp::getOperationName());
  if (!passes.hasAnyOccurrences())
    pm.addPass(std::make_unique<Reduction>());
  else if (failed(passes.addToPipeline(pm, [](const Twine &message) { return fail(message), failure(); })))
    return EXIT_FAILURE;
  if (failed(pm.run(*module)))
    return EXIT_FAILURE;
  module->print(files->out->os());
  files->out->keep();
  return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  SmallString<256> beside(llvm::sys::fs::getMainExecutable(argv[0], reinterpret_cast<void *>(&reduce)));
  llvm::sys::path::remove_filename(beside);
  llvm::sys::path::append(beside, "mx-still-wrong");
  testScript = beside.str().str();
  registerReducerPasses();
  registerTransformsPasses();
  PassRegistration<Reduction>();
  const PassPipelineCLParser passes("", "Reductions to run, one after the other; mx-reduction when none is named");
  tools::showInHelp(category, {"pass-pipeline"});
  cl::ParseCommandLineOptions(argc, argv, "Makes a program smaller that a script finds interesting\n");
  DialectRegistry registry;
  codegen::registerDialects(registry);
  MLIRContext context(registry);
  return reduce(context, passes);
}
