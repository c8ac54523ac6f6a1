// Kernels of kind `matmul` without shared memory, for devices where that costs as much as any other. A workgroup is one
// subgroup: its invocations lie along the columns of a tile and hold `rows` x `cols` sums each. In blocks of four k they
// read the right operand each for itself, and the left one together, every vector once: shuffles pass it round. As
// everywhere a result element is one chain over k in ascending order.
#include "codegen/lowering/Casts.h"
#include "codegen/lowering/MatmulPoints.h"
#include "codegen/spirv/GpuKernel.h"
#include "codegen/spirv/GpuLaneMemory.h"
#include "codegen/spirv/GpuMatmulPasses.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;

constexpr int64_t kDepth = kGpuLanes; // k of a block

class RegisterMatmul {
public:
  RegisterMatmul(GpuKernelBuilder &k, ir::MatmulOp op, const GpuMatmulConfig &config)
      : k(k), op(op), points(op), c(config), lanes(k.target.device.subgroupSize), vectors(c.cols / kGpuLanes),
        together(vectors % 2 ? kGpuLanes : 2 * kGpuLanes) {}
  LogicalResult run();

private:
  using Sums = SmallVector<Value>;
  void emit(Emitter &e, MatmulPasses &passes, const Index &group);
  Sums block(Emitter &e, const Index &k0, int64_t depth, ValueRange sums);
  // The left operand at [row][k] and vectors of the right one at [k][vector], of a block.
  SmallVector<SmallVector<Value>> left(Emitter &e, const Index &k0, int64_t depth);
  SmallVector<SmallVector<Value>> right(Emitter &e, const Index &k0, int64_t depth);
  void store(Emitter &e, ValueRange sums);
  void storeElement(Emitter &e, Value sum, const Index &row, const Index &col, Value inside);

  // `i`, along lanes or not, or a legal index near it where the size is not known to be a multiple of `tile`.
  Index legal(Emitter &e, const Index &i, Dim size, int64_t tile);
  static bool divides(Dim size, int64_t tile) { return size.isConstant() && size.value() % tile == 0; }
  Value converted(Emitter &e, Value v, Value operand);
  Value read(Emitter &e, bool isLhs, const Index &row, const Index &col);
  int64_t tileCols() const { return lanes * c.cols; }
  // The first column of the invocation's vector `v`; its columns, or legal ones near them. Vectors are neighbours by `together`
  // columns, as are invocations.
  Index column(Emitter &e, int64_t v);
  Index legalColumns(Emitter &e, int64_t v);

  GpuKernelBuilder &k;
  ir::MatmulOp op;
  MatmulPoints points;
  GpuMatmulConfig c;
  const int64_t lanes, vectors, together;
  // Of the current entry.
  Index batch, firstRow, firstCol, lane;
};

Index RegisterMatmul::legal(Emitter &e, const Index &i, Dim size, int64_t tile) {
  if (divides(size, tile))
    return i;
  if (i.isUniform() || !divides(size, kGpuLanes))
    return e.index.min(i, e.size(size - Dim(1)));
  // A run starts at a multiple of its length, so its first element decides.
  return IndexBuilder::lanes(e.index.min({i.base}, e.size(size - Dim(kGpuLanes))).base);
}

Value RegisterMatmul::converted(Emitter &e, Value v, Value operand) {
  const rt::DType from = ir::dtypeOf(operand);
  if (from == points.accumulator)
    return v;
  return e.scopes.emitAt(e.scopes.depthOf(v), [&] {
    return emitCast(e.scopes.builder(), e.scopes.loc(), v, from, points.accumulator, k.target.math);
  });
}

Value RegisterMatmul::read(Emitter &e, bool isLhs, const Index &row, const Index &col) {
  Value operand = isLhs ? points.a : points.b;
  Value v = converted(e, e.at(operand, isLhs ? points.lhs(e, batch, row, col) : points.rhs(e, batch, row, col)), operand);
  return row.isUniform() && col.isUniform() ? v : e.widen(v);
}

