// mx-reduce: MLIR's reducer for programs of phase traced. --mx-reduction makes a program smaller as long as a script says, by a
// nonzero exit, that it is still interesting; mx-still-wrong is such a script.
#include "codegen/Compiler.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Reducer/Passes.h"
#include "mlir/Reducer/Tester.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mx;

namespace {

/// What may stand for an op.
enum class Stand { Operand, Constant };

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
  if (stand == Stand::Operand) {
    for (Value operand : op->getOperands())
      if (operand.getType() == type)
        return operand;
    // A result may be of any type.
    const bool returned = llvm::all_of(op->getUsers(), [](Operation *user) { return isa<func::ReturnOp>(user); });
    return returned && op->getNumOperands() ? op->getOperand(0) : Value();
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

/// Drops what nothing reads: ops, results that nothing computes as long as one is left, arguments.
void trim(func::FuncOp func) {
  Block &body = func.getBody().front();
  Operation *ret = body.getTerminator();
  BitVector results(ret->getNumOperands()), arguments(func.getNumArguments());
  for (OpOperand &operand : ret->getOpOperands())
    if (!isComputed(operand.get()))
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
    const Tester tester(script, SmallVector<std::string>(arguments.begin(), arguments.end()));
    if (tester.isInteresting(getOperation()).first != Tester::Interestingness::True) {
      getOperation().emitError("the program is not interesting as it is: ") << script << " exits with 0";
      return signalPassFailure();
    }
    (void)attempt(tester, [](ModuleOp) {});
    for (bool smaller = true; smaller;) {
      smaller = false;
      for (size_t chunk = opsOf(getOperation()).size(); chunk > 0; chunk /= 2)
        smaller |= replaceChunks(tester, chunk);
    }
  }

private:
  /// Replaces `chunk` neighbours at a time wherever the program stays interesting.
  bool replaceChunks(const Tester &tester, size_t chunk) {
    bool smaller = false;
    for (size_t first = 0; first < opsOf(getOperation()).size();) {
      bool replaced = false;
      for (Stand stand : {Stand::Operand, Stand::Constant})
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
    auto computed = [](ModuleOp module) {
      return llvm::count_if(opsOf(module), [](Operation *op) { return isComputed(op->getResult(0)); });
    };
    if (computed(*copy) >= computed(getOperation()) || tester.isInteresting(*copy).first != Tester::Interestingness::True)
      return false;
    getOperation().getBodyRegion().takeBody(copy->getBodyRegion());
    return true;
  }

  Option<std::string> script{*this, "test", llvm::cl::desc("The script; it gets a file, and exits with another status than 0 when that is interesting")};
  ListOption<std::string> arguments{*this, "test-arg", llvm::cl::desc("Further arguments of the script")};
};

} // namespace

int main(int argc, char **argv) {
  DialectRegistry registry;
  codegen::registerDialects(registry);
  registerReducerPasses();
  registerTransformsPasses();
  PassRegistration<Reduction>();
  MLIRContext context(registry);
  return failed(mlirReduceMain(argc, argv, context));
}
