// Schedules by hand, for tests and measurements.
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
    NamedAttrList pins;
    Builder b(&getContext());
    for (StringRef entry : entries) {
      auto [name, text] = entry.split('=');
      int64_t value = 0;
      if (name.empty() || text.getAsInteger(10, value)) {
        getOperation().emitError("'") << entry << "' is not name=integer";
        return signalPassFailure();
      }
      pins.set(name, b.getI64IntegerAttr(value));
    }
    for (auto kernel : getOperation().getOps<ir::program::KernelOp>()) {
      if (!kind.empty() && kernel.getKind() != kind)
        continue;
      NamedAttrList config(kernel.getConfigAttr());
      for (NamedAttribute pin : pins)
        config.set(pin.getName(), pin.getValue());
      kernel.setConfigAttr(config.getDictionary(&getContext()));
    }
  }
};

} // namespace
} // namespace mx::passes
