// Passes around lowerKernelToGpu and lowerToSpirv, for mx-opt and mxc: every kernel of a program in one module.
#include "codegen/spirv/SpirvPipeline.h"

#include "codegen/spirv/SpirvText.h"
#include "ir/Blame.h"
#include "passes/Pipelines.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

namespace mx::codegen {

gpu::GPUModuleOp createGpuModule(ModuleOp module, const SpirvTarget &target) {
  module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(), UnitAttr::get(module.getContext()));
  module->setAttr(spirv::getTargetEnvAttrName(), target.environment(module.getContext(), /*addresses=*/false));
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  return b.create<gpu::GPUModuleOp>(module.getLoc(), "kernels");
}

void describeEntries(ir::program::KernelOp kernel, const LoweredGpuKernel &lowered, gpu::GPUModuleOp module,
                     const SpirvTarget &target) {
  Builder b(kernel.getContext());
  Block &body = kernel.getBody().front();
  const int64_t inputs = body.getNumArguments(), outputs = body.getTerminator()->getNumOperands();
  const bool hasScratch = !lowered.scratchBytes.is(0);
  for (const GpuEntry &entry : lowered.entries) {
    auto func = module.lookupSymbol<gpu::GPUFuncOp>(entry.name);
    func->setAttr("mxp.scalars", ir::DimsAttr::get(b.getContext(), lowered.scalars));
    if (hasScratch)
      func->setAttr("mxp.scratch_bytes", ir::DimsAttr::get(b.getContext(), lowered.scratchBytes));
    func->setAttr("mxp.inputs", b.getI64IntegerAttr(inputs));
    func->setAttr("mxp.buffers", b.getI64IntegerAttr(inputs + outputs + hasScratch + lowered.checksIndices));
    if (lowered.byAddress)
      func->setAttr("mxp.by_address", b.getUnitAttr());
  }
  if (lowered.byAddress)
    module->setAttr(spirv::getTargetEnvAttrName(), target.environment(b.getContext(), /*addresses=*/true));
}

void registerSpirvDialects(DialectRegistry &registry) {
  registry.insert<gpu::GPUDialect, spirv::SPIRVDialect, arith::ArithDialect, math::MathDialect, memref::MemRefDialect, scf::SCFDialect, ub::UBDialect, vector::VectorDialect>();
}

namespace {

struct LowerKernelsToGpu : PassWrapper<LowerKernelsToGpu, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerKernelsToGpu)
  LowerKernelsToGpu() = default;
  LowerKernelsToGpu(const LowerKernelsToGpu &other) : PassWrapper(other) {}
  explicit LowerKernelsToGpu(StringRef name) { targetName = name.str(); }

  StringRef getArgument() const override { return "mx-lower-kernels-to-gpu"; }
  StringRef getDescription() const override { return "Lowers the kernels of a program to GPU functions."; }
  void getDependentDialects(DialectRegistry &registry) const override { registerSpirvDialects(registry); }

  void runOnOperation() override {
    auto target = spirvTarget(targetName);
    if (!target) {
      ir::emitInputError(getOperation()) << target.error().message;
      return signalPassFailure();
    }
    OwningOpRef<ModuleOp> tiled = ModuleOp::create(getOperation().getLoc());
    gpu::GPUModuleOp functions = createGpuModule(*tiled, *target);
    for (auto kernel : getOperation().getOps<ir::program::KernelOp>()) {
      auto lowered = lowerKernelToGpu(kernel, functions, *target);
      if (failed(lowered))
        return signalPassFailure();
      describeEntries(kernel, *lowered, functions, *target);
    }
    getOperation()->setAttrs(tiled.get()->getAttrDictionary());
    getOperation().getBodyRegion().takeBody(tiled->getBodyRegion());
  }

  Option<std::string> targetName{*this, "target", llvm::cl::desc("vulkan1.2 or lavapipe, and what it differs in, as spirvTarget reads it"),
                                 llvm::cl::init("vulkan1.2")};
};

struct LowerGpuEntries : PassWrapper<LowerGpuEntries, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerGpuEntries)
  StringRef getArgument() const override { return "mx-lower-gpu-entries"; }
  StringRef getDescription() const override { return "Lowers GPU functions to spirv.module."; }
  void getDependentDialects(DialectRegistry &registry) const override { registerSpirvDialects(registry); }
  void runOnOperation() override {
    if (failed(lowerToSpirv(getOperation())))
      signalPassFailure();
  }
};

struct EmitSpirv : PassWrapper<EmitSpirv, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(EmitSpirv)
  StringRef getArgument() const override { return "mx-emit-spirv"; }
  StringRef getDescription() const override { return "Serializes and validates each spirv.module, to see whether that works."; }
  void runOnOperation() override {
    for (auto module : getOperation().getOps<spirv::ModuleOp>()) {
      auto words = serializeSpirv(module);
      rt::Status valid = words ? validateSpirv(*words) : rt::Status(words.error());
      if (valid)
        continue;
      module.emitError(valid.error().message);
      return signalPassFailure();
    }
  }
};

struct PipelineOptions : PassPipelineOptions<PipelineOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("as for mx-lower-kernels-to-gpu"), llvm::cl::init("vulkan1.2")};
};

} // namespace

std::unique_ptr<Pass> createLowerKernelsToGpu(StringRef target) { return std::make_unique<LowerKernelsToGpu>(target); }
std::unique_ptr<Pass> createLowerGpuEntries() { return std::make_unique<LowerGpuEntries>(); }

void registerSpirvPasses() {
  PassRegistration<LowerKernelsToGpu>();
  PassRegistration<LowerGpuEntries>();
  PassRegistration<EmitSpirv>();
  PassPipelineRegistration<PipelineOptions>("mx-to-spirv", "From phase traced to SPIR-V.", [](OpPassManager &pm, const PipelineOptions &options) {
    passes::addPassesToCore(pm);
    passes::addPassesToFused(pm);
    passes::addPassesToProgram(pm);
    pm.addPass(createLowerKernelsToGpu(options.target));
    pm.addPass(createLowerGpuEntries());
  });
}

} // namespace mx::codegen
