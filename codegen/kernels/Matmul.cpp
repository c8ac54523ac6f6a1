// Entries, units and scratch of a matmul, and the loops of the compute entry around the register tile.
#include "codegen/kernels/MatmulEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mx::codegen {
namespace matmul {

using namespace mlir;

int64_t packGroup(const MatmulConfig &config, int panelWidth) {
  constexpr int64_t kGroupElements = 16 << 10;
  return std::max<int64_t>(1, kGroupElements / (config.kBlock * panelWidth));
}

namespace {

/// Scratch sizes in elements, the Dim twin of what Emitter computes in the body.
struct ScratchSizes {
  const MatmulProblem &problem;
  const MatmulConfig &config;

  int64_t width(Side side) const { return side == Side::Lhs ? config.tileRows : config.tileCols(); }
  ir::Dim tiles(Side side) const {
    return ceilDiv(side == Side::Lhs ? problem.M : problem.N, ir::Dim(width(side)));
  }
  ir::Dim kBlocks() const { return max(ceilDiv(problem.K, ir::Dim(config.kBlock)), ir::Dim(1)); }
  ir::Dim depth() const {
    return min(ir::Dim(config.kBlock), ceilDiv(problem.K, ir::Dim(config.lanes)) * ir::Dim(config.lanes));
  }
  ir::Dim panelStride(Side side, ir::Dim depth) const {
    const PanelLayout panel{int(width(side)), config.lanes};
    const ir::Dim unit(kPanelAlignment);
    return ceilDiv(depth * ir::Dim(panel.width) + ir::Dim(panel.overhang()), unit) * unit;
  }
  /// Elements of all panels in shared scratch.
  ir::Dim shared(Side side) const { return problem.batch * kBlocks() * tiles(side) * panelStride(side, depth()); }
  /// Elements of a unit's panels in thread scratch.
  int64_t local(Side side) const {
    const int64_t count = side == Side::Lhs ? config.unitRowTiles : config.unitColTiles;
    return count * panelStride(side, ir::Dim(roundUp(config.kBlock, config.lanes))).value();
  }
  ir::Dim packUnits(Side side) const {
    return problem.batch * kBlocks() * ceilDiv(tiles(side), ir::Dim(packGroup(config, int(width(side)))));
  }
  /// Accumulator tiles that wait in thread scratch.
  int64_t partialTiles() const {
    const bool oneBlock = problem.K.isConstant() && problem.K.value() <= config.kBlock;
    return oneBlock ? 1 : config.unitRowTiles * config.unitColTiles;
  }
};

} // namespace

void Emitter::emitComputeEntry() {
  loop(body.begin, body.end, 1, [&](Value unit) { emitUnit(unit); });
}

void Emitter::emitUnit(Value unit) {
  Value zero = ix.constant(0);
  Value unitRows = ix.constant(config.unitRowTiles), unitCols = ix.constant(config.unitColTiles);
  Value rowBlocks = ix.ceilDiv(rowTiles, unitRows), colBlocks = ix.ceilDiv(colTiles, unitCols);
  Value rest = ix.floorDiv(unit, rowBlocks);
  Value batch = ix.floorDiv(rest, colBlocks);
  Value firstRow = ix.mul(ix.rem(unit, rowBlocks), unitRows);
  Value firstCol = ix.mul(ix.rem(rest, colBlocks), unitCols);
  Value rows = ix.min(unitRows, ix.sub(rowTiles, firstRow));
  Value cols = ix.min(unitCols, ix.sub(colTiles, firstCol));

  const ScratchSizes sizes{plan.problem, config};
  const bool lhsLocal = config.lhs == MatmulPacking::Local, rhsLocal = config.rhs == MatmulPacking::Local;
  const int64_t rhsOffset = lhsLocal ? sizes.local(Side::Lhs) : 0;
  const int64_t partialOffset = rhsOffset + (rhsLocal ? sizes.local(Side::Rhs) : 0);
  const int64_t tileElements = int64_t(config.tileRows) * config.tileCols();

  auto panelsOf = [&](Side side, Value block, KRange k) -> Panels {
    const bool isLhs = side == Side::Lhs;
    Value first = isLhs ? firstRow : firstCol;
    switch (isLhs ? config.lhs : config.rhs) {
    case MatmulPacking::Direct:
      return {};
    case MatmulPacking::Shared:
      return sharedPanels(side, batch, block, first);
    case MatmulPacking::Local:
      break;
    }
    Panels local{body.threadScratch, ix.constant(isLhs ? 0 : rhsOffset)};
    packPanels(side, batch, k, first, isLhs ? rows : cols, local);
    return local;
  };

  loop(zero, kBlocks, 1, [&](Value block) {
    KRange k = kRange(block);
    Panels lhs = panelsOf(Side::Lhs, block, k), rhs = panelsOf(Side::Rhs, block, k);
    Value isFirst = ix.equal(block, zero);
    Value isLast = ix.equal(ix.add(block, 1), kBlocks);
    auto emitAt = [&](Value i, Value j) {
      Tile tile{batch, ix.mul(ix.add(firstRow, i), config.tileRows), ix.mul(ix.add(firstCol, j), config.tileCols()),
                k, lhs, rhs, ix.constant(partialOffset), isFirst, isLast};
      if (lhs.memref)
        tile.lhs.offset = ix.add(lhs.offset, ix.mul(i, lhsStride));
      if (rhs.memref)
        tile.rhs.offset = ix.add(rhs.offset, ix.mul(j, rhsStride));
      if (sizes.partialTiles() > 1)
        tile.partial =
            ix.add(ix.mul(ix.add(ix.mul(i, config.unitColTiles), j), tileElements), partialOffset);
      emitTile(tile);
    };
    if (config.rowTilesInner)
      loop(zero, cols, 1, [&](Value j) { loop(zero, rows, 1, [&](Value i) { emitAt(i, j); }); });
    else
      loop(zero, rows, 1, [&](Value i) { loop(zero, cols, 1, [&](Value j) { emitAt(i, j); }); });
  });
}

} // namespace matmul

