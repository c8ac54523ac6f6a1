// Opens composites by their decompositions, innermost first: what is inlined holds no composite. The last user of a
// decomposition takes its ops, others copy them.
#include "ir/Blame.h"
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
    // How often each symbol is named, by composites or others; unknown while an op may be a symbol table of its own.
    llvm::DenseMap<Operation *, int64_t> uses;
    if (auto all = SymbolTable::getSymbolUses(&getOperation().getBodyRegion()))
      for (SymbolTable::SymbolUse use : *all)
        ++uses[symbols.lookup(use.getSymbolRef().getLeafReference())];
    // Who names a decomposition, and how many composites it holds itself. The verifier guarantees that symbols resolve.
    llvm::MapVector<func::FuncOp, SmallVector<ir::CompositeOp>> callers;
    llvm::DenseMap<func::FuncOp, int64_t> closed;
    getOperation().walk([&](ir::CompositeOp op) {
      callers[symbols.lookup<func::FuncOp>(op.getDecomposition())].push_back(op);
      ++closed[op->getParentOfType<func::FuncOp>()];
    });
    SmallVector<func::FuncOp> ready;
    for (auto &[func, ops] : callers)
      if (!closed.contains(func))
        ready.push_back(func);
    size_t opened = 0;
    for (; opened < ready.size(); ++opened) {
      func::FuncOp func = ready[opened];
      for (ir::CompositeOp op : callers[func]) {
        auto parent = op->getParentOfType<func::FuncOp>();
        open(op, func, /*take=*/--uses[func] == 0 && func.isPrivate());
        if (--closed[parent] == 0 && callers.contains(parent))
          ready.push_back(parent);
      }
    }
    if (opened < callers.size()) {
      for (auto &[func, ops] : callers)
        if (closed.lookup(func) > 0) {
          ir::emitInputError(ops.front()) << "composite " << ops.front().getName() << " decomposes into itself";
          return signalPassFailure();
        }
    }
    for (func::FuncOp func : ready)
      if (func.isPrivate() && uses[func] == 0)
        symbols.erase(func);
  }

  /// Puts the ops of `func` before `op`, themselves when it may `take` them, and their results in the place of its own.
  void open(ir::CompositeOp op, func::FuncOp func, bool take) {
    OpBuilder b(op);
    IRMapping map;
    map.map(func.getArguments(), op.getInputs());
    Block &body = func.getBody().front();
    for (Operation &inner : llvm::make_early_inc_range(body.without_terminator())) {
      Operation *placed = take ? &inner : b.clone(inner, map);
      if (take) {
        placed->moveBefore(op);
        for (OpOperand &operand : placed->getOpOperands())
          operand.set(map.lookupOrDefault(operand.get()));
      }
      placed->setLoc(NameLoc::get(op.getNameAttr(), placed->getLoc()));
    }
    for (auto [result, value] : llvm::zip_equal(op.getResults(), body.getTerminator()->getOperands()))
      result.replaceAllUsesWith(map.lookupOrDefault(value));
    op.erase();
  }
};

} // namespace
} // namespace mx::passes
