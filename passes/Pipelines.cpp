// Which pass stands where, and what each phase may contain.
#include "passes/Pipelines.h"

#include "passes/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace mx::passes {

StringRef nameOf(Phase phase) {
  static constexpr StringRef names[] = {"traced", "core", "fused", "program"};
  return names[static_cast<int>(phase)];
}

void addPassesToCore(OpPassManager &pm) {
  // First: everything after sees through composites.
  pm.addPass(createInlineComposites());
  // Before CSE, so that two casts or broadcasts of one value become one.
  pm.addNestedPass<func::FuncOp>(createExplicitTypes());
  // The simplifier folds constants and drops dead ops; CSE merges what the user wrote twice.
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}

void addPassesToFused(OpPassManager &pm, bool fuse) {
  FormFusionsOptions options;
  if (!fuse)
    options.maxOps = 1;
  pm.addNestedPass<func::FuncOp>(createFormFusions(options));
}

void addPassesToProgram(OpPassManager &pm) {
  pm.addPass(createOutlineKernels());
  pm.addNestedPass<func::FuncOp>(createPlanMemory());
}

LogicalResult verifyPhase(ModuleOp module, Phase phase) {
  LogicalResult result = success();
  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    auto refuse = [&](const char *why) {
      op->emitOpError("is not legal in phase ") << nameOf(phase) << ": " << why;
      result = failure();
    };
    if (isa<ir::CompositeOp>(op) && phase != Phase::Traced)
      refuse("composites are opened before");
    if (isa<ir::FusionOp>(op) && phase == Phase::Program)
      refuse("fusions are outlined before");
    const ir::OpRow *row = ir::rowOf(op);
    if (row && phase >= Phase::Fused && !op->getParentOfType<ir::FusionOp>() && !op->getParentOfType<ir::program::KernelOp>())
      refuse("compute lies inside a fusion or kernel");
    if (row && row->isElementwise() && phase != Phase::Traced)
      for (Value v : op->getOperands())
        if (ir::dimsOf(v) != ir::dimsOf(op->getResult(0))) {
          refuse("broadcasts are explicit");
          break;
        }
  });
  return result;
}

void registerPipelines() {
  PassPipelineRegistration<>("mx-to-core", "From phase traced to core.", addPassesToCore);
  PassPipelineRegistration<>("mx-to-fused", "From phase traced to fused.", [](OpPassManager &pm) {
    addPassesToCore(pm);
    addPassesToFused(pm);
  });
  PassPipelineRegistration<>("mx-to-program", "From phase traced to program.", [](OpPassManager &pm) {
    addPassesToCore(pm);
    addPassesToFused(pm);
    addPassesToProgram(pm);
  });
}

} // namespace mx::passes
