// Decorations and execution modes. Without NoContraction a driver may rewrite (x + y) - y or fuse a * b + c; without
// SignedZeroInfNanPreserve it may take NaN for impossible. Aliased: outputs may take the place of inputs.
#include "codegen/spirv/SpirvPipeline.h"

#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"

using namespace mlir;

namespace mx::codegen {

void decorate(spirv::ModuleOp module) {
  MLIRContext *ctx = module.getContext();
  Builder b(ctx);
  module.walk([&](Operation *op) {
    if (isa<spirv::FAddOp, spirv::FSubOp, spirv::FMulOp, spirv::FDivOp, spirv::FNegateOp, spirv::FRemOp, spirv::FModOp, spirv::GLFmaOp,
            spirv::GLSqrtOp>(op))
      op->setAttr("no_contraction", b.getUnitAttr());
  });
  for (auto func : module.getOps<spirv::FuncOp>()) {
    auto inputs = func->getAttrOfType<IntegerAttr>("mxp.inputs"), buffers = func->getAttrOfType<IntegerAttr>("mxp.buffers");
    func.walk([&](spirv::AddressOfOp address) {
      auto variable = module.lookupSymbol<spirv::GlobalVariableOp>(address.getVariable());
      auto binding = variable->getAttrOfType<IntegerAttr>("binding");
      if (!binding || !inputs || !buffers)
        return;
      variable->setAttr("aliased", b.getUnitAttr());
      if (binding.getInt() < inputs.getInt() || binding.getInt() >= buffers.getInt())
        variable->setAttr("non_writable", b.getUnitAttr());
    });
  }
  if (!spirv::TargetEnv(spirv::lookupTargetEnvOrDefault(module)).allows(spirv::Capability::SignedZeroInfNanPreserve))
    return;
  OpBuilder builder(ctx);
  for (auto entry : llvm::to_vector(module.getOps<spirv::EntryPointOp>())) {
    builder.setInsertionPointAfter(entry);
    builder.create<spirv::ExecutionModeOp>(entry.getLoc(), module.lookupSymbol<spirv::FuncOp>(entry.getFn()),
                                           spirv::ExecutionMode::SignedZeroInfNanPreserve, ArrayRef<int32_t>{32});
  }
}

} // namespace mx::codegen
