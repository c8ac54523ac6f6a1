// Schedules by hand, for tests and measurements. What would pin nothing is an error, or a warning where another program of the
// same command may have what this one lacks.
#include "ir/Blame.h"
#include "ir/program/KernelConfig.h"
#include "ir/program/KernelKind.h"
#include "passes/Passes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace mx::passes {
#define GEN_PASS_DEF_PINCONFIG
#include "passes/Passes.h.inc"

namespace {

struct PinConfig : impl::PinConfigBase<PinConfig> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(pinAll()))
      signalPassFailure();
  }

private:
  LogicalResult pinAll() {
    NamedAttrList pins;
    Builder b(&getContext());
    if (!kind.empty() && llvm::none_of(ir::program::configEntries(), [&](const auto &entry) { return entry.kind == kind.getValue(); }))
      return ir::emitInputError(getOperation()) << "no kernels of kind '" << kind << "' have a schedule to pin; the kinds are map, row, matmul, scan, scatter";
    for (StringRef entry : entries) {
      auto [name, text] = entry.split('=');
      int64_t value = 0;
      if (name.empty() || text.getAsInteger(10, value))
        return ir::emitInputError(getOperation()) << "'" << entry << "' is not name=integer";
      if (std::string problem = ir::program::configProblem(kind, name); !problem.empty())
        return ir::emitInputError(getOperation()) << problem;
      pins.set(name, b.getI64IntegerAttr(value));
    }
    bool pinned = pins.empty();
    for (auto kernel : getOperation().getOps<ir::program::KernelOp>()) {
      if (!kind.empty() && kernel.getKind() != kind)
        continue;
      NamedAttrList config(kernel.getConfigAttr());
      for (NamedAttribute pin : pins)
        if (ir::program::configProblem(kernel.getKind(), pin.getName()).empty()) {
          config.set(pin.getName(), pin.getValue());
          pinned = true;
        }
      if (!config.empty())
        kernel.setConfigAttr(config.getDictionary(&getContext()));
    }
    if (!pinned)
      getOperation().emitWarning("the program has no kernels that mx-pin-config would pin");
    return success();
  }
};

} // namespace
} // namespace mx::passes
