// The register tile: its k loop, and how finished or partial accumulators leave the registers. The k loop carries
// the whole tile as loop values; nothing in it stores, so all of it stays in registers.
#include "codegen/kernels/MatmulEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mx::codegen::matmul {

using namespace mlir;

void Emitter::emitTile(const Tile &tile) {
  const bool oneBlock = constantOf(kBlocks) == 1;
  SmallVector<Value> acc = accumulate(tile, loadPartials(tile));
  const bool alwaysFull = panelsAreFull(Side::Lhs) && panelsAreFull(Side::Rhs);
  auto finish = [&] {
    auto spillAndStore = [&] {
      if (oneBlock)
        storePartials(tile, acc);
      storeFromScratch(tile);
    };
    if (!config.inlineEpilogue)
      return spillAndStore();
    if (alwaysFull)
      return storeFromRegisters(tile, acc);
    Value full = ix.both(ix.lessEqual(ix.add(tile.row, config.tileRows), M),
                         ix.lessEqual(ix.add(tile.col, config.tileCols()), N));
    branch(full, [&] { storeFromRegisters(tile, acc); }, spillAndStore);
  };
  if (oneBlock)
    return finish();
  // The last block's accumulators go to scratch too when the epilogue reads them from there.
  if (!config.inlineEpilogue || !alwaysFull)
    storePartials(tile, acc);
  branch(tile.isLast, finish, [&] {
    if (config.inlineEpilogue && alwaysFull)
      storePartials(tile, acc);
  });
}

SmallVector<Value> Emitter::loadPartials(const Tile &tile) {
  const int count = config.tileRows * config.tileVectors;
  Value zero = b.create<arith::ConstantOp>(loc, b.getZeroAttr(vectorType));
  SmallVector<Value> zeros(count, zero);
  if (constantOf(kBlocks) == 1)
    return zeros;
  auto op = b.create<scf::IfOp>(loc, SmallVector<Type>(count, vectorType), tile.isFirst, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.thenBlock());
  b.create<scf::YieldOp>(loc, zeros);
  b.setInsertionPointToStart(op.elseBlock());
  SmallVector<Value> loaded;
  for (int i = 0; i < count; ++i)
    loaded.push_back(b.create<vector::LoadOp>(loc, vectorType, body.threadScratch,
                                              ix.add(tile.partial, int64_t(i) * config.lanes)));
  b.create<scf::YieldOp>(loc, loaded);
  return SmallVector<Value>(op.getResults());
}

void Emitter::storePartials(const Tile &tile, ValueRange acc) {
  for (auto [i, value] : llvm::enumerate(acc))
    b.create<vector::StoreOp>(loc, value, body.threadScratch, ix.add(tile.partial, int64_t(i) * config.lanes));
}

SmallVector<Value> Emitter::accumulate(const Tile &tile, ValueRange init) {
  const int lanes = config.lanes;
  // A direct operand is read in place: rows past the edge repeat the last one, lanes past it are masked.
  SmallVector<Value> rows, cols, validCols;
  if (config.lhs == MatmulPacking::Direct) {
    Value last = ix.sub(M, ix.constant(1));
    for (int i = 0; i < config.tileRows; ++i) {
      Value row = ix.add(tile.row, i);
      rows.push_back(panelsAreFull(Side::Lhs) ? row : ix.min(row, last));
    }
  }
  for (int v = 0; v < config.tileVectors; ++v) {
    cols.push_back(ix.add(tile.col, int64_t(v) * lanes));
    validCols.push_back(panelsAreFull(Side::Rhs) ? Value() : clipLanes(cols.back(), N));
  }

  auto loop = b.create<scf::ForOp>(loc, ix.constant(0), tile.k.length, ix.constant(1), init);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value step = loop.getInductionVar();
  Value k = ix.add(tile.k.start, step);
  SmallVector<Value> rhs, acc(loop.getRegionIterArgs());
  for (int v = 0; v < config.tileVectors; ++v) {
    if (config.rhs == MatmulPacking::Direct) {
      rhs.push_back(load(Side::Rhs, tile.batch, cols[v], k, /*alongK=*/false, lanes, validCols[v]));
      continue;
    }
    Value at = ix.add(ix.add(tile.rhs.offset, ix.mul(step, rhsLayout.width)), int64_t(v) * lanes);
    rhs.push_back(b.create<vector::LoadOp>(loc, vectorType, tile.rhs.memref, at));
  }
  for (int i = 0; i < config.tileRows; ++i) {
    Value scalar;
    if (config.lhs == MatmulPacking::Direct) {
      scalar = load(Side::Lhs, tile.batch, rows[i], k, /*alongK=*/true, 1, Value());
    } else {
      Value at = ix.add(ix.add(tile.lhs.offset, ix.mul(step, lhsLayout.width)), i);
      scalar = b.create<memref::LoadOp>(loc, tile.lhs.memref, at);
    }
    Value spread = b.create<vector::BroadcastOp>(loc, vectorType, scalar);
    for (int v = 0; v < config.tileVectors; ++v) {
      Value &sum = acc[i * config.tileVectors + v];
      if (config.fma)
        sum = b.create<math::FmaOp>(loc, spread, rhs[v], sum);
      else
        sum = b.create<arith::AddFOp>(loc, b.create<arith::MulFOp>(loc, spread, rhs[v]), sum);
    }
  }
  b.create<scf::YieldOp>(loc, acc);
  return SmallVector<Value>(loop.getResults());
}

void Emitter::storeFromRegisters(const Tile &tile, ValueRange acc) {
  for (int i = 0; i < config.tileRows; ++i)
    for (int v = 0; v < config.tileVectors; ++v)
      body.store(b, loc, tile.batch, ix.add(tile.row, i), ix.add(tile.col, int64_t(v) * config.lanes),
                 acc[i * config.tileVectors + v], Value());
}

void Emitter::storeFromScratch(const Tile &tile) {
  const int lanes = config.lanes;
  auto staticN = constantOf(N);
  const bool vectorsAreFull = staticN && *staticN % lanes == 0;
  Value rows = ix.min(ix.constant(config.tileRows), ix.sub(M, tile.row));
  Value vectors = ix.min(ix.constant(config.tileVectors),
                         ix.ceilDiv(ix.sub(N, tile.col), ix.constant(lanes)));
  loop(ix.constant(0), rows, 1, [&](Value i) {
    loop(ix.constant(0), vectors, 1, [&](Value v) {
      Value at = ix.mul(ix.add(ix.mul(i, config.tileVectors), v), lanes);
      Value acc = b.create<vector::LoadOp>(loc, vectorType, body.threadScratch, ix.add(tile.partial, at));
      Value col = ix.add(tile.col, ix.mul(v, lanes));
      Value valid = vectorsAreFull ? Value() : clipLanes(col, N);
      body.store(b, loc, tile.batch, ix.add(tile.row, i), col, acc, valid);
    });
  });
  // A long epilogue's constants would be hoisted above the k loop and push its accumulators out of their registers.
  if (!config.inlineEpilogue)
    std::prev(b.getInsertionPoint())->setAttr(kOutlineAttr, b.getUnitAttr());
}

} // namespace mx::codegen::matmul
