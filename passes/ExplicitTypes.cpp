// Casts and broadcasts as ops of their own. A cast that changes nothing never appears, so later passes may take every
// one they see for real.
#include "passes/Passes.h"

namespace mx::passes {
#define GEN_PASS_DEF_EXPLICITTYPES
#include "passes/Passes.h.inc"

namespace {

using namespace mlir;
using ir::OpKind;

Value cast(OpBuilder &b, Location loc, Value v, rt::DType dtype) {
  if (ir::dtypeOf(v) == dtype)
    return v;
  return ir::createOp(b, loc, OpKind::Astype, v, {ir::AttrValue(int64_t(dtype))});
}

Value broadcast(OpBuilder &b, Location loc, Value v, const ir::Dims &dims) {
  if (ir::dimsOf(v) == dims)
    return v;
  return ir::createOp(b, loc, OpKind::BroadcastTo, v, {ir::AttrValue(dims)});
}

struct ExplicitTypes : impl::ExplicitTypesBase<ExplicitTypes> {
  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      const ir::OpRow *row = ir::rowOf(op);
      if (!row)
        return;
      OpBuilder b(op);
      Location loc = op->getLoc();
      if (row->isElementwise()) {
        const ir::Attrs attrs = ir::attrsOf(op);
        const ir::Dims dims = ir::dimsOf(op->getResult(0));
        std::vector<ir::TensorType> inputs;
        for (Value v : op->getOperands())
          inputs.push_back(ir::fromTensorType(llvm::cast<RankedTensorType>(v.getType())));
        for (OpOperand &operand : op->getOpOperands()) {
          auto dtype = ir::operandDtype(*row, inputs, attrs, operand.getOperandNumber());
          Value v = operand.get();
          if (row->dtypeRule != ir::DtypeRule::Cast && dtype)
            v = cast(b, loc, v, *dtype);
          operand.set(broadcast(b, loc, v, dims));
        }
        // What only says something to transforms is a value like any other from here on.
        const bool nothing = row->kind == OpKind::StopGradient || row->kind == OpKind::Copy ||
                             (row->kind == OpKind::Astype && op->getOperand(0).getType() == op->getResult(0).getType());
        if (nothing && op->getOperand(0).getType() == op->getResult(0).getType()) {
          op->getResult(0).replaceAllUsesWith(op->getOperand(0));
          op->erase();
        }
        return;
      }
      // A reduction over no axes only converts.
      if (auto axes = op->getAttrOfType<DenseI64ArrayAttr>("axes"); row->family == "Reduce" && axes && axes.empty()) {
        op->getResult(0).replaceAllUsesWith(cast(b, loc, op->getOperand(0), ir::dtypeOf(op->getResult(0))));
        op->erase();
        return;
      }
      if (row->kind == OpKind::Concatenate || row->kind == OpKind::Matmul)
        for (OpOperand &operand : op->getOpOperands())
          operand.set(cast(b, loc, operand.get(), ir::dtypeOf(op->getResult(0))));
      // A view that changes nothing.
      if (row->family == "Views" && row->kind != OpKind::Slice && row->kind != OpKind::AsStrided && row->kind != OpKind::Transpose &&
          op->getOperand(0).getType() == op->getResult(0).getType()) {
        op->getResult(0).replaceAllUsesWith(op->getOperand(0));
        op->erase();
      }
    });
  }
};

} // namespace
} // namespace mx::passes
