// Passes with faults, for tests of what happens then: one that crashes, one that fails, one that computes something else.
#include "ir/MxDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

using namespace mlir;
using namespace mx;

namespace {

struct Crash : PassWrapper<Crash, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Crash)
  StringRef getArgument() const override { return "test-crash"; }
  void runOnOperation() override {
    volatile int *nowhere = nullptr;
    *nowhere = 1;
  }
};

struct Fail : PassWrapper<Fail, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Fail)
  StringRef getArgument() const override { return "test-fail"; }
  void runOnOperation() override {
    getOperation().emitError("this pass always fails");
    signalPassFailure();
  }
};

/// Computes the tangent as sine.
struct BreakTan : PassWrapper<BreakTan, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(BreakTan)
  StringRef getArgument() const override { return "test-break-tan"; }
  void runOnOperation() override {
    SmallVector<ir::TanOp> tangents;
    getOperation().walk([&](ir::TanOp op) { tangents.push_back(op); });
    for (ir::TanOp op : tangents) {
      OpBuilder b(op);
      op->getResult(0).replaceAllUsesWith(ir::createOp(b, op.getLoc(), ir::OpKind::Sin, op->getOperand(0), {}));
      op.erase();
    }
  }
};

} // namespace

extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "faulty-passes", "1.0", [] {
            PassRegistration<Crash>();
            PassRegistration<Fail>();
            PassRegistration<BreakTan>();
          }};
}
