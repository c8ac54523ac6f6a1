// Kernels of kind `row` on a GPU, with the CPU's order of accumulation (RowDomain.h):
// - last axis reduced: a team of invocations runs a row (GpuRowTeam.h);
// - last axis kept: an invocation runs one column, or a few vectors of them.
// Where a row is too long for one workgroup, or rows are few, the blocks of a row go to teams of their own: for each
// level an entry of block totals and one that adds them in order, then one that stores full-size results.
#include "codegen/lowering/Casts.h"
#include "codegen/lowering/RowDomain.h"
#include "codegen/spirv/GpuKernel.h"
#include "codegen/spirv/GpuLaneMemory.h"
#include "codegen/spirv/GpuRowTeam.h"
#include "ir/Blame.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;

constexpr int64_t kBlocksPerPass = 32768;

class GpuRowLowering {
public:
  GpuRowLowering(GpuKernelBuilder &k, RowDomain domain) : k(k), d(std::move(domain)), rows(d.lanesReduced ? d.keptOuter : d.keptOuter * d.laneSize) {
    for (Value v : k.yields())
      hasFull |= d.isFull(v);
  }
  LogicalResult run();

private:
  // Upper bounds of loop iterations: of one block's totals, of a row in one workgroup.
  Dim blockIterations() const;
  Dim rowIterations() const;
  Dim rowsInBlock() const { return min(d.lanesReduced ? d.rowsPerBlock() : Dim(kBlockRows), d.reducedOuter); }
  Dim columnsInBlock() const { return min(d.laneSize, Dim(kBlockElements)); }

  LogicalResult wholeEntry();
  LogicalResult splitEntries();
  LogicalResult partialEntry(int level);
  LogicalResult totalEntry(int level);
  LogicalResult fullEntry();

  // --- Inside an entry.
  // Starts a row: its number, and whether there is one (null: always).
  struct Row {
    Index number;
    Value inside;
  };
  // The row of a team, or of an invocation where columns are kept; `perRow` teams or invocations share one.
  LogicalResult rowEntry(StringRef suffix, Dim perRow, llvm::function_ref<void(Emitter &, const Row &, const Index &part)> body);
  void setRow(Emitter &e, const Index &row);
  // Moves on to a vector of the invocation's columns.
  void setVector(Emitter &e, const Index &first, int64_t vector);
  SmallVector<Value> blockTotals(Emitter &e, ArrayRef<Reduction *> level, const Index &block);
  SmallVector<Value> alongLanes(Emitter &e, ArrayRef<Reduction *> level, const Index &block);
  // The blocks from `lo` to below `hi`, at most `most` of them, added to `init` in order.
  SmallVector<Value> addBlocks(Emitter &e, ArrayRef<Reduction *> level, const Index &lo, const Index &hi, Dim most, ValueRange init,
                               llvm::function_ref<SmallVector<Value>(const Index &)> totalsOf);
  SmallVector<Value> identities(Emitter &e, ArrayRef<Reduction *> level);
  // Loops over the reduced rows of a block, or all of them, setting their coordinates.
  SmallVector<Value> forRows(Emitter &e, const Index &lo, const Index &hi, Dim maxTrips, ValueRange init,
                             llvm::function_ref<SmallVector<Value>(ValueRange)> body);
  void bind(Emitter &e, const Reduction &r, Value total);
  // Whether this invocation stores what there is one of a row; null: always.
  Value storesRow(Emitter &e, const Row &row);
  void storeRows(Emitter &e, const Row &row);
  // Of kernels with one level, with the totals of all of the invocation's vectors.
  void storeVectors(Emitter &e, Row row, ArrayRef<Value> totals);
  void storeFull(Emitter &e, const Index &rowLo, const Index &rowHi, Dim maxRows, const Index &lo, const Index &hi, Dim maxColumns, Value inside);
  Value identity(Emitter &e, const Reduction &r);
  Value combined(Emitter &e, const Reduction &r, Value a, Value b) { return combine(e, r, a, b, k.target.math); }

