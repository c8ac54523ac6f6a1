// Passes with faults, for tests of what happens then: they crash, give up, fail, leave what does not verify or cannot be lowered, or
// compute something else.
#include "ir/MxDialect.h"
#include "ir/program/MxpDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Support/ErrorHandling.h"

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

/// As LLVM does at a fault that it takes for the user's.
struct GiveUp : PassWrapper<GiveUp, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(GiveUp)
  StringRef getArgument() const override { return "test-give-up"; }
  void runOnOperation() override { llvm::report_fatal_error("this pass gives up", /*gen_crash_diag=*/false); }
};

/// Functions return nothing, whatever their type says.
struct LeaveInvalid : PassWrapper<LeaveInvalid, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LeaveInvalid)
  StringRef getArgument() const override { return "test-leave-invalid"; }
  void runOnOperation() override {
    getOperation().walk([](func::ReturnOp op) { op->setOperands({}); });
  }
};

/// Kernels of a kind that they are not, for codegen to stumble over.
struct MistakeKinds : PassWrapper<MistakeKinds, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(MistakeKinds)
  StringRef getArgument() const override { return "test-mistake-kinds"; }
  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<ir::program::KernelOp>())
      kernel.setKind("row");
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
            PassRegistration<GiveUp>();
            PassRegistration<LeaveInvalid>();
            PassRegistration<MistakeKinds>();
            PassRegistration<BreakTan>();
          }};
}
