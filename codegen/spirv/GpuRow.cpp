// Kernels of kind `row` on a GPU, with the CPU's order of accumulation (RowDomain.h):
// - last axis reduced: a workgroup of 64 runs a row, invocation 16 a + l as lane l of accumulator a; the totals meet in
//   shared memory in a fixed tree;
// - last axis kept: an invocation runs one column.
// Where a row is too long for one workgroup, or rows are few, the blocks of a row go to workgroups of their own: for each
// level an entry of block totals and one that adds them in order, then one that stores full-size results.
#include "codegen/lowering/Casts.h"
#include "codegen/lowering/RowDomain.h"
#include "codegen/spirv/GpuKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;

constexpr int64_t kInvocations = kLanes * kAccumulators;

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
  // The row of a workgroup, or of an invocation where columns are kept; `perRow` workgroups or invocations share one.
  LogicalResult rowEntry(StringRef suffix, Dim perRow, llvm::function_ref<void(Emitter &, const Row &, const Index &part, const Index &local)> body);
  void setRow(Emitter &e, const Index &row);
  SmallVector<Value> blockTotals(Emitter &e, ArrayRef<Reduction *> level, const Index &block, const Index &local);
  SmallVector<Value> alongLanes(Emitter &e, ArrayRef<Reduction *> level, const Index &block, const Index &local);
  SmallVector<Value> tree(Emitter &e, ArrayRef<Reduction *> level, ArrayRef<Value> accumulators, const Index &local);
  SmallVector<Value> addBlocks(Emitter &e, ArrayRef<Reduction *> level, llvm::function_ref<SmallVector<Value>(const Index &)> totalsOf);
  // Loops over the reduced rows of a block, or all of them, setting their coordinates.
  SmallVector<Value> forRows(Emitter &e, const Index &lo, const Index &hi, Dim maxTrips, ValueRange init,
                             llvm::function_ref<SmallVector<Value>(ValueRange)> body);
  void bind(Emitter &e, const Reduction &r, Value total);
  void storeRows(Emitter &e, const Row &row, const Index &local);
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
  bool hasFull = false;
  SmallVector<Coord> coords;      // of the current row, one per group
  SmallVector<Value> shared, top; // of the current entry: per reduction of the level, 64 and 16 elements
};

Dim GpuRowLowering::blockIterations() const {
  // The remainder of a row takes at most four steps.
  const Dim perRow = d.lanesReduced ? ceilDiv(columnsInBlock(), kInvocations) + Dim(kAccumulators) : Dim(0);
  return d.reducedOuter.is(1) ? perRow : rowsInBlock() * (Dim(1) + perRow);
}

Dim GpuRowLowering::rowIterations() const {
  const Dim stores = d.reducedOuter * (Dim(1) + (d.lanesReduced ? ceilDiv(d.laneSize, kInvocations) : Dim(0)));
  return Dim(d.levels) * d.blocks() * (Dim(1) + blockIterations()) + (hasFull ? stores : Dim(0));
}

