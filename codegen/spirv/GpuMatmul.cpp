// Kernels of kind `matmul` on a GPU with shared memory (GpuMatmulRegisters.cpp: without). A workgroup computes a tile of the result: it walks down k by slabs of both operands
// that all its invocations bring to shared memory, and each invocation keeps a small tile in registers. Views and casts of
// the operands fuse into the loads, what is computed from the product into the stores. As on the CPU every result
// element is one chain over k, whatever the tiles are.
#include "codegen/lowering/MatmulPoints.h"
#include "codegen/spirv/GpuKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;

class GpuMatmulLowering {
public:
  GpuMatmulLowering(GpuKernelBuilder &k, ir::MatmulOp op, const GpuMatmulConfig &config) : k(k), op(op), points(op), c(config) {}
  LogicalResult run();

private:
  void emit(Emitter &e, const Index &group, const Index &local);
  void loadSlab(Emitter &e, bool isLhs, Value shared, const Index &local, const Index &firstK);
  SmallVector<Value> multiplySlab(Emitter &e, ValueRange accumulators);
  void storeTile(Emitter &e, ValueRange accumulators);

  // `i`, or a legal index near it where the size is not known to be a multiple of the tile.
  Index clamped(Emitter &e, const Index &i, Dim size, int64_t tile) {
    return divides(size, tile) ? i : e.index.min(i, e.size(size - Dim(1)));
  }
  static bool divides(Dim size, int64_t tile) { return size.isConstant() && size.value() % tile == 0; }

  GpuKernelBuilder &k;
  ir::MatmulOp op;
  MatmulPoints points;
  GpuMatmulConfig c;
  Type type;
  // Of the current entry: shared tiles, k-major; the workgroup's batch and first row and column; the invocation's place.
  Value lhsTile, rhsTile;
  Index batch, firstRow, firstCol, tileRow, tileCol;
};

void GpuMatmulLowering::loadSlab(Emitter &e, bool isLhs, Value shared, const Index &local, const Index &firstK) {
  IndexBuilder &ix = e.index;
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  const int64_t width = isLhs ? c.tileRows : c.tileCols, elements = width * c.tileDepth;
  for (int64_t done = 0; done < elements; done += c.workgroup()) {
    const bool all = done + c.workgroup() <= elements;
    Index slot = ix.add(local, ix.constant(done)), i = all ? slot : ix.min(slot, ix.constant(elements - 1));
    // Neighbours read along the axis in which a row-major operand is contiguous.
    Index across = isLhs ? ix.div(i, ix.constant(c.tileDepth)) : ix.rem(i, ix.constant(width));
    Index down = isLhs ? ix.rem(i, ix.constant(c.tileDepth)) : ix.div(i, ix.constant(width));
    auto copy = [&] {
      Index kk = ix.add(firstK, down), legalK = clamped(e, kk, points.K, c.tileDepth);
      Value v;
      if (isLhs)
        v = e.at(points.a, points.lhs(e, batch, clamped(e, ix.add(firstRow, across), points.M, width), legalK));
      else
        v = e.at(points.b, points.rhs(e, batch, legalK, clamped(e, ix.add(firstCol, across), points.N, width)));
      const rt::DType from = ir::dtypeOf(isLhs ? points.a : points.b);
      if (from != points.accumulator)
        v = emitCast(b, loc, v, from, points.accumulator, k.target.math);
      // Beyond the last k both operands are zero; rows and columns beyond the last are computed and not stored.
      if (!divides(points.K, c.tileDepth)) {
        Value zero = b.create<arith::ConstantOp>(loc, b.getZeroAttr(v.getType()));
        v = b.create<arith::SelectOp>(loc, ix.less(kk, e.size(points.K)), v, zero);
      }
      k.storeShared(e, shared, points.accumulator, ix.add(ix.mul(down, ix.constant(width)), across), v);
      return SmallVector<Value>{};
    };
    if (all)
      copy();
    else
      e.scopes.when(ix.less(slot, ix.constant(elements)), {}, copy);
  }
}

SmallVector<Value> GpuMatmulLowering::multiplySlab(Emitter &e, ValueRange accumulators) {
  IndexBuilder &ix = e.index;
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  SmallVector<Value> acc(accumulators);
  for (int64_t kk = 0; kk < c.tileDepth; ++kk) {
    SmallVector<Value> left, right;
    for (int64_t r = 0; r < c.rows; ++r)
      left.push_back(k.loadShared(e, lhsTile, points.accumulator, ix.add(tileRow, ix.constant(kk * c.tileRows + r))));
    for (int64_t s = 0; s < c.cols; ++s)
      right.push_back(k.loadShared(e, rhsTile, points.accumulator, ix.add(tileCol, ix.constant(kk * c.tileCols + s))));
    for (int64_t r = 0; r < c.rows; ++r)
      for (int64_t s = 0; s < c.cols; ++s) {
        Value &sum = acc[r * c.cols + s];
        if (k.target.math.exact)
          sum = b.create<arith::AddFOp>(loc, sum, b.create<arith::MulFOp>(loc, left[r], right[s]));
        else
          sum = b.create<math::FmaOp>(loc, left[r], right[s], sum);
      }
  }
  return acc;
}

