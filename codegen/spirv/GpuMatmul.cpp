// Kernels of kind `matmul` on a GPU with shared memory (GpuMatmulRegisters.cpp: without). A workgroup computes a tile of
// the result: it walks down k by slabs of both operands that all its invocations bring to shared memory, by vectors where
// rows are made of them, and each invocation keeps a small tile in registers. Views and casts of the operands fuse into the
// loads, what is computed from the product into the stores. As on the CPU every result element is one chain over k,
// whatever the tiles are.
#include "codegen/lowering/MatmulPoints.h"
#include "codegen/spirv/GpuLaneMemory.h"
#include "codegen/spirv/GpuMatmulPasses.h"
#include "ir/Blame.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;

class GpuMatmulLowering {
public:
  GpuMatmulLowering(GpuKernelBuilder &k, ir::MatmulOp op, const GpuMatmulConfig &config) : k(k), op(op), points(op), c(config) {}
  LogicalResult run();

private:
  void emit(Emitter &e, MatmulPasses &passes, const Index &group, const Index &local);
  void loadSlab(Emitter &e, bool isLhs, Value shared, const Index &local, const Index &firstK);
  SmallVector<Value> multiplySlab(Emitter &e, ValueRange accumulators);
  void storeTile(Emitter &e, ValueRange accumulators);

  // How a slab of an operand comes to shared memory.
  struct Slab {
    int64_t width;   // rows or columns
    bool alongDepth; // the operand is contiguous along k
    int64_t run;     // elements that are read at a time
    bool vectors;    // the tile is one of vectors
  };
  Slab slabOf(bool isLhs) const;