Value GpuRowLowering::identity(Emitter &e, const Reduction &r) {
  return e.scopes.emitAt(0, [&]() -> Value {
    OpBuilder &b = e.scopes.builder();
    return b.create<arith::ConstantOp>(e.scopes.loc(), reductionIdentity(b, r.kind, r.acc));
  });
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

SmallVector<Value> GpuRowLowering::alongLanes(Emitter &e, ArrayRef<Reduction *> level, const Index &block, const Index &local) {
  IndexBuilder &ix = e.index;
  Index rowBlock = ix.div(block, e.size(d.columnBlocks())), columnBlock = ix.rem(block, e.size(d.columnBlocks()));
  Index rowLo = ix.mul(rowBlock, e.size(d.rowsPerBlock()));
  Index rowHi = ix.min(ix.add(rowLo, e.size(d.rowsPerBlock())), e.size(d.reducedOuter));
  Index lo = ix.mul(columnBlock, ix.constant(kBlockElements));
  Index hi = ix.min(ix.add(lo, ix.constant(kBlockElements)), e.size(d.laneSize));
  Index wide = ix.constant(kInvocations);
  Index wideEnd = ix.add(lo, ix.mul(ix.div(ix.sub(hi, lo), wide), wide));
  // Only the first accumulator's invocations take part in the remainder.
  Value first = ix.less(local, ix.constant(kLanes));
  Index restLo = ix.add(wideEnd, local);
  restLo = {e.scopes.builder().create<arith::SelectOp>(e.scopes.loc(), first, restLo.base, hi.base)};
  auto step = [&](const Index &i, ValueRange in) {
    Point p;
    p.coords.assign(coords.begin(), coords.end());
    p.coords[d.lane].index = i;
    SmallVector<Value> next;
    for (auto [n, r] : llvm::enumerate(level))
      next.push_back(combined(e, *r, in[n], contributionAt(e, *r, p, k.target.math)));
    return next;
  };
  SmallVector<Value> init;
  for (Reduction *r : level)
    init.push_back(identity(e, *r));
  const bool whole = d.laneSize.isConstant() && d.laneSize.value() % kInvocations == 0;
  return forRows(e, rowLo, rowHi, rowsInBlock(), init, [&](ValueRange in) {
    auto acc = k.loop(e, ix.add(lo, local), wideEnd, wide, ceilDiv(columnsInBlock(), kInvocations), in, step);
    if (!whole)
      acc = k.loop(e, restLo, hi, ix.constant(kLanes), kAccumulators, acc, step);
    return SmallVector<Value>(acc);
  });
}

// Every invocation ends with the totals: (a0 + a1) + (a2 + a3) per lane, then halves of the lanes onto each other.
SmallVector<Value> GpuRowLowering::tree(Emitter &e, ArrayRef<Reduction *> level, ArrayRef<Value> accumulators, const Index &local) {
  IndexBuilder &ix = e.index;
  for (auto [n, r] : llvm::enumerate(level))
    k.storeShared(e, shared[n], r->acc, local, accumulators[n]);
  k.barrier(e);
  e.scopes.when(ix.less(local, ix.constant(kLanes)), {}, [&] {
    for (auto [n, r] : llvm::enumerate(level)) {
      Value part[kAccumulators];
      for (int a = 0; a < kAccumulators; ++a)
        part[a] = k.loadShared(e, shared[n], r->acc, ix.add(local, ix.constant(a * kLanes)));
      k.storeShared(e, top[n], r->acc, local, combined(e, *r, combined(e, *r, part[0], part[1]), combined(e, *r, part[2], part[3])));
    }
    return SmallVector<Value>{};
  });
  // The next round's first barrier keeps its writes behind these reads.
  k.barrier(e);
  SmallVector<Value> totals;
  for (auto [n, r] : llvm::enumerate(level)) {
    SmallVector<Value> lanes;
    for (int64_t l = 0; l < kLanes; ++l)
      lanes.push_back(k.loadShared(e, top[n], r->acc, ix.constant(l)));
    for (int64_t half = kLanes / 2; half >= 1; half /= 2)
      for (int64_t l = 0; l < half; ++l)
        lanes[l] = combined(e, *r, lanes[l], lanes[half + l]);
    totals.push_back(lanes[0]);
  }
  return totals;
}

SmallVector<Value> GpuRowLowering::blockTotals(Emitter &e, ArrayRef<Reduction *> level, const Index &block, const Index &local) {
  if (d.lanesReduced)
    return tree(e, level, alongLanes(e, level, block, local), local);
  IndexBuilder &ix = e.index;
  Index lo = ix.mul(block, ix.constant(kBlockRows));
  Index hi = ix.min(ix.add(lo, ix.constant(kBlockRows)), e.size(d.reducedOuter));
  SmallVector<Value> init;
  for (Reduction *r : level)
    init.push_back(identity(e, *r));
  return forRows(e, lo, hi, rowsInBlock(), init, [&](ValueRange in) {
    Point p;
    p.coords.assign(coords.begin(), coords.end());
    SmallVector<Value> next;
    for (auto [n, r] : llvm::enumerate(level))
      next.push_back(combined(e, *r, in[n], contributionAt(e, *r, p, k.target.math)));
    return next;
  });
}

SmallVector<Value> GpuRowLowering::addBlocks(Emitter &e, ArrayRef<Reduction *> level,
                                             llvm::function_ref<SmallVector<Value>(const Index &)> totalsOf) {
  IndexBuilder &ix = e.index;
  SmallVector<Value> init;
  for (Reduction *r : level)
    init.push_back(identity(e, *r));
  auto add = [&](const Index &block, ValueRange in) {
    SmallVector<Value> totals = totalsOf(block);
    for (auto [n, r] : llvm::enumerate(level))
      totals[n] = combined(e, *r, in[n], totals[n]);
    return totals;
  };
  if (d.blocks().is(1))
    return add(ix.constant(0), init);
  return SmallVector<Value>(k.loop(e, ix.constant(0), e.size(d.blocks()), ix.constant(1), d.blocks(), init, add));
}

// --- Results ----------------------------------------------------------------------------------------------------

void GpuRowLowering::storeRows(Emitter &e, const Row &row, const Index &local) {
  // A workgroup's invocations all know the totals; one stores.
  Value inside = d.lanesReduced ? e.index.less(local, e.index.constant(1)) : row.inside;
  k.storeYields(e, [&](Value v) { return !d.isFull(v); },
                [&](Value v) { return Emitter::linearPoint(ir::dimsOf(v).size(), row.number); }, row.number, inside);
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
    k.loop(e, lo, hi, e.index.constant(kInvocations), ceilDiv(maxColumns, kInvocations), {},
           [&](const Index &i, ValueRange) { return storeAt(&i); });
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
}

LogicalResult GpuRowLowering::rowEntry(StringRef suffix, Dim perRow,
                                       llvm::function_ref<void(Emitter &, const Row &, const Index &, const Index &)> body) {
  const int64_t workgroup = d.lanesReduced ? kInvocations : chooseGpuMapConfig(k.kernel, rows * perRow, 1, k.target.device).workgroup;
  const Dim groups = d.lanesReduced ? rows * perRow : ceilDiv(rows * perRow, workgroup);
  return k.entry(suffix, groups, workgroup, [&](Emitter &e, const Index &group, const Index &local) {
    IndexBuilder &ix = e.index;
    shared.clear();
    top.clear();
    Row row;
    Index part;
    if (d.lanesReduced) {
      row.number = ix.div(group, e.size(perRow));
      part = ix.rem(group, e.size(perRow));
    } else {
      const Dim n = rows * perRow;
      Index i = ix.add(ix.mul(group, ix.constant(workgroup)), local);
      if (!(n.isConstant() && n.value() % workgroup == 0)) {
        row.inside = ix.less(i, e.size(n));
        i = ix.min(i, e.size(n - Dim(1)));
      }
      // Neighbours hold neighbouring columns.
      row.number = ix.rem(i, e.size(rows));
      part = ix.div(i, e.size(rows));
    }
    setRow(e, row.number);
    body(e, row, part, local);
    for (Reduction &r : d.reductions)
      e.bindValue(r.result(), {});
  });
}

// Shared memory of a level's tree; levels take turns.
static void shareMemory(GpuKernelBuilder &k, Emitter &e, ArrayRef<Reduction *> level, SmallVector<Value> &shared, SmallVector<Value> &top) {
  shared.clear();
  top.clear();
  for (Reduction *r : level) {
    Type type = sharedType(k.kernel.getContext(), r->acc);
    shared.push_back(k.sharedMemory(e, type, kInvocations));
    top.push_back(k.sharedMemory(e, type, kLanes));
  }
}

LogicalResult GpuRowLowering::wholeEntry() {
  return rowEntry("", 1, [&](Emitter &e, const Row &row, const Index &, const Index &local) {
    IndexBuilder &ix = e.index;
    for (int l = 1; l <= d.levels; ++l) {
      SmallVector<Reduction *> level = d.level(l);
      if (d.lanesReduced)
        shareMemory(k, e, level, shared, top);
      SmallVector<Value> totals = addBlocks(e, level, [&](const Index &block) { return blockTotals(e, level, block, local); });
      for (auto [n, r] : llvm::enumerate(level))
        bind(e, *r, totals[n]);
    }
    storeRows(e, row, local);
    if (hasFull)
      storeFull(e, ix.constant(0), e.size(d.reducedOuter), d.reducedOuter, local, e.size(d.laneSize), d.laneSize, row.inside);
  });
}

LogicalResult GpuRowLowering::partialEntry(int l) {
  return rowEntry(d.levels == 1 ? "partial" : "partial" + std::to_string(l), d.blocks(), [&](Emitter &e, const Row &row, const Index &block, const Index &local) {
    bindTotals(e, row.number, l);
    SmallVector<Reduction *> level = d.level(l);
    if (d.lanesReduced)
      shareMemory(k, e, level, shared, top);
    SmallVector<Value> totals = blockTotals(e, level, block, local);
    auto store = [&] {
      for (auto [n, r] : llvm::enumerate(level))
        storeSlot(e, *r, row.number, &block, totals[n]);
      return SmallVector<Value>{};
    };
    Value inside = d.lanesReduced ? e.index.less(local, e.index.constant(1)) : row.inside;
    if (inside)
      e.scopes.when(inside, {}, store);
    else
      store();
  });
}

LogicalResult GpuRowLowering::totalEntry(int l) {
  const int64_t workgroup = chooseGpuMapConfig(k.kernel, rows, 1, k.target.device).workgroup;
  return k.entry(d.levels == 1 ? "total" : "total" + std::to_string(l), ceilDiv(rows, workgroup), workgroup,
                 [&](Emitter &e, const Index &group, const Index &local) {
    IndexBuilder &ix = e.index;
    Index i = ix.add(ix.mul(group, ix.constant(workgroup)), local);
    Row row{ix.min(i, e.size(rows - Dim(1))), ix.less(i, e.size(rows))};
    SmallVector<Reduction *> level = d.level(l);
    bindTotals(e, row.number, l);
    SmallVector<Value> totals = addBlocks(e, level, [&](const Index &block) {
      SmallVector<Value> parts;
      for (Reduction *r : level)
        parts.push_back(loadSlot(e, *r, row.number, &block));
      return parts;
    });
    for (auto [n, r] : llvm::enumerate(level))
      bind(e, *r, totals[n]);
    if (hasFull || l < d.levels)
      e.scopes.when(row.inside, {}, [&] {
        for (auto [n, r] : llvm::enumerate(level))
          storeSlot(e, *r, row.number, nullptr, totals[n]);
        return SmallVector<Value>{};
      });
    if (l == d.levels)
      k.storeYields(e, [&](Value v) { return !d.isFull(v); },
                    [&](Value v) { return Emitter::linearPoint(ir::dimsOf(v).size(), row.number); }, row.number, row.inside);
    for (Reduction &r : d.reductions)
      e.bindValue(r.result(), {});
  });
}

LogicalResult GpuRowLowering::fullEntry() {
  return rowEntry("full", d.blocks(), [&](Emitter &e, const Row &row, const Index &block, const Index &local) {
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
      lo = ix.add(lo, local);
    }
    storeFull(e, rowLo, rowHi, rowsInBlock(), lo, hi, columnsInBlock(), row.inside);
  });
}

LogicalResult GpuRowLowering::splitEntries() {
  k.result.scratchBytes = Dim(8 * int64_t(d.reductions.size())) * rows * (d.blocks() + Dim(1));
  for (int l = 1; l <= d.levels; ++l)
    if (failed(partialEntry(l)) || failed(totalEntry(l)))
      return failure();
  return hasFull ? fullEntry() : success();
}

LogicalResult GpuRowLowering::run() {
  const bool reducesOnce = d.levels == 1 && !hasFull;
  const GpuRowConfig config = chooseGpuRowConfig(k.kernel, rows, rowIterations(), reducesOnce, k.target.device);
  return config.split ? splitEntries() : wholeEntry();
}

} // namespace

LogicalResult lowerRowToGpu(GpuKernelBuilder &k) {
  FailureOr<RowDomain> domain = rowDomainOf(k);
  if (failed(domain))
    return failure();
  return GpuRowLowering(k, std::move(*domain)).run();
}

} // namespace mx::codegen
