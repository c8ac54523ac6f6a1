// Types of 16 bits that a kernel only moves. bfloat16, and float16 where the target's conversions are not used, are read,
// selected and written as bits while all arithmetic on them is in float32: SPIR-V then needs no such type.
#include "codegen/lowering/MathExpr.h"
#include "codegen/spirv/SpirvPipeline.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mx::codegen {
namespace {

bool mentions(Type type, Type half) { return getElementTypeOrSelf(getElementTypeOrSelf(type)) == half; }

bool mentions(Operation *op, Type half) {
  auto does = [&](Type t) { return mentions(t, half); };
  return llvm::any_of(op->getOperandTypes(), does) || llvm::any_of(op->getResultTypes(), does);
}

Type asBits(Type type, Type half) {
  if (!mentions(type, half))
    return type;
  Type bits = IntegerType::get(type.getContext(), 16);
  if (auto memory = dyn_cast<MemRefType>(type))
    return MemRefType::get(memory.getShape(), asBits(memory.getElementType(), half), memory.getLayout(), memory.getMemorySpace());
  return withElement(type, bits);
}

} // namespace

void moveHalvesAsBits(gpu::GPUFuncOp func, FloatType half) {
  SmallVector<Operation *> movers;
  bool onlyMoved = true;
  func.getBody().walk([&](Operation *op) {
    if (!mentions(op, half))
      return;
    movers.push_back(op);
    onlyMoved &= isa<ir::program::BufferOp, memref::LoadOp, memref::StoreOp, arith::ConstantOp, arith::BitcastOp, arith::SelectOp,
                     vector::BroadcastOp, vector::ExtractOp, vector::FromElementsOp, scf::ForOp, scf::IfOp, scf::YieldOp>(op);
  });
  if (!onlyMoved)
    return;
  for (Operation *op : movers) {
    for (Value v : op->getResults())
      v.setType(asBits(v.getType(), half));
    for (Region &region : op->getRegions())
      for (BlockArgument arg : region.getArguments())
        arg.setType(asBits(arg.getType(), half));
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      auto bits = [](const APFloat &v) { return v.bitcastToAPInt(); };
      if (auto dense = dyn_cast<DenseFPElementsAttr>(constant.getValue()))
        constant.setValueAttr(dense.mapValues(IntegerType::get(op->getContext(), 16), bits));
      else
        constant.setValueAttr(IntegerAttr::get(constant.getType(), bits(cast<FloatAttr>(constant.getValue()).getValue())));
    }
  }
  for (Operation *op : movers)
    if (auto cast = dyn_cast<arith::BitcastOp>(op); cast && cast.getIn().getType() == cast.getType()) {
      cast.replaceAllUsesWith(cast.getIn());
      cast.erase();
    }
}

} // namespace mx::codegen
