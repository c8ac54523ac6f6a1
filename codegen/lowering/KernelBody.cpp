// Operands come first as inputs, then outputs, then the scratch: the numbering is part of the kernel ABI.
#include "codegen/lowering/KernelBody.h"

using namespace mlir;

namespace mx::codegen {

void hoistArguments(Block &entry) {
  llvm::DenseMap<std::tuple<OperationName, int64_t, Type>, Operation *> first;
  Operation *last = nullptr;
  entry.walk([&](Operation *op) {
    if (!isa<ir::program::BufferOp, ir::program::ScalarOp, ir::program::PassOp, ir::program::ScratchOp, ir::program::FaultOp>(op))
      return;
    auto which = op->getAttrOfType<IntegerAttr>(isa<ir::program::ScratchOp>(op) ? "offset" : "index");
    const int64_t number = which ? which.getInt() : 0;
    Operation *&known = first[{op->getName(), number, op->getResult(0).getType()}];
    if (known) {
      op->replaceAllUsesWith(known);
      op->erase();
      return;
    }
    known = op;
    last ? op->moveAfter(last) : op->moveBefore(&entry, entry.begin());
    last = op;
  });
}

FailureOr<Cuts> KernelBody::mapCuts() {
  const ir::Dims dims = ir::dimsOf(yields()[0]);
  Cuts cuts(dims.size() + 1);
  for (Value v : yields()) {
    if (ir::dimsOf(v) != dims)
      return kernel.emitOpError("of kind map yields different shapes");
    cuts |= requiredCuts(v);
  }
  return cuts;
}

void KernelBody::bindInputs(Emitter &e) {
  for (BlockArgument arg : body().getArguments())
    e.bindMemory(arg, inputMemory(e, arg.getArgNumber()));
}

Value KernelBody::buffer(Emitter &e, unsigned number, Type element) {
  return e.scopes.emitAt(0, [&]() -> Value {
    auto type = MemRefType::get({ShapedType::kDynamic}, element);
    return e.scopes.builder().create<ir::program::BufferOp>(e.scopes.loc(), type, number);
  });
}

Value KernelBody::inputMemory(Emitter &e, unsigned i) {
  return buffer(e, i, storageType(kernel.getContext(), ir::dtypeOf(body().getArgument(i))));
}
Value KernelBody::outputMemory(Emitter &e, unsigned i) {
  return buffer(e, body().getNumArguments() + i, storageType(kernel.getContext(), ir::dtypeOf(yields()[i])));
}
Value KernelBody::sharedScratch(Emitter &e, Type element) {
  return buffer(e, body().getNumArguments() + yields().size(), element);
}

} // namespace mx::codegen
