// Points of a matmul's operands. An operand may have fewer batch axes than the result, or broadcast ones.
#include "codegen/lowering/MatmulPoints.h"

using namespace mlir;

namespace mx::codegen {

using ir::Dim;
using ir::Dims;

MatmulPoints::MatmulPoints(ir::MatmulOp op) : a(op.getA()), b(op.getB()), out(ir::dimsOf(op.getResult())), lead(out.size() - 2) {
  if (ir::dtypeOf(op.getResult()) == rt::DType::float64)
    accumulator = rt::DType::float64;
  const Dims left = ir::dimsOf(a), right = ir::dimsOf(b);
  foldsBatch = lead > 0 && llvm::all_of(ArrayRef(right).drop_back(2), [](Dim d) { return d.is(1); }) && left.size() == out.size();
  const Dim batches = groupSize(out, 0, lead);
  batch = foldsBatch ? Dim(1) : batches;
  M = foldsBatch ? batches * out[lead] : out[lead];
  N = out.back();
  K = left.back();
}

Point MatmulPoints::operand(Emitter &e, Value value, bool isLhs, const Index &batch, const Index &row, const Index &col) const {
  const Dims in = ir::dimsOf(value);
  const unsigned rank = in.size(), own = rank - 2;
  Point p;
  if (foldsBatch && isLhs) {
    p.coords.push_back({0, rank - 1, row});
    p.coords.push_back({rank - 1, 1, col});
    return p;
  }
  if (own > 0) {
    const Dims inBatch(in.begin(), in.begin() + own), outBatch(out.begin(), out.begin() + lead);
    if (foldsBatch) {
      p.coords.push_back({0, own, e.index.constant(0)});
    } else if (inBatch == outBatch) {
      p.coords.push_back({0, own, batch});
    } else {
      Cuts all(lead + 1, true);
      for (const Coord &c : e.cutAt(Emitter::linearPoint(lead, batch), outBatch, all).coords)
        if (c.first >= lead - own) {
          const unsigned axis = c.first - (lead - own);
          p.coords.push_back({axis, 1, in[axis].is(1) ? e.index.constant(0) : c.index});
        }
    }
  }
  p.coords.push_back({own, 1, row});
  p.coords.push_back({own + 1, 1, col});
  return p;
}

Point MatmulPoints::result(const Index &batch, const Index &row, const Index &col) const {
  const unsigned rank = out.size();
  Point p;
  if (foldsBatch) {
    p.coords.push_back({0, rank - 1, row});
  } else {
    if (lead > 0)
      p.coords.push_back({0, lead, batch});
    p.coords.push_back({lead, 1, row});
  }
  p.coords.push_back({rank - 1, 1, col});
  return p;
}

bool isTransposed(Value v) {
  bool result = false;
  while (Operation *op = v.getDefiningOp()) {
    const int64_t rank = cast<RankedTensorType>(v.getType()).getRank();
    const ir::OpRow *row = ir::rowOf(op);
    if (auto transpose = dyn_cast<ir::TransposeOp>(op)) {
      auto axes = transpose.getAxes();
      if (axes[rank - 1] < rank - 2 || axes[rank - 2] < rank - 2)
        return false;
      result ^= axes[rank - 1] == rank - 2;
    } else if (!row || !row->isElementwise() || ir::dimsOf(op->getOperand(0)) != ir::dimsOf(v)) {
      return result;
    }
    v = op->getOperand(0);
  }
  return result;
}

ir::MatmulOp matmulOf(KernelBody &k) {
  auto matmuls = k.body().getOps<ir::MatmulOp>();
  if (matmuls.empty()) {
    k.kernel.emitOpError("of kind matmul has no matmul");
    return {};
  }
  ir::MatmulOp matmul = *matmuls.begin();
  for (Value v : k.yields())
    if (ir::dimsOf(v) != ir::dimsOf(matmul.getResult())) {
      k.kernel.emitOpError("of kind matmul yields ") << v.getType() << ", of another shape than its product";
      return {};
    }
  return matmul;
}

} // namespace mx::codegen
