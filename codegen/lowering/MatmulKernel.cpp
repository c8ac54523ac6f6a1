// Kernels of kind `matmul`: binds the GEMM schedule of codegen/kernels to a kernel body. Views and casts of the
// operands fuse into its loads; what the body computes from the product fuses into its stores.
#include "codegen/kernels/Matmul.h"
#include "codegen/lowering/LowerKernel.h"
#include "codegen/lowering/MatmulPoints.h"
#include "ir/program/KernelConfig.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;
using ir::Dims;

// Follows views and element-wise ops down to a buffer: true when `axis` of the operand is the buffer's last, along which
// memory has unit stride.
bool runsAlong(Value v, unsigned axis) {
  while (Operation *op = v.getDefiningOp()) {
    const ir::OpRow *row = ir::rowOf(op);
    if (!row || op->getNumOperands() == 0)
      return false;
    const Dims out = ir::dimsOf(op->getResult(0)), in = ir::dimsOf(op->getOperand(0));
    if (row->kind == ir::OpKind::Transpose) {
      axis = cast<ir::TransposeOp>(op).getAxes()[axis];
    } else if (row->kind == ir::OpKind::Reshape) {
      // The innermost axis of a segment that both shapes share keeps its place in memory order.
      auto bounds = commonBoundaries(out, in);
      auto end = llvm::find_if(bounds, [&](auto b) { return b.first == axis + 1; });
      if (end == bounds.end() || end->second == 0)
        return false;
      axis = end->second - 1;
    } else if (row->kind == ir::OpKind::BroadcastTo) {
      if (axis < out.size() - in.size())
        return false;
      axis -= out.size() - in.size();
    } else if (row->kind != ir::OpKind::Slice && !row->isElementwise()) {
      return false;
    }
    v = op->getOperand(0);
  }
  return axis + 1 == ir::dimsOf(v).size();
}

MatmulOperandTraits traitsOf(Value operand) {
  const unsigned rank = ir::dimsOf(operand).size();
  MatmulOperandTraits traits;
  traits.contiguousDim = runsAlong(operand, rank - 1) ? 1 : runsAlong(operand, rank - 2) ? 0 : -1;
  for (Value v = operand; Operation *op = v.getDefiningOp(); v = op->getOperand(0)) {
    const ir::OpRow *row = ir::rowOf(op);
    if (!row || row->family != "Views" || op->getNumOperands() != 1) {
      traits.plain = false;
      break;
    }
  }
  return traits;
}

class MatmulLowering {
public:
  MatmulLowering(KernelBuilder &k, ir::MatmulOp op) : k(k), op(op), points(op) {}
  void run();

private:
  MatmulLoad loader(Value operand, bool isLhs);
  MatmulStore storer(SmallVector<Value> outputs);
  void bind(Emitter &e, Value validLanes) const;

  KernelBuilder &k;
  ir::MatmulOp op;
  MatmulPoints points;
  int64_t lanes = kLanes;
  SmallVector<Value> inputs;
};

void MatmulLowering::bind(Emitter &e, Value validLanes) const {
  for (auto [arg, memory] : llvm::zip_equal(k.body().getArguments(), inputs))
    e.bindMemory(arg, memory);
  e.setValidLanes(validLanes);
}

MatmulLoad MatmulLowering::loader(Value operand, bool isLhs) {
  const bool plain = traitsOf(operand).plain;
  return [=, this](OpBuilder &b, Location loc, Value batch, Value row, Value col, int laneDim, int count,
             Value validLanes) -> Value {
    Scopes scopes(b, b.getInsertionBlock());
    scopes.setLoc(loc);
    Emitter e(scopes, k.scalars, k.target.math, lanes);
    bind(e, validLanes);
    Index r{row}, c{col};
    if (count > 1)
      (laneDim == 0 ? r : c) = IndexBuilder::lanes(laneDim == 0 ? row : col);
    Value v = e.at(operand, isLhs ? points.lhs(e, {batch}, r, c) : points.rhs(e, {batch}, r, c));
    const rt::DType from = ir::dtypeOf(operand);
    if (from != points.accumulator)
      v = emitCast(b, loc, v, from, points.accumulator, k.target.math);
    if (count == 1)
      return v;
    const bool masked = validLanes && (!plain || !isa<VectorType>(v.getType()));
    v = e.widen(v);
    if (!masked)
      return v;
    Value zero = b.create<arith::ConstantOp>(loc, b.getZeroAttr(v.getType()));
    return b.create<arith::SelectOp>(loc, e.laneMask(), v, zero);
  };
}

