// Passes around lowerKernel and lowerToLLVM. A kernel's symbol and its entry's may be one name, so that entries are
// built beside the program and replace it at the end.
#include "codegen/LowerKernels.h"

#include "codegen/Compiler.h"
#include "codegen/cpu/CpuPipeline.h"
#include "codegen/cpu/ObjectLinker.h"
#include "ir/Blame.h"
#include "passes/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

namespace mx::codegen {
namespace {

void describe(ModuleOp entries, const LoweredKernel &kernel) {
  Builder b(entries.getContext());
  for (const LoweredEntry &entry : kernel.entries) {
    auto func = entries.lookupSymbol<func::FuncOp>(entry.name);
    func->setAttr("mxp.units", ir::DimsAttr::get(b.getContext(), entry.units));
    func->setAttr("mxp.scalars", ir::DimsAttr::get(b.getContext(), kernel.scalars));
    if (entry.threadScratchBytes)
      func->setAttr("mxp.scratch_bytes", b.getI64IntegerAttr(entry.threadScratchBytes));
  }
}

struct LowerKernels : PassWrapper<LowerKernels, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerKernels)
  LowerKernels() = default;
  LowerKernels(const LowerKernels &other) : PassWrapper(other) {}
  explicit LowerKernels(StringRef name) { target = name.str(); }

  StringRef getArgument() const override { return "mx-lower-kernels"; }
  StringRef getDescription() const override { return "Lowers the kernels of a program to loops and vectors on memory."; }
  void getDependentDialects(DialectRegistry &registry) const override { registerDialects(registry); }

  void runOnOperation() override {
    auto cpu = cpuTarget(target);
    if (!cpu) {
      ir::emitInputError(getOperation()) << "the target '" << target << "' is none of native, x86-64, x86-64-v3, x86-64-v4";
      return signalPassFailure();
    }
    cpu->lowering.checkIndices = checkIndices;
    cpu->lowering.math.exact = exact;
    OwningOpRef<ModuleOp> entries = ModuleOp::create(getOperation().getLoc());
    for (auto kernel : getOperation().getOps<ir::program::KernelOp>()) {
      auto lowered = lowerKernel(kernel, *entries, cpu->lowering);
      if (failed(lowered))
        return signalPassFailure();
      describe(*entries, *lowered);
    }
    getOperation().getBodyRegion().takeBody(entries->getBodyRegion());
  }

  Option<std::string> target{*this, "target", llvm::cl::desc("native, x86-64, x86-64-v3 or x86-64-v4"), llvm::cl::init("native")};
  Option<bool> checkIndices{*this, "check-indices", llvm::cl::desc("Kernels fail on an index out of range, as with MX_CHECK=1"), llvm::cl::init(false)};
  Option<bool> exact{*this, "exact", llvm::cl::desc("Nothing is computed with fused multiply-adds, as with set_exact"), llvm::cl::init(false)};
};

struct LowerEntries : PassWrapper<LowerEntries, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerEntries)
  StringRef getArgument() const override { return "mx-lower-entries"; }
  StringRef getDescription() const override { return "Lowers kernel entries to the llvm dialect and the kernel ABI."; }
  void getDependentDialects(DialectRegistry &registry) const override { registerDialects(registry); }
  void runOnOperation() override {
    if (failed(lowerToLLVM(getOperation())))
      signalPassFailure();
  }
};

struct EmitObject : PassWrapper<EmitObject, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(EmitObject)
  EmitObject() = default;
  EmitObject(const EmitObject &other) : PassWrapper(other) {}

  StringRef getArgument() const override { return "mx-emit-object"; }
  StringRef getDescription() const override { return "Compiles and links a module of the llvm dialect, to see whether that works."; }
  void runOnOperation() override {
    auto cpu = cpuTarget(target);
    if (!cpu) {
      ir::emitInputError(getOperation()) << "the target '" << target << "' is none of native, x86-64, x86-64-v3, x86-64-v4";
      return signalPassFailure();
    }
    std::vector<std::string> entries;
    for (auto func : getOperation().getOps<LLVM::LLVMFuncOp>())
      if (func->hasAttr("mxp.units"))
        entries.push_back(func.getName().str());
    auto code = compileToObject(getOperation(), *cpu, /*listings=*/false);
    auto linked = code ? linkObject(std::as_bytes(std::span(code->object.data(), code->object.size())), entries) : rt::Result<LinkedObject>(code.error());
    if (linked)
      return;
    getOperation().emitError(linked.error().message);
    signalPassFailure();
  }

  Option<std::string> target{*this, "target", llvm::cl::desc("native, x86-64, x86-64-v3 or x86-64-v4"), llvm::cl::init("native")};
};

struct PipelineOptions : PassPipelineOptions<PipelineOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("native, x86-64, x86-64-v3 or x86-64-v4"), llvm::cl::init("native")};
};

void addPassesToTiled(OpPassManager &pm, const PipelineOptions &options) {
  passes::addPhases(pm, passes::Phase::Program);
  pm.addPass(createLowerKernels(options.target));
}

} // namespace

std::unique_ptr<Pass> createLowerKernels(StringRef target) { return std::make_unique<LowerKernels>(target); }
std::unique_ptr<Pass> createLowerEntries() { return std::make_unique<LowerEntries>(); }

void registerKernelPasses() {
  PassRegistration<LowerKernels>();
  PassRegistration<LowerEntries>();
  PassRegistration<EmitObject>();
  PassPipelineRegistration<PipelineOptions>("mx-to-tiled", "From phase traced to the entries of its kernels.", addPassesToTiled);
  PassPipelineRegistration<PipelineOptions>("mx-to-target", "From phase traced to the llvm dialect.",
                                            [](OpPassManager &pm, const PipelineOptions &options) {
                                              addPassesToTiled(pm, options);
                                              pm.addPass(createLowerEntries());
                                            });
}

} // namespace mx::codegen