  // Scratch: for each reduction its block totals, then (block null) its totals, in slots of 8 bytes whatever the type.
  Index slot(Emitter &e, const Reduction &r, const Index &row, const Index *block);
  Value loadSlot(Emitter &e, const Reduction &r, const Index &row, const Index *block);
  void storeSlot(Emitter &e, const Reduction &r, const Index &row, const Index *block, Value v);
  // Binds the reductions of the levels before `below` to their totals in scratch.
  void bindTotals(Emitter &e, const Index &row, int below);

  GpuKernelBuilder &k;
  RowDomain d;
  const Dim rows; // kept positions
  int64_t columns = 1; // neighbouring columns of an invocation, in an entry that keeps them: one, or whole vectors
  int64_t vectors() const { return std::max<int64_t>(columns / kGpuLanes, 1); }
  Dim runs = 1;   // 0 where the sizes of the call ask for the other form
  bool hasFull = false;
  std::unique_ptr<RowTeam> team; // where the lanes are reduced
  SmallVector<Coord> coords;     // of the current row, one per group
};

Dim GpuRowLowering::blockIterations() const {
  const Dim perRow = d.lanesReduced ? team->accumulateIterations(columnsInBlock()) : Dim(0);
  return d.reducedOuter.is(1) ? perRow : rowsInBlock() * (Dim(1) + perRow);
}

Dim GpuRowLowering::rowIterations() const {
  const Dim stores = d.reducedOuter * (Dim(1) + (d.lanesReduced ? team->columnIterations(d.laneSize) : Dim(0)));
  return Dim(d.levels) * d.blocks() * (Dim(1) + blockIterations()) + (hasFull ? stores : Dim(0));
}

Value GpuRowLowering::identity(Emitter &e, const Reduction &r) {
  Value v = e.scopes.emitAt(0, [&]() -> Value {
    OpBuilder &b = e.scopes.builder();
    return b.create<arith::ConstantOp>(e.scopes.loc(), reductionIdentity(b, r.kind, r.acc));
  });
  return columns == 1 ? v : e.widen(v);
}

void GpuRowLowering::bind(Emitter &e, const Reduction &r, Value total) {
  if (r.acc != r.out)
    total = e.scopes.emitAt(e.scopes.depthOf(total), [&] {
      return emitCast(e.scopes.builder(), e.scopes.loc(), total, r.acc, r.out, k.target.math);
    });
  e.bindValue(r.result(), total);
}

// --- Scratch ----------------------------------------------------------------------------------------------------

Index GpuRowLowering::slot(Emitter &e, const Reduction &r, const Index &row, const Index *block) {
  IndexBuilder &ix = e.index;
  const int64_t number = &r - d.reductions.data();
  Dim first = Dim(number) * rows * (d.blocks() + Dim(1));
  Index inside = row;
  // Neighbouring workgroups or invocations write neighbouring slots.
  if (!block)
    first = first + rows * d.blocks();
  else if (d.lanesReduced)
    inside = ix.add(ix.mul(row, e.size(d.blocks())), *block);
  else
    inside = ix.add(ix.mul(*block, e.size(rows)), row);
  return ix.add(e.size(first * Dim(8 / rt::sizeOf(r.acc))), inside);
}

Value GpuRowLowering::loadSlot(Emitter &e, const Reduction &r, const Index &row, const Index *block) {
  return e.load(k.sharedScratch(e, storageType(k.kernel.getContext(), r.acc)), r.acc, slot(e, r, row, block));
}

void GpuRowLowering::storeSlot(Emitter &e, const Reduction &r, const Index &row, const Index *block, Value v) {
  e.store(k.sharedScratch(e, storageType(k.kernel.getContext(), r.acc)), r.acc, slot(e, r, row, block), v);
}

void GpuRowLowering::bindTotals(Emitter &e, const Index &row, int below) {
  for (Reduction &r : d.reductions)
    if (r.level < below)
      bind(e, r, loadSlot(e, r, row, nullptr));
}

// --- Totals -----------------------------------------------------------------------------------------------------