SmallVector<SmallVector<Value>> RegisterMatmul::left(Emitter &e, const Index &k0, int64_t depth) {
  IndexBuilder &ix = e.index;
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  // Vector n of the block is row n along k, or run n % (rows / 4) of the rows at k n / (rows / 4).
  const bool alongRows = depth == kDepth && c.rows % kGpuLanes == 0 && isTransposed(points.a);
  const int64_t runs = alongRows ? c.rows / kGpuLanes : 1;
  SmallVector<Value> held; // vector lane + lanes * h
  for (int64_t h = 0; h * lanes < c.rows; ++h) {
    Index n = ix.add(lane, ix.constant(h * lanes));
    if ((h + 1) * lanes > c.rows)
      n = ix.min(n, ix.constant(c.rows - 1));
    Index row = ix.add(firstRow, n), kk = k0;
    if (alongRows) {
      row = IndexBuilder::lanes(ix.add(firstRow, ix.mul(ix.rem(n, ix.constant(runs)), ix.constant(kGpuLanes))).base);
      kk = ix.add(k0, ix.div(n, ix.constant(runs)));
    } else if (depth == kDepth) {
      kk = IndexBuilder::lanes(k0.base);
    }
    held.push_back(read(e, true, legal(e, row, points.M, c.rows), kk));
  }
  Value width = b.create<arith::ConstantIntOp>(loc, lanes, 32);
  SmallVector<SmallVector<Value>> result(c.rows);
  for (int64_t r = 0; r < c.rows; ++r)
    for (int64_t kk = 0; kk < depth; ++kk) {
      const int64_t n = alongRows ? kk * runs + r / kGpuLanes : r;
      Value v = held[n / lanes];
      if (depth == kDepth)
        v = b.create<vector::ExtractOp>(loc, v, alongRows ? r % kGpuLanes : kk);
      Value from = b.create<arith::ConstantIntOp>(loc, n % lanes, 32);
      result[r].push_back(b.create<gpu::ShuffleOp>(loc, v, from, width, gpu::ShuffleMode::IDX).getShuffleResult());
    }
  return result;
}

Index RegisterMatmul::column(Emitter &e, int64_t v) {
  IndexBuilder &ix = e.index;
  Index first = ix.add(ix.add(firstCol, ix.mul(lane, ix.constant(together))), ix.constant(v * kGpuLanes / together * together * lanes));
  return ix.add(first, ix.constant(v * kGpuLanes % together));
}

Index RegisterMatmul::legalColumns(Emitter &e, int64_t v) {
  if (divides(points.N, tileCols()) || !divides(points.N, together))
    return legal(e, IndexBuilder::lanes(column(e, v).base), points.N, tileCols());
  // Pairs stay together.
  IndexBuilder &ix = e.index;
  const int64_t inside = v * kGpuLanes % together;
  Index first = ix.min(column(e, v - inside / kGpuLanes), e.size(points.N - Dim(together)));
  return IndexBuilder::lanes(ix.add(first, ix.constant(inside)).base);
}

SmallVector<SmallVector<Value>> RegisterMatmul::right(Emitter &e, const Index &k0, int64_t depth) {
  IndexBuilder &ix = e.index;
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  SmallVector<SmallVector<Value>> result(depth);
  if (depth == kDepth && isTransposed(points.b)) {
    auto type = VectorType::get({kGpuLanes}, storageType(b.getContext(), points.accumulator));
    for (int64_t v = 0; v < vectors; ++v) {
      SmallVector<Value> columns;
      for (int64_t s = 0; s < kGpuLanes; ++s) {
        Index col = ix.add(column(e, v), ix.constant(s));
        columns.push_back(read(e, false, IndexBuilder::lanes(k0.base), legal(e, col, points.N, tileCols())));
      }
      for (int64_t kk = 0; kk < depth; ++kk) {
        SmallVector<Value> elements;
        for (Value column : columns)
          elements.push_back(b.create<vector::ExtractOp>(loc, column, kk));
        result[kk].push_back(b.create<vector::FromElementsOp>(loc, type, elements));
      }
    }
    return result;
  }
  for (int64_t kk = 0; kk < depth; ++kk)
    for (int64_t v = 0; v < vectors; ++v)
      result[kk].push_back(read(e, false, ix.add(k0, ix.constant(kk)), legalColumns(e, v)));
  return result;
}

RegisterMatmul::Sums RegisterMatmul::block(Emitter &e, const Index &k0, int64_t depth, ValueRange carried) {
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  auto leftValues = left(e, k0, depth), rightValues = right(e, k0, depth);
  Sums sums(carried);
  for (int64_t kk = 0; kk < depth; ++kk)
    for (int64_t r = 0; r < c.rows; ++r) {
      Value x = e.widen(leftValues[r][kk]);
      for (int64_t v = 0; v < vectors; ++v) {
        Value &sum = sums[r * vectors + v], y = rightValues[kk][v];
        if (k.target.math.exact)
          sum = b.create<arith::AddFOp>(loc, sum, b.create<arith::MulFOp>(loc, x, y));
        else
          sum = b.create<math::FmaOp>(loc, x, y, sum);
      }
    }
  return sums;
}

