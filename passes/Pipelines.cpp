// Which pass stands where, and what each phase may contain.
#include "passes/Pipelines.h"

#include "passes/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace mx::passes {
#define GEN_PASS_DEF_VERIFYPHASE
#include "passes/Passes.h.inc"

StringRef nameOf(Phase phase) {
  static constexpr StringRef names[] = {"traced", "core", "fused", "program"};
  return names[static_cast<int>(phase)];
}

void addPassesToCore(OpPassManager &pm, bool simplify) {
  // First: everything after sees through composites.
  pm.addPass(createInlineComposites());
  // Before CSE, so that two casts or broadcasts of one value become one.
  pm.addNestedPass<func::FuncOp>(createExplicitTypes());
  if (!simplify)
    return;
  // The simplifier folds constants and drops dead ops; CSE merges what the user wrote twice.
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}

void addPassesToFused(OpPassManager &pm, bool fuse, int64_t chainElements) {
  FormFusionsOptions options;
  if (!fuse)
    options.maxOps = 1;
  pm.addNestedPass<func::FuncOp>(createFormFusions(options));
  if (fuse && chainElements > 0) {
    FormChainsOptions chains;
    chains.maxElements = chainElements;
    pm.addNestedPass<func::FuncOp>(createFormChains(chains));
  }
}

void addPassesToProgram(OpPassManager &pm) {
  pm.addPass(createOutlineKernels());
  pm.addNestedPass<func::FuncOp>(createPlanMemory());
}

namespace {

// What programs are made of in every phase: functions of one block over tensors of mx's element types.
LogicalResult verifyProgramOp(Operation *op) {
  const StringRef dialect = op->getName().getDialectNamespace();
  if (dialect != "mx" && dialect != "mxp" && !isa<ModuleOp, func::FuncOp, func::ReturnOp>(op))
    return op->emitOpError("is no op of a program");
  auto verifyType = [&](Type type, const char *what) -> LogicalResult {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !ir::toDType(tensor.getElementType()))
      return op->emitOpError("has ") << what << " that is no tensor of mx: " << type;
    if (std::string problem = ir::unnamedSizes(tensor); !problem.empty())
      return op->emitOpError("has ") << what << " of unknown size: " << problem;
    return success();
  };
  for (Region &region : op->getRegions()) {
    if (isa<func::FuncOp>(op) && !region.empty() && !llvm::hasSingleElement(region))
      return op->emitOpError("has more than one block");
    for (Type type : region.empty() ? TypeRange() : TypeRange(region.getArgumentTypes()))
      if (failed(verifyType(type, "an argument")))
        return failure();
  }
  for (Type type : op->getResultTypes())
    if (failed(verifyType(type, "a result")))
      return failure();
  return success();
}

LogicalResult verifyInPhase(Operation *op, Phase phase) {
  auto refuse = [&](const char *why) {
    return op->emitOpError("is not legal in phase ") << nameOf(phase) << ": " << why;
  };
  if (isa<ir::CompositeOp>(op) && phase != Phase::Traced)
    return refuse("composites are opened before");
  if (isa<ir::FusionOp>(op) && phase == Phase::Program && !op->getParentOfType<ir::program::KernelOp>())
    return refuse("fusions are outlined before");
  const ir::OpRow *row = ir::rowOf(op);
  if (row && phase >= Phase::Fused && !op->getParentOfType<ir::FusionOp>() && !op->getParentOfType<ir::program::KernelOp>())
    return refuse("compute lies inside a fusion or kernel");
  if (row && row->isElementwise() && phase != Phase::Traced)
    for (Value v : op->getOperands())
      if (ir::dimsOf(v) != ir::dimsOf(op->getResult(0)))
        return refuse("broadcasts are explicit");
  return success();
}

} // namespace

LogicalResult verifyPhase(ModuleOp module, Phase phase) {
  LogicalResult result = success();
  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (failed(verifyProgramOp(op)) || failed(verifyInPhase(op, phase)))
      result = failure();
  });
  return result;
}

namespace {

struct VerifyPhase : impl::VerifyPhaseBase<VerifyPhase> {
  using Base::Base;
  void runOnOperation() override {
    for (Phase p : {Phase::Traced, Phase::Core, Phase::Fused, Phase::Program})
      if (nameOf(p) == phase)
        return failed(verifyPhase(getOperation(), p)) ? signalPassFailure() : void();
    getOperation().emitError("there is no phase '") << phase << "'";
    signalPassFailure();
  }
};

} // namespace

void addPhases(OpPassManager &pm, Phase last) {
  auto verify = [&](Phase phase) { pm.addPass(createVerifyPhase({nameOf(phase).str()})); };
  verify(Phase::Traced);
  for (Phase phase : {Phase::Core, Phase::Fused, Phase::Program}) {
    if (phase > last)
      break;
    phase == Phase::Core ? addPassesToCore(pm) : phase == Phase::Fused ? addPassesToFused(pm) : addPassesToProgram(pm);
    verify(phase);
  }
}

void registerPipelines() {
  PassPipelineRegistration<>("mx-to-core", "From phase traced to core.", [](OpPassManager &pm) { addPhases(pm, Phase::Core); });
  PassPipelineRegistration<>("mx-to-fused", "From phase traced to fused.", [](OpPassManager &pm) { addPhases(pm, Phase::Fused); });
  PassPipelineRegistration<>("mx-to-program", "From phase traced to program.", [](OpPassManager &pm) { addPhases(pm, Phase::Program); });
}

} // namespace mx::passes