MatmulStore MatmulLowering::storer(SmallVector<Value> outputs) {
  return [=, this](OpBuilder &b, Location loc, Value batch, Value row, Value col, Value acc, Value validLanes) {
    Scopes scopes(b, b.getInsertionBlock());
    scopes.setLoc(loc);
    Emitter e(scopes, k.scalars, k.target.math, lanes);
    bind(e, validLanes);
    const rt::DType result = ir::dtypeOf(op.getResult());
    e.bindValue(op.getResult(), points.accumulator == result ? acc : emitCast(b, loc, acc, points.accumulator, result, k.target.math));
    Point p = points.result({batch}, {row}, IndexBuilder::lanes(col));
    Index linear = e.linearize(p, ir::dimsOf(op.getResult()));
    SmallVector<Value> values;
    for (Value v : k.yields())
      values.push_back(e.at(v, p));
    for (auto [i, v] : llvm::enumerate(values))
      e.store(outputs[i], ir::dtypeOf(k.yields()[i]), linear, v);
  };
}

// The entries of the kernel's config over what was chosen. None changes a bit of the result.
static MatmulConfig pinned(MatmulConfig config, ir::program::KernelOp kernel) {
  auto pin = [&](StringRef name, auto &field, int64_t least, int64_t most) {
    using Field = std::remove_reference_t<decltype(field)>;
    field = Field(std::clamp<int64_t>(ir::program::pinnedOr(kernel, name, int64_t(field)), least, most));
  };
  // Each element of a tile is code.
  constexpr int64_t kMostInTile = 32, kMost = 1 << 20;
  pin("tile_rows", config.tileRows, 1, kMostInTile);
  pin("tile_vectors", config.tileVectors, 1, kMostInTile);
  pin("k_block", config.kBlock, 1, kMost);
  pin("unit_rows", config.unitRowTiles, 1, kMost);
  pin("unit_cols", config.unitColTiles, 1, kMost);
  pin("pack_lhs", config.lhs, int64_t(MatmulPacking::Direct), int64_t(MatmulPacking::Shared));
  pin("pack_rhs", config.rhs, int64_t(MatmulPacking::Direct), int64_t(MatmulPacking::Shared));
  pin("inline_epilogue", config.inlineEpilogue, 0, 1);
  return config;
}

void MatmulLowering::run() {
  const bool isDouble = points.accumulator == rt::DType::float64;
  MatmulProblem problem;
  problem.batch = points.batch;
  problem.M = points.M;
  problem.N = points.N;
  problem.K = points.K;
  problem.lhs = traitsOf(op.getA());
  problem.rhs = traitsOf(op.getB());
  problem.lhs.plain &= ir::dtypeOf(op.getA()) == points.accumulator;
  problem.rhs.plain &= ir::dtypeOf(op.getB()) == points.accumulator;
  problem.accumulatorBytes = rt::sizeOf(points.accumulator);
  for (Operation &other : k.body().without_terminator())
    if (const ir::OpRow *row = ir::rowOf(&other); row && row->isElementwise())
      problem.epilogueOps += row->dtypeRule == ir::DtypeRule::Float ? 12 : 1;
  MatmulPlan plan = planMatmul(problem, pinned(chooseMatmulConfig(problem, k.target.matmul), k.kernel));
  lanes = plan.config.lanes;
  k.result.sharedScratchBytes = plan.sharedScratchBytes;
  for (const MatmulEntry &entry : plan.entries)
    k.entry(entry.name, entry.units, entry.unitCostNs, entry.threadScratchBytes, [&](Emitter &e, Value begin, Value end) {
      OpBuilder &builder = e.scopes.builder();
      FloatType type = isDouble ? FloatType(builder.getF64Type()) : FloatType(builder.getF32Type());
      auto sized = [&](Dim d) -> OpFoldResult {
        return d.isConstant() ? OpFoldResult(builder.getIndexAttr(d.value())) : OpFoldResult(e.size(d).base);
      };
      MatmulBody body;
      body.shape = {sized(problem.batch), sized(problem.M), sized(problem.N), sized(problem.K)};
      inputs.clear();
      for (unsigned i = 0; i < k.body().getNumArguments(); ++i)
        inputs.push_back(k.inputMemory(e, i));
      SmallVector<Value> outputs;
      for (unsigned i = 0; i < k.yields().size(); ++i)
        outputs.push_back(k.outputMemory(e, i));
      body.loadLhs = loader(op.getA(), true);
      body.loadRhs = loader(op.getB(), false);
      body.store = storer(outputs);
      body.accumulator = type;
      // Without elements to pack (K or N is 0) the panels are named but never touched.
      body.sharedScratch = plan.sharedScratchBytes.is(0) ? k.threadScratch(e, type) : k.sharedScratch(e, type);
      if (entry.threadScratchBytes)
        body.threadScratch = k.threadScratch(e, type);
      body.begin = begin;
      body.end = end;
      emitMatmulEntry(builder, e.scopes.loc(), plan, entry, body);
    });
}

} // namespace

LogicalResult lowerMatmul(KernelBuilder &k) {
  ir::MatmulOp op = matmulOf(k);
  if (!op)
    return failure();
  MatmulLowering(k, op).run();
  return success();
}

} // namespace mx::codegen
