// The bound of what one invocation runs in all its loops together, from the bounds of each.
#include "codegen/spirv/GpuKernel.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace mx::codegen {

using ir::Dim;

static std::optional<Dim> tripsOf(scf::ForOp loop) {
  if (auto dims = loop->getAttrOfType<ir::DimsAttr>(kMaxTripsAttr))
    return dims.getDims()[0];
  APInt lo, hi, step;
  if (!matchPattern(loop.getLowerBound(), m_ConstantInt(&lo)) || !matchPattern(loop.getUpperBound(), m_ConstantInt(&hi)) ||
      !matchPattern(loop.getStep(), m_ConstantInt(&step)))
    return std::nullopt;
  return Dim(std::max<int64_t>(0, (hi.getSExtValue() - lo.getSExtValue() + step.getSExtValue() - 1) / step.getSExtValue()));
}

FailureOr<Dim> loopIterationsOf(gpu::GPUFuncOp func) {
  // Innermost first: a loop adds one and its body for each trip to what encloses it.
  llvm::DenseMap<Operation *, Dim> inside;
  LogicalResult result = success();
  func.walk([&](Operation *op) {
    auto loop = dyn_cast<scf::ForOp>(op);
    if (!loop) {
      if (isa<scf::WhileOp, scf::ForallOp, scf::ParallelOp>(op)) {
        op->emitOpError("has no bound in a GPU kernel");
        result = failure();
      }
      return;
    }
    std::optional<Dim> trips = tripsOf(loop);
    if (!trips) {
      op->emitOpError("has no bound in a GPU kernel");
      result = failure();
      return;
    }
    Dim own = *trips * (Dim(1) + inside.lookup(op));
    Operation *enclosing = op->getParentOp();
    while (!isa<scf::ForOp, gpu::GPUFuncOp>(enclosing))
      enclosing = enclosing->getParentOp();
    inside[enclosing] = inside.lookup(enclosing) + own;
  });
  if (failed(result))
    return failure();
  return inside.lookup(func);
}

} // namespace mx::codegen