SmallVector<Value> GpuRowLowering::forRows(Emitter &e, const Index &lo, const Index &hi, Dim maxTrips, ValueRange init,
                                           llvm::function_ref<SmallVector<Value>(ValueRange)> body) {
  if (d.reducedOuter.is(1))
    return body(init);
  return SmallVector<Value>(k.loop(e, lo, hi, e.index.constant(1), maxTrips, init, [&](const Index &r, ValueRange in) {
    d.setReduced(e, coords, r);
    return body(in);
  }));
}

SmallVector<Value> GpuRowLowering::alongLanes(Emitter &e, ArrayRef<Reduction *> level, const Index &block) {
  IndexBuilder &ix = e.index;
  Index rowBlock = ix.div(block, e.size(d.columnBlocks())), columnBlock = ix.rem(block, e.size(d.columnBlocks()));
  Index rowLo = ix.mul(rowBlock, e.size(d.rowsPerBlock()));
  Index rowHi = ix.min(ix.add(rowLo, e.size(d.rowsPerBlock())), e.size(d.reducedOuter));
  Index lo = ix.mul(columnBlock, ix.constant(kBlockElements));
  Index hi = ix.min(ix.add(lo, ix.constant(kBlockElements)), e.size(d.laneSize));
  auto add = [&](const Index &column, ValueRange in) {
    Point p;
    p.coords.assign(coords.begin(), coords.end());
    p.coords[d.lane].index = column;
    SmallVector<Value> next;
    for (auto [n, r] : llvm::enumerate(level)) {
      Value v = contributionAt(e, *r, p, k.target.math);
      next.push_back(combined(e, *r, in[n], column.isUniform() ? v : e.widen(v)));
    }
    return next;
  };
  SmallVector<Value> init;
  for (int64_t a = 0; a < team->accumulators; ++a)
    for (Reduction *r : level)
      init.push_back(team->identity(e, *r));
  return forRows(e, rowLo, rowHi, rowsInBlock(), init,
                 [&](ValueRange in) { return team->accumulate(e, lo, hi, columnsInBlock(), in, add); });
}

SmallVector<Value> GpuRowLowering::blockTotals(Emitter &e, ArrayRef<Reduction *> level, const Index &block) {
  if (d.lanesReduced)
    return team->totals(e, level, alongLanes(e, level, block));
  IndexBuilder &ix = e.index;
  Index lo = ix.mul(block, ix.constant(kBlockRows));
  Index hi = ix.min(ix.add(lo, ix.constant(kBlockRows)), e.size(d.reducedOuter));
  const Index first = coords[d.lane].index;
  return forRows(e, lo, hi, rowsInBlock(), identities(e, level), [&](ValueRange in) {
    PairedLoads paired(e, vectors() > 1 && chooseGpuPairs(k.kernel, k.target.device));
    SmallVector<Value> next;
    for (int64_t vector = 0; vector < vectors(); ++vector) {
      setVector(e, first, vector);
      Point p;
      p.coords.assign(coords.begin(), coords.end());
      for (Reduction *r : level) {
        Value v = contributionAt(e, *r, p, k.target.math);
        next.push_back(combined(e, *r, in[next.size()], columns == 1 ? v : e.widen(v)));
      }
    }
    setVector(e, first, 0);
    return next;
  });
}

void GpuRowLowering::setVector(Emitter &e, const Index &first, int64_t vector) {
  if (vectors() > 1)
    coords[d.lane].index = IndexBuilder::lanes(e.index.add({first.base}, e.index.constant(vector * kGpuLanes)).base);
}

SmallVector<Value> GpuRowLowering::identities(Emitter &e, ArrayRef<Reduction *> level) {
  SmallVector<Value> init;
  for (int64_t vector = 0; vector < vectors(); ++vector)
    for (Reduction *r : level)
      init.push_back(identity(e, *r));
  return init;
}