void RegisterMatmul::storeElement(Emitter &e, Value sum, const Index &row, const Index &col, Value inside) {
  const rt::DType result = ir::dtypeOf(op.getResult());
  if (points.accumulator != result)
    sum = emitCast(e.scopes.builder(), e.scopes.loc(), sum, points.accumulator, result, k.target.math);
  e.bindValue(op.getResult(), sum);
  Point p = points.result(batch, legal(e, row, points.M, c.rows), legal(e, col, points.N, tileCols()));
  Index linear = e.linearize(points.result(batch, row, col), ir::dimsOf(op.getResult()));
  k.storeYields(e, [](Value) { return true; }, [&](Value) { return p; }, linear, inside);
}

void RegisterMatmul::store(Emitter &e, ValueRange sums) {
  IndexBuilder &ix = e.index;
  OpBuilder &b = e.scopes.builder();
  const bool wholeRuns = divides(points.N, kGpuLanes);
  auto both = [&](Value x, Value y) { return x && y ? Value(b.create<arith::AndIOp>(e.scopes.loc(), x, y)) : x ? x : y; };
  for (int64_t r = 0; r < c.rows; ++r)
    for (int64_t v = 0; v < vectors; ++v) {
      Index row = ix.add(firstRow, ix.constant(r)), col = column(e, v);
      Value rowInside = divides(points.M, c.rows) ? Value() : ix.less(row, e.size(points.M));
      auto colInside = [&](const Index &i) { return divides(points.N, tileCols()) ? Value() : ix.less(i, e.size(points.N)); };
      Value sum = sums[r * vectors + v];
      if (wholeRuns) {
        storeElement(e, sum, row, IndexBuilder::lanes(col.base), both(rowInside, colInside(col)));
        continue;
      }
      for (int64_t s = 0; s < kGpuLanes; ++s) {
        Index single = ix.add(col, ix.constant(s));
        storeElement(e, b.create<vector::ExtractOp>(e.scopes.loc(), sum, s), row, single, both(rowInside, colInside(single)));
      }
    }
  e.bindValue(op.getResult(), {});
}

void RegisterMatmul::emit(Emitter &e, MatmulPasses &passes, const Index &group) {
  IndexBuilder &ix = e.index;
  OpBuilder &b = e.scopes.builder();
  const Dim tilesM = ceilDiv(points.M, c.rows), tilesN = ceilDiv(points.N, tileCols());
  // Workgroups that follow each other read the same columns.
  Index columns = ix.div(group, e.size(tilesM));
  firstRow = ix.mul(ix.rem(group, e.size(tilesM)), ix.constant(c.rows));
  firstCol = ix.mul(ix.rem(columns, e.size(tilesN)), ix.constant(tileCols()));
  batch = ix.div(columns, e.size(tilesN));
  lane = {e.scopes.emitAt(0, [&]() -> Value { return b.create<gpu::LaneIdOp>(e.scopes.loc(), IntegerAttr()); })};

  auto type = VectorType::get({kGpuLanes}, storageType(b.getContext(), points.accumulator));
  Value zero = b.create<arith::ConstantOp>(e.scopes.loc(), b.getZeroAttr(type));
  passes.enter(group, lane);
  Sums sums = passes.begin(e, Sums(c.rows * vectors, zero));
  auto [first, end] = passes.range(e);
  Value last = passes.isLast(e);
  Index whole = ix.mul(e.size(floorDiv(points.K, kDepth)), ix.constant(kDepth));
  {
    PairedLoads pairs(e, c.pairs);
    sums = Sums(k.loop(e, ix.mul(first, ix.constant(kDepth)), ix.mul(end, ix.constant(kDepth)), ix.constant(kDepth), passes.stepsPerPass(), sums,
                       [&](const Index &k0, ValueRange in) { return block(e, k0, kDepth, in); }));
    if (!divides(points.K, kDepth)) {
      Index rest = e.size(points.K);
      if (last)
        rest = {b.create<arith::SelectOp>(e.scopes.loc(), last, rest.base, whole.base)};
      sums = Sums(k.loop(e, whole, rest, ix.constant(1), kDepth - 1, sums,
                         [&](const Index &k0, ValueRange in) { return block(e, k0, 1, in); }));
    }
  }
  passes.end(e, sums, [&] { store(e, sums); });
}

LogicalResult RegisterMatmul::run() {
  const Dim groups = points.batch * ceilDiv(points.M, c.rows) * ceilDiv(points.N, tileCols());
  MatmulPasses passes(k, points.accumulator, c.rows * vectors, kGpuLanes, groups, lanes, floorDiv(points.K, kDepth));
  return k.entry("", groups, lanes, [&](Emitter &e, const Index &group, const Index &) { emit(e, passes, group); }, passes.passes());
}

} // namespace

LogicalResult lowerMatmulInRegisters(GpuKernelBuilder &k, ir::MatmulOp op, const GpuMatmulConfig &config) {
  return RegisterMatmul(k, op, config).run();
}

} // namespace mx::codegen