void GpuMatmulLowering::storeTile(Emitter &e, ValueRange accumulators) {
  IndexBuilder &ix = e.index;
  const ir::Dims out = ir::dimsOf(op.getResult());
  const rt::DType result = ir::dtypeOf(op.getResult());
  for (int64_t r = 0; r < c.rows; ++r)
    for (int64_t s = 0; s < c.cols; ++s) {
      Index row = ix.add(ix.add(firstRow, tileRow), ix.constant(r)), col = ix.add(ix.add(firstCol, tileCol), ix.constant(s));
      Value inside;
      OpBuilder &b = e.scopes.builder();
      if (!divides(points.M, c.tileRows))
        inside = ix.less(row, e.size(points.M));
      if (!divides(points.N, c.tileCols)) {
        Value fits = ix.less(col, e.size(points.N));
        inside = inside ? Value(b.create<arith::AndIOp>(e.scopes.loc(), inside, fits)) : fits;
      }
      Value sum = accumulators[r * c.cols + s];
      if (points.accumulator != result)
        sum = emitCast(b, e.scopes.loc(), sum, points.accumulator, result, k.target.math);
      e.bindValue(op.getResult(), sum);
      Point p = points.result(batch, clamped(e, row, points.M, c.tileRows), clamped(e, col, points.N, c.tileCols));
      k.storeYields(e, [](Value) { return true; }, [&](Value) { return p; }, e.linearize(p, out), inside);
    }
  e.bindValue(op.getResult(), {});
}

void GpuMatmulLowering::emit(Emitter &e, const Index &group, const Index &local) {
  IndexBuilder &ix = e.index;
  const Dim tilesM = ceilDiv(points.M, c.tileRows), tilesN = ceilDiv(points.N, c.tileCols);
  Index tiles = ix.div(group, e.size(tilesN));
  firstCol = ix.mul(ix.rem(group, e.size(tilesN)), ix.constant(c.tileCols));
  firstRow = ix.mul(ix.rem(tiles, e.size(tilesM)), ix.constant(c.tileRows));
  batch = ix.div(tiles, e.size(tilesM));
  const int64_t across = c.tileCols / c.cols;
  tileRow = ix.mul(ix.div(local, ix.constant(across)), ix.constant(c.rows));
  tileCol = ix.mul(ix.rem(local, ix.constant(across)), ix.constant(c.cols));
  lhsTile = k.sharedMemory(e, type, c.tileRows * c.tileDepth);
  rhsTile = k.sharedMemory(e, type, c.tileCols * c.tileDepth);

  Value zero = e.scopes.builder().create<arith::ConstantOp>(e.scopes.loc(), e.scopes.builder().getZeroAttr(type));
  SmallVector<Value> init(c.rows * c.cols, zero);
  const Dim slabs = ceilDiv(points.K, c.tileDepth);
  ValueRange acc = k.loop(e, ix.constant(0), e.size(slabs), ix.constant(1), slabs, init, [&](const Index &slab, ValueRange carried) {
    Index firstK = ix.mul(slab, ix.constant(c.tileDepth));
    loadSlab(e, true, lhsTile, local, firstK);
    loadSlab(e, false, rhsTile, local, firstK);
    k.barrier(e);
    SmallVector<Value> next = multiplySlab(e, carried);
    k.barrier(e);
    return next;
  });
  storeTile(e, acc);
}

LogicalResult GpuMatmulLowering::run() {
  type = storageType(k.kernel.getContext(), points.accumulator);
  const Dim groups = points.batch * ceilDiv(points.M, c.tileRows) * ceilDiv(points.N, c.tileCols);
  return k.entry("", groups, c.workgroup(), [&](Emitter &e, const Index &group, const Index &local) { emit(e, group, local); });
}

} // namespace

LogicalResult lowerMatmulToGpu(GpuKernelBuilder &k) {
  ir::MatmulOp op = matmulOf(k);
  if (!op)
    return failure();
  MatmulPoints points(op);
  auto config = chooseGpuMatmulConfig(k.kernel, points.M, points.N, points.K, rt::sizeOf(points.accumulator), k.target);
  if (!config)
    return k.kernel.emitOpError() << config.error().message;
  return config->shared ? GpuMatmulLowering(k, op, *config).run() : lowerMatmulInRegisters(k, op, *config);
}

} // namespace mx::codegen
