// Decorations and execution modes. Without NoContraction a driver may rewrite (x + y) - y or fuse a * b + c; without
// SignedZeroInfNanPreserve it may take NaN for impossible. Aliased: outputs may take the place of inputs.
#include "codegen/spirv/SpirvPipeline.h"

#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"

#include <set>

using namespace mlir;

namespace mx::codegen {

// Widths of the floats that a function computes with, in ascending order.
static std::set<int32_t> floatWidthsOf(spirv::FuncOp func) {
  std::set<int32_t> widths;
  func.walk([&](Operation *op) {
    for (Type type : op->getResultTypes())
      if (auto real = dyn_cast<FloatType>(getElementTypeOrSelf(type)))
        widths.insert(real.getWidth());
  });
  return widths;
}

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
    auto func = module.lookupSymbol<spirv::FuncOp>(entry.getFn());
    builder.setInsertionPointAfter(entry);
    for (int32_t width : floatWidthsOf(func))
      builder.create<spirv::ExecutionModeOp>(entry.getLoc(), func, spirv::ExecutionMode::SignedZeroInfNanPreserve, ArrayRef<int32_t>{width});
  }
}

} // namespace mx::codegen
