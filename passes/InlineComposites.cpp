// Opens composites by their decompositions, and those inside them, by one worklist.
#include "passes/Passes.h"

#include "mlir/IR/IRMapping.h"

namespace mx::passes {
#define GEN_PASS_DEF_INLINECOMPOSITES
#include "passes/Passes.h.inc"

namespace {

using namespace mlir;

struct InlineComposites : impl::InlineCompositesBase<InlineComposites> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    llvm::SetVector<func::FuncOp> opened;
    // A decomposition may hold composites itself: work until none is left. The verifier guarantees that symbols
    // resolve; a decomposition that reaches itself would never end.
    SmallVector<ir::CompositeOp> worklist;
    getOperation().walk([&](ir::CompositeOp op) { worklist.push_back(op); });
    const size_t limit = 1 << 20;
    for (size_t opens = 0; !worklist.empty(); ++opens) {
      if (opens == limit) {
        worklist.back().emitOpError("decomposes into itself");
        return signalPassFailure();
      }
      ir::CompositeOp op = worklist.pop_back_val();
      auto func = symbols.lookup<func::FuncOp>(op.getDecomposition());
      opened.insert(func);
      OpBuilder b(op);
      IRMapping map;
      map.map(func.getArguments(), op.getInputs());
      for (Operation &inner : func.getBody().front().without_terminator()) {
        Operation *copy = b.clone(inner, map);
        if (auto nested = dyn_cast<ir::CompositeOp>(copy))
          worklist.push_back(nested);
      }
      Operation *ret = func.getBody().front().getTerminator();
      for (auto [result, value] : llvm::zip_equal(op.getResults(), ret->getOperands()))
        result.replaceAllUsesWith(map.lookupOrDefault(value));
      op.erase();
    }
    for (func::FuncOp func : opened)
      if (func.isPrivate() && SymbolTable::symbolKnownUseEmpty(func, getOperation()))
        symbols.erase(func);
  }
};

} // namespace
} // namespace mx::passes
