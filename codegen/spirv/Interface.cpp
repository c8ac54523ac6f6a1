// Operands become arguments of the entry with a binding each, scalars elements of the last buffer.
#include "codegen/spirv/SpirvPipeline.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"

using namespace mlir;

namespace mx::codegen {

void bindInterface(gpu::GPUFuncOp func) {
  MLIRContext *ctx = func.getContext();
  Location loc = func.getLoc();
  Block &entry = func.getBody().front();
  OpBuilder b(ctx);
  auto space = spirv::StorageClassAttr::get(ctx, spirv::StorageClass::StorageBuffer);
  SmallVector<Type> types;
  SmallVector<unsigned> bindings;
  auto argument = [&](unsigned binding, Type element) -> Value {
    types.push_back(MemRefType::get({ShapedType::kDynamic}, element, MemRefLayoutAttrInterface(), space));
    bindings.push_back(binding);
    return entry.addArgument(types.back(), loc);
  };
  SmallVector<ir::program::BufferOp> buffers(entry.getOps<ir::program::BufferOp>());
  llvm::stable_sort(buffers, [](ir::program::BufferOp x, ir::program::BufferOp y) { return x.getIndex() < y.getIndex(); });
  for (ir::program::BufferOp buffer : buffers) {
    buffer.replaceAllUsesWith(argument(buffer.getIndex(), cast<MemRefType>(buffer.getType()).getElementType()));
    buffer.erase();
  }
  SmallVector<ir::program::ScalarOp> scalars(entry.getOps<ir::program::ScalarOp>());
  if (!scalars.empty()) {
    Value memory = argument(func->getAttrOfType<IntegerAttr>("mxp.buffers").getInt(), b.getI32Type());
    for (ir::program::ScalarOp scalar : scalars) {
      b.setInsertionPoint(scalar);
      Value number = b.create<arith::ConstantIndexOp>(loc, scalar.getIndex());
      Value v = b.create<memref::LoadOp>(loc, memory, number);
      scalar.replaceAllUsesWith(b.create<arith::IndexCastOp>(loc, b.getIndexType(), v).getResult());
      scalar.erase();
    }
  }
  func.setFunctionType(b.getFunctionType(types, {}));
  for (auto [i, binding] : llvm::enumerate(bindings))
    func.setArgAttr(i, spirv::getInterfaceVarABIAttrName(), spirv::getInterfaceVarABIAttr(0, binding, std::nullopt, ctx));
}

} // namespace mx::codegen
