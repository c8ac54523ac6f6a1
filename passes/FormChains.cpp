// Neighbouring small fusions become one that runs them in turn. Unlike in any other fusion the results of its members are all
// stored: they meet in memory.
#include "passes/Passes.h"

#include "ir/program/KernelKind.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace mx::passes {
#define GEN_PASS_DEF_FORMCHAINS
#include "passes/Passes.h.inc"

namespace {

using namespace mlir;

// A matmul of K terms an element is as much work as an element-wise op on K / kTermsPerElement times as many.
constexpr int64_t kTermsPerElement = 16;

struct FormChains : impl::FormChainsBase<FormChains> {
  using Base::Base;

  void runOnOperation() override {
    if (getOperation().isExternal() || maxElements <= 0)
      return;
    SmallVector<ir::FusionOp> run;
    auto close = [&] {
      if (run.size() > 1)
        chain(run);
      run.clear();
    };
    for (Operation &op : llvm::make_early_inc_range(getOperation().getBody().front())) {
      auto fusion = dyn_cast<ir::FusionOp>(op);
      if (fusion && isSmall(fusion))
        run.push_back(fusion);
      else if (!isa<ir::ConstantOp>(op))
        close();
      if (int64_t(run.size()) == maxStages)
        close();
    }
  }

  bool isSmall(ir::FusionOp fusion) {
    auto fits = [&](Value v) {
      const ir::Dim n = ir::product(ir::dimsOf(v));
      return n.isConstant() && n.value() <= maxElements;
    };
    Block &body = fusion.getBody().front();
    if (!llvm::all_of(body.getArguments(), fits))
      return false;
    for (Operation &op : body.without_terminator()) {
      if (!llvm::all_of(op.getResults(), fits))
        return false;
      if (auto matmul = dyn_cast<ir::MatmulOp>(op)) {
        const ir::Dim work = ir::product(ir::dimsOf(matmul.getResult())) * ir::dimsOf(matmul->getOperand(0)).back();
        if (work.value() > kTermsPerElement * maxElements)
          return false;
      }
    }
    return true;
  }

  void chain(ArrayRef<ir::FusionOp> run) {
    llvm::SetVector<Value> inputs;
    SmallVector<Value> results;
    for (ir::FusionOp fusion : run) {
      for (Value v : fusion.getInputs())
        if (!llvm::is_contained(run, v.getDefiningOp<ir::FusionOp>()))
          inputs.insert(v);
      llvm::append_range(results, fusion.getResults());
    }
    OpBuilder b(run.back());
    auto whole = b.create<ir::FusionOp>(b.getFusedLoc(llvm::map_to_vector(run, [](ir::FusionOp f) { return f.getLoc(); })),
                                        ValueRange(results).getTypes(), inputs.getArrayRef(), ir::program::kChainKind, DictionaryAttr());
    Block *body = b.createBlock(&whole.getBody());
    IRMapping map;
    for (Value v : inputs)
      map.map(v, body->addArgument(v.getType(), v.getLoc()));
    for (ir::FusionOp fusion : run)
      b.clone(*fusion, map);
    b.create<ir::YieldOp>(whole.getLoc(), llvm::map_to_vector(results, [&](Value v) { return map.lookup(v); }));
    for (auto [before, after] : llvm::zip_equal(results, whole.getResults()))
      before.replaceAllUsesWith(after);
    for (ir::FusionOp fusion : llvm::reverse(run))
      fusion.erase();
  }
};

} // namespace
} // namespace mx::passes