SmallVector<Value> GpuRowLowering::addBlocks(Emitter &e, ArrayRef<Reduction *> level, const Index &lo, const Index &hi, Dim most, ValueRange init,
                                             llvm::function_ref<SmallVector<Value>(const Index &)> totalsOf) {
  auto add = [&](const Index &block, ValueRange in) {
    SmallVector<Value> totals = totalsOf(block);
    for (auto [n, total] : llvm::enumerate(totals))
      total = combined(e, *level[n % level.size()], in[n], total);
    return totals;
  };
  if (most.is(1))
    return add(lo, init);
  return SmallVector<Value>(k.loop(e, lo, hi, e.index.constant(1), most, init, add));
}

// --- Results ----------------------------------------------------------------------------------------------------

Value GpuRowLowering::storesRow(Emitter &e, const Row &row) {
  if (!d.lanesReduced)
    return row.inside;
  Value first = team->isFirst(e);
  return row.inside ? Value(e.scopes.builder().create<arith::AndIOp>(e.scopes.loc(), first, row.inside)) : first;
}

void GpuRowLowering::storeRows(Emitter &e, const Row &row) {
  k.storeYields(e, [&](Value v) { return !d.isFull(v); },
                [&](Value v) { return Emitter::linearPoint(ir::dimsOf(v).size(), row.number); }, row.number, storesRow(e, row));
}

void GpuRowLowering::storeVectors(Emitter &e, Row row, ArrayRef<Value> totals) {
  const Index first = row.number;
  SmallVector<Reduction *> level = d.level(1);
  for (int64_t vector = 0; vector < vectors(); ++vector) {
    row.number = IndexBuilder::lanes(e.index.add({first.base}, e.index.constant(vector * kGpuLanes)).base);
    for (auto [n, r] : llvm::enumerate(level))
      bind(e, *r, totals[vector * level.size() + n]);
    storeRows(e, row);
  }
}

void GpuRowLowering::storeFull(Emitter &e, const Index &rowLo, const Index &rowHi, Dim maxRows, const Index &lo, const Index &hi,
                               Dim maxColumns, Value inside) {
  auto storeAt = [&](const Index *lane) {
    Point p;
    p.coords.assign(coords.begin(), coords.end());
    if (lane)
      p.coords[d.lane].index = *lane;
    k.storeYields(e, [&](Value v) { return d.isFull(v); }, [&](Value) { return p; }, e.linearize(p, d.dims), inside);
    return SmallVector<Value>{};
  };
  forRows(e, rowLo, rowHi, maxRows, {}, [&](ValueRange) {
    if (!d.lanesReduced)
      return storeAt(nullptr);
    team->forColumns(e, lo, hi, maxColumns, [&](const Index &i) { storeAt(&i); });
    return SmallVector<Value>{};
  });
}

// --- Entries ----------------------------------------------------------------------------------------------------

void GpuRowLowering::setRow(Emitter &e, const Index &row) {
  if (d.lanesReduced) {
    coords = d.keptCoords(e, row);
    return;
  }
  coords = d.keptCoords(e, e.index.div(row, e.size(d.laneSize)));
  coords[d.lane].index = e.index.rem(row, e.size(d.laneSize));
  if (columns != 1)
    coords[d.lane].index.step = 1;
}

LogicalResult GpuRowLowering::rowEntry(StringRef suffix, Dim perRow,
                                       llvm::function_ref<void(Emitter &, const Row &, const Index &)> body) {
  const Dim n = floorDiv(rows, columns) * perRow;
  const int64_t workgroup = d.lanesReduced ? team->workgroup
                            : vectors() > 1 ? kGpuWideColumnsWorkgroup : chooseGpuMapConfig(k.kernel, n, 1, k.target.device).workgroup;
  const int64_t perGroup = d.lanesReduced ? team->rows : workgroup;
  return k.entry(suffix, ceilDiv(n, perGroup) * runs, workgroup, [&](Emitter &e, const Index &group, const Index &local) {
    IndexBuilder &ix = e.index;
    Row row;
    Index i = ix.add(ix.mul(group, ix.constant(perGroup)), d.lanesReduced ? team->start(e, local) : local);
    if (!(n.isConstant() && n.value() % perGroup == 0) && perGroup != 1) {
      row.inside = ix.less(i, e.size(n));
      i = ix.min(i, e.size(n - Dim(1)));
    }
    // Neighbours hold neighbouring columns.
    row.number = d.lanesReduced ? ix.div(i, e.size(perRow)) : ix.rem(i, e.size(floorDiv(rows, columns)));
    Index part = d.lanesReduced ? ix.rem(i, e.size(perRow)) : ix.div(i, e.size(floorDiv(rows, columns)));
    row.number = ix.mul(row.number, ix.constant(columns));
    setRow(e, row.number);
    if (columns != 1)
      row.number = IndexBuilder::lanes(row.number.base);
    body(e, row, part);
    for (Reduction &r : d.reductions)
      e.bindValue(r.result(), {});
  });
}