  // `i`, or a legal index near it where the size is not known to be a multiple of the tile.
  Index clamped(Emitter &e, const Index &i, Dim size, int64_t tile);
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

Index GpuMatmulLowering::clamped(Emitter &e, const Index &i, Dim size, int64_t tile) {
  if (divides(size, tile))
    return i;
  // A run starts at a multiple of its length, and so does the end.
  Index first = e.index.min({i.base}, e.size(size - Dim(i.isUniform() ? 1 : kGpuLanes)));
  return {first.base, i.step};
}

GpuMatmulLowering::Slab GpuMatmulLowering::slabOf(bool isLhs) const {
  Slab slab;
  slab.width = isLhs ? c.tileRows : c.tileCols;
  slab.alongDepth = isLhs != isTransposed(isLhs ? points.a : points.b);
  const Dim size = slab.alongDepth ? points.K : isLhs ? points.M : points.N;
  slab.run = divides(size, kGpuLanes) && divides(slab.alongDepth ? c.tileDepth : slab.width, kGpuLanes) ? kGpuLanes : 1;
  slab.vectors = !isLhs && !slab.alongDepth && slab.run == kGpuLanes && c.cols % kGpuLanes == 0;
  return slab;
}

void GpuMatmulLowering::loadSlab(Emitter &e, bool isLhs, Value shared, const Index &local, const Index &firstK) {
  IndexBuilder &ix = e.index;
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  const Slab slab = slabOf(isLhs);
  const int64_t width = slab.width, runs = width * c.tileDepth / slab.run;
  // Neighbours read along the axis in which the operand is contiguous.
  Index row = ix.constant((slab.alongDepth ? c.tileDepth : width) / slab.run);
  auto along = [&](const Index &i) { return slab.run == 1 ? i : IndexBuilder::lanes(i.base); };
  for (int64_t done = 0; done < runs; done += c.workgroup()) {
    const bool all = done + c.workgroup() <= runs;
    Index slot = ix.add(local, ix.constant(done)), i = all ? slot : ix.min(slot, ix.constant(runs - 1));
    Index major = ix.div(i, row), minor = ix.mul(ix.rem(i, row), ix.constant(slab.run));
    Index across = slab.alongDepth ? major : minor, down = slab.alongDepth ? minor : major;
    auto copy = [&] {
      Index kk = ix.add(firstK, down), place = ix.add(isLhs ? firstRow : firstCol, across);
      Index legalK = clamped(e, slab.alongDepth ? along(kk) : kk, points.K, c.tileDepth);
      Index legal = clamped(e, slab.alongDepth ? place : along(place), isLhs ? points.M : points.N, width);
      Value operand = isLhs ? points.a : points.b;
      Value v = e.at(operand, isLhs ? points.lhs(e, batch, legal, legalK) : points.rhs(e, batch, legalK, legal));
      const rt::DType from = ir::dtypeOf(operand);
      if (from != points.accumulator)
        v = emitCast(b, loc, v, from, points.accumulator, k.target.math);
      if (slab.run != 1)
        v = e.widen(v);
      // Beyond the last k both operands are zero; rows and columns beyond the last are computed and not stored.
      if (!divides(points.K, c.tileDepth)) {
        Value zero = b.create<arith::ConstantOp>(loc, b.getZeroAttr(v.getType())), inside = ix.less(kk, e.size(points.K));
        v = b.create<arith::SelectOp>(loc, slab.run == 1 ? inside : e.widen(inside), v, zero);
      }
      Index to = ix.add(ix.mul(down, ix.constant(width)), across);
      if (slab.vectors)
        b.create<memref::StoreOp>(loc, v, shared, ix.exactDiv(to, kGpuLanes).base);
      else if (slab.run == 1)
        k.storeShared(e, shared, points.accumulator, to, v);
      else
        for (int64_t lane = 0; lane < slab.run; ++lane)
          k.storeShared(e, shared, points.accumulator, ix.add(to, ix.constant(lane * (slab.alongDepth ? width : 1))),
                        b.create<vector::ExtractOp>(loc, v, lane));
      return SmallVector<Value>{};
    };
    if (all)
      copy();
    else
      e.scopes.when(ix.less(slot, ix.constant(runs)), {}, copy);
  }
}

SmallVector<Value> GpuMatmulLowering::multiplySlab(Emitter &e, ValueRange accumulators) {
  IndexBuilder &ix = e.index;
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  SmallVector<Value> acc(accumulators);
  const bool vectors = slabOf(false).vectors;
  Value run; // of the right tile
  for (int64_t kk = 0; kk < c.tileDepth; ++kk) {
    SmallVector<Value> left, right;
    for (int64_t r = 0; r < c.rows; ++r)
      left.push_back(k.loadShared(e, lhsTile, points.accumulator, ix.add(tileRow, ix.constant(kk * c.tileRows + r))));
    for (int64_t s = 0; s < c.cols; ++s) {
      Index from = ix.add(tileCol, ix.constant(kk * c.tileCols + s));
      if (vectors && s % kGpuLanes == 0)
        run = b.create<memref::LoadOp>(loc, rhsTile, ix.exactDiv(from, kGpuLanes).base);
      right.push_back(vectors ? Value(b.create<vector::ExtractOp>(loc, run, s % kGpuLanes)) : k.loadShared(e, rhsTile, points.accumulator, from));
    }
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

void GpuMatmulLowering::emit(Emitter &e, MatmulPasses &passes, const Index &group, const Index &local) {
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
  const int64_t lanes = slabOf(false).vectors ? kGpuLanes : 1;
  rhsTile = k.sharedMemory(e, lanes == 1 ? type : VectorType::get({lanes}, type), c.tileCols * c.tileDepth / lanes);

  Value zero = e.scopes.builder().create<arith::ConstantOp>(e.scopes.loc(), e.scopes.builder().getZeroAttr(type));
  passes.enter(group, local);
  SmallVector<Value> init = passes.begin(e, SmallVector<Value>(c.rows * c.cols, zero));
  auto [first, end] = passes.range(e);
  ValueRange acc = k.loop(e, first, end, ix.constant(1), passes.stepsPerPass(), init, [&](const Index &slab, ValueRange carried) {
    Index firstK = ix.mul(slab, ix.constant(c.tileDepth));
    loadSlab(e, true, lhsTile, local, firstK);
    loadSlab(e, false, rhsTile, local, firstK);
    k.barrier(e);
    SmallVector<Value> next = multiplySlab(e, carried);
    k.barrier(e);
    return next;
  });
  passes.end(e, acc, [&] { storeTile(e, acc); });
}

LogicalResult GpuMatmulLowering::run() {
  type = storageType(k.kernel.getContext(), points.accumulator);
  const Dim groups = points.batch * ceilDiv(points.M, c.tileRows) * ceilDiv(points.N, c.tileCols);
  MatmulPasses passes(k, points.accumulator, c.rows * c.cols, 1, groups, c.workgroup(), ceilDiv(points.K, c.tileDepth));
  return k.entry("", groups, c.workgroup(), [&](Emitter &e, const Index &group, const Index &local) { emit(e, passes, group, local); },
                 passes.passes());
}

} // namespace

LogicalResult lowerMatmulToGpu(GpuKernelBuilder &k) {
  ir::MatmulOp op = matmulOf(k);
  if (!op)
    return failure();
  MatmulPoints points(op);
  auto config = chooseGpuMatmulConfig(k.kernel, points.M, points.N, rt::sizeOf(points.accumulator), k.target);
  if (!config)
    return ir::emitInputError(k.kernel) << "kernel " << k.kernel.getSymName() << ": " << config.error().message;
  return config->shared ? GpuMatmulLowering(k, op, *config).run() : lowerMatmulInRegisters(k, op, *config);
}

} // namespace mx::codegen