MatmulPlan planMatmul(const MatmulProblem &problem, const MatmulConfig &config) {
  using matmul::Side;
  const matmul::ScratchSizes sizes{problem, config};
  MatmulPlan plan{problem, config, {}, ir::Dim(0)};

  // One core retires about 64 f32 multiply-adds per ns; packing moves about 8 elements per ns.
  constexpr int64_t kMacsPerNs = 64, kPackedPerNs = 8;
  ir::Dim packUnits(0), sharedElements(0);
  for (Side side : {Side::Lhs, Side::Rhs})
    if ((side == Side::Lhs ? config.lhs : config.rhs) == MatmulPacking::Shared) {
      packUnits = packUnits + sizes.packUnits(side);
      sharedElements = sharedElements + sizes.shared(side);
    }
  plan.sharedScratchBytes = sharedElements * ir::Dim(problem.accumulatorBytes);
  if (!sharedElements.is(0)) {
    const int64_t width = std::max(sizes.width(Side::Lhs), sizes.width(Side::Rhs));
    const ir::Dim cost = sizes.depth() * ir::Dim(width * matmul::packGroup(config, int(width)));
    plan.entries.push_back({MatmulEntry::Kind::Pack, "pack", packUnits, ceilDiv(cost, ir::Dim(kPackedPerNs)), 0});
  }

  const ir::Dim rowTiles = sizes.tiles(Side::Lhs), colTiles = sizes.tiles(Side::Rhs);
  const ir::Dim units = problem.batch * ceilDiv(rowTiles, ir::Dim(config.unitRowTiles)) *
                        ceilDiv(colTiles, ir::Dim(config.unitColTiles));
  const ir::Dim tileMacs = problem.K * ir::Dim(int64_t(config.tileRows) * config.tileCols());
  const ir::Dim unitMacs = tileMacs * min(rowTiles, ir::Dim(config.unitRowTiles)) *
                           min(colTiles, ir::Dim(config.unitColTiles));
  int64_t scratch = sizes.partialTiles() * config.tileRows * config.tileCols();
  for (Side side : {Side::Lhs, Side::Rhs})
    if ((side == Side::Lhs ? config.lhs : config.rhs) == MatmulPacking::Local)
      scratch += sizes.local(side);
  plan.entries.push_back({MatmulEntry::Kind::Compute, "compute", units, ceilDiv(unitMacs, ir::Dim(kMacsPerNs)),
                          scratch * problem.accumulatorBytes});
  return plan;
}

void emitMatmulEntry(mlir::OpBuilder &builder, mlir::Location loc, const MatmulPlan &plan, const MatmulEntry &entry,
                     const MatmulBody &body) {
  matmul::Emitter emitter(builder, loc, plan, body);
  if (entry.kind == MatmulEntry::Kind::Pack)
    emitter.emitPackEntry();
  else
    emitter.emitComputeEntry();
}

} // namespace mx::codegen