LogicalResult GpuRowLowering::wholeEntry() {
  return rowEntry("", 1, [&](Emitter &e, const Row &row, const Index &) {
    IndexBuilder &ix = e.index;
    for (int l = 1; l <= d.levels; ++l) {
      SmallVector<Reduction *> level = d.level(l);
      if (d.lanesReduced)
        team->startLevel(e, level);
      SmallVector<Value> totals = addBlocks(e, level, ix.constant(0), e.size(d.blocks()), d.blocks(), identities(e, level),
                                            [&](const Index &block) { return blockTotals(e, level, block); });
      if (vectors() > 1)
        return storeVectors(e, row, totals);
      for (auto [n, r] : llvm::enumerate(level))
        bind(e, *r, totals[n]);
    }
    storeRows(e, row);
    if (hasFull)
      storeFull(e, ix.constant(0), e.size(d.reducedOuter), d.reducedOuter, ix.constant(0), e.size(d.laneSize), d.laneSize, row.inside);
  });
}

LogicalResult GpuRowLowering::partialEntry(int l) {
  return rowEntry(d.levels == 1 ? "partial" : "partial" + std::to_string(l), d.blocks(), [&](Emitter &e, const Row &row, const Index &block) {
    bindTotals(e, row.number, l);
    SmallVector<Reduction *> level = d.level(l);
    if (d.lanesReduced)
      team->startLevel(e, level);
    SmallVector<Value> totals = blockTotals(e, level, block);
    auto store = [&] {
      for (auto [n, r] : llvm::enumerate(level))
        storeSlot(e, *r, row.number, &block, totals[n]);
      return SmallVector<Value>{};
    };
    if (Value inside = storesRow(e, row))
      e.scopes.when(inside, {}, store);
    else
      store();
  });
}

LogicalResult GpuRowLowering::totalEntry(int l) {
  const int64_t workgroup = chooseGpuMapConfig(k.kernel, rows, 1, k.target.device).workgroup;
  // Beyond so many blocks several passes hand the totals on.
  const Dim blocks = d.blocks(), passes = max(ceilDiv(blocks, kBlocksPerPass), 1);
  return k.entry(d.levels == 1 ? "total" : "total" + std::to_string(l), ceilDiv(rows, workgroup) * runs, workgroup,
                 [&](Emitter &e, const Index &group, const Index &local) {
    IndexBuilder &ix = e.index;
    OpBuilder &b = e.scopes.builder();
    Index i = ix.add(ix.mul(group, ix.constant(workgroup)), local);
    Row row{ix.min(i, e.size(rows - Dim(1))), ix.less(i, e.size(rows))};
    SmallVector<Reduction *> level = d.level(l);
    bindTotals(e, row.number, l);
    SmallVector<Value> totals = identities(e, level);
    Index lo = ix.constant(0), hi = e.size(blocks);
    Value isLast = row.inside;
    if (!passes.is(1)) {
      Index pass = k.pass(e);
      lo = ix.mul(pass, ix.constant(kBlocksPerPass));
      hi = ix.min(ix.add(lo, ix.constant(kBlocksPerPass)), hi);
      Value isFirst = ix.less(pass, ix.constant(1));
      for (auto [n, r] : llvm::enumerate(level))
        totals[n] = b.create<arith::SelectOp>(e.scopes.loc(), isFirst, totals[n], loadSlot(e, *r, row.number, nullptr));
      isLast = b.create<arith::AndIOp>(e.scopes.loc(), row.inside, ix.less(e.size(passes - Dim(2)), pass));
    }
    totals = addBlocks(e, level, lo, hi, min(blocks, kBlocksPerPass), totals, [&](const Index &block) {
      SmallVector<Value> parts;
      for (Reduction *r : level)
        parts.push_back(loadSlot(e, *r, row.number, &block));
      return parts;
    });
    for (auto [n, r] : llvm::enumerate(level))
      bind(e, *r, totals[n]);
    if (hasFull || l < d.levels || !passes.is(1))
      e.scopes.when(row.inside, {}, [&] {
        for (auto [n, r] : llvm::enumerate(level))
          storeSlot(e, *r, row.number, nullptr, totals[n]);
        return SmallVector<Value>{};
      });
    if (l == d.levels)
      k.storeYields(e, [&](Value v) { return !d.isFull(v); },
                    [&](Value v) { return Emitter::linearPoint(ir::dimsOf(v).size(), row.number); }, row.number, isLast);
    for (Reduction &r : d.reductions)
      e.bindValue(r.result(), {});
  }, passes);
}

