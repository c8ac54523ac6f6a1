// Fusions become kernels. A kernel is isolated: it has symbols of its own, and equal bodies are one kernel however the
// program names its sizes.
#include "passes/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

namespace mx::passes {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "passes/Passes.h.inc"

namespace {

using namespace mlir;

// Rewrites the sizes of a kernel's types and attributes to its own symbols: every symbolic expression the program
// knows becomes one symbol of the kernel.
class SymbolRenamer {
public:
  ir::Dim rename(ir::Dim d) {
    if (d.isConstant())
      return d;
    auto [it, isNew] = numbers.insert({d.key(), ir::Dim::symbol(values.size())});
    if (isNew)
      values.push_back(d);
    return it->second;
  }
  Attribute rename(Attribute attr) {
    auto dims = dyn_cast_or_null<ir::DimsAttr>(attr);
    if (!dims)
      return attr;
    SmallVector<ir::Dim> renamed;
    for (ir::Dim d : dims.getDims())
      renamed.push_back(rename(d));
    return ir::DimsAttr::get(attr.getContext(), renamed);
  }
  Type rename(Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || tensor.hasStaticShape())
      return type;
    ir::TensorType t = ir::fromTensorType(tensor);
    for (ir::Dim &d : t.dims)
      d = rename(d);
    return ir::toTensorType(type.getContext(), t);
  }
  /// The program's expression behind each symbol of the kernel.
  SmallVector<ir::Dim> values;

private:
  llvm::DenseMap<int64_t, ir::Dim> numbers;
};

struct OutlineKernels : impl::OutlineKernelsBase<OutlineKernels> {
  void runOnOperation() override {
    OpBuilder b(&getContext());
    llvm::StringMap<ir::program::KernelOp> known;
    SmallVector<ir::FusionOp> fusions;
    // Those in a chain stay in its kernel.
    for (auto func : getOperation().getOps<func::FuncOp>())
      for (Block &block : func.getBody())
        llvm::append_range(fusions, block.getOps<ir::FusionOp>());
    Operation *last = nullptr;
    for (ir::FusionOp fusion : fusions) {
      SymbolRenamer renamer;
      Region body;
      IRMapping map;
      fusion.getBody().cloneInto(&body, map);
      for (BlockArgument arg : body.getArguments())
        arg.setType(renamer.rename(arg.getType()));
      body.walk([&](Operation *op) {
        for (NamedAttribute attr : op->getAttrs())
          op->setAttr(attr.getName(), renamer.rename(attr.getValue()));
        for (Value v : op->getResults())
          v.setType(renamer.rename(v.getType()));
        for (Region &nested : op->getRegions())
          for (BlockArgument arg : nested.getArguments())
            arg.setType(renamer.rename(arg.getType()));
      });
      SmallVector<Type> types(body.front().getTerminator()->getOperandTypes());
      b.setInsertionPointToStart(getOperation().getBody());
      if (last)
        b.setInsertionPointAfter(last);
      auto kernel = b.create<ir::program::KernelOp>(fusion.getLoc(), "k" + std::to_string(known.size()), fusion.getKind(),
                                                   b.getTypeArrayAttr(types), DictionaryAttr());
      kernel.getBody().takeBody(body);
      // Equal kernels print equally once the name is out of the way.
      std::string text;
      llvm::raw_string_ostream os(text);
      StringAttr name = kernel.getSymNameAttr();
      kernel.setSymName("");
      kernel->print(os, OpPrintingFlags().useLocalScope().assumeVerified());
      kernel.setSymNameAttr(name);
      auto [it, isNew] = known.insert({text, kernel});
      if (isNew)
        last = kernel;
      else
        kernel.erase();

      b.setInsertionPoint(fusion);
      auto dispatch = b.create<ir::program::DispatchOp>(
          fusion.getLoc(), fusion.getResultTypes(), it->second.getSymName(), fusion.getInputs(),
          renamer.values.empty() ? ir::DimsAttr() : ir::DimsAttr::get(&getContext(), renamer.values), ArrayAttr(), fusion.getReasonsAttr());
      fusion.replaceAllUsesWith(dispatch);
      fusion.erase();
    }
  }
};

} // namespace
} // namespace mx::passes