LogicalResult GpuRowLowering::fullEntry() {
  return rowEntry("full", d.blocks(), [&](Emitter &e, const Row &row, const Index &block) {
    IndexBuilder &ix = e.index;
    bindTotals(e, row.number, d.levels + 1);
    Index rowBlock = d.lanesReduced ? ix.div(block, e.size(d.columnBlocks())) : block;
    Dim height = d.lanesReduced ? d.rowsPerBlock() : Dim(kBlockRows);
    Index rowLo = ix.mul(rowBlock, e.size(height));
    Index rowHi = ix.min(ix.add(rowLo, e.size(height)), e.size(d.reducedOuter));
    Index lo, hi;
    if (d.lanesReduced) {
      lo = ix.mul(ix.rem(block, e.size(d.columnBlocks())), ix.constant(kBlockElements));
      hi = ix.min(ix.add(lo, ix.constant(kBlockElements)), e.size(d.laneSize));
    }
    storeFull(e, rowLo, rowHi, rowsInBlock(), lo, hi, columnsInBlock(), row.inside);
  });
}

LogicalResult GpuRowLowering::splitEntries() {
  k.result.scratchBytes = Dim(8 * int64_t(d.reductions.size())) * rows * (d.blocks() + Dim(1)) * runs;
  for (int l = 1; l <= d.levels; ++l)
    if (failed(partialEntry(l)) || failed(totalEntry(l)))
      return failure();
  return hasFull ? fullEntry() : success();
}

LogicalResult GpuRowLowering::run() {
  const bool reducesOnce = d.levels == 1 && !hasFull;
  auto chosen = chooseGpuRowTeam(k.kernel, rows, d.reducedOuter * d.laneSize, k.target);
  if (!chosen)
    return ir::emitInputError(k.kernel) << "kernel " << k.kernel.getSymName() << ": " << chosen.error().message;
  if (d.lanesReduced)
    team = createRowTeam(k, d, *chosen);
  const Dim iterations = rowIterations();
  if (chooseGpuRowSplit(k.kernel, rows, iterations, reducesOnce, k.target.device))
    return splitEntries();
  if (iterations.isConstant()) {
    if (!d.lanesReduced)
      columns = chooseGpuColumns(k.kernel, rows, d.laneSize, reducesOnce, k.target.device);
    return wholeEntry();
  }
  // The length is known at the call: both forms are there, and one of them has no workgroups.
  const int64_t longest = k.target.device.loopIterations / 16 * 15;
  runs = atMost(iterations, longest);
  if (failed(wholeEntry()))
    return failure();
  runs = moreThan(iterations, longest);
  return splitEntries();
}

} // namespace

LogicalResult lowerRowToGpu(GpuKernelBuilder &k) {
  FailureOr<RowDomain> domain = rowDomainOf(k);
  if (failed(domain))
    return failure();
  return GpuRowLowering(k, std::move(*domain)).run();
}

} // namespace mx::codegen
