// Kernels of kind `row`: reductions over the same axes of one domain, with what they are computed from and what
// is computed from them (softmax, norms, column sums ...). A unit is one row of kept coordinates; it runs one pass
// over the reduced axes per level of dependent reductions and a last pass that stores full-size outputs. What a pass
// computes at some cost for a later one (the exponentials of softmax) waits in thread scratch.
#include "codegen/lowering/LowerKernel.h"
#include "codegen/lowering/RowDomain.h"

#include "codegen/lowering/Casts.h"
#include "ir/program/KernelConfig.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;

class RowLowering {
public:
  RowLowering(KernelBuilder &k, RowDomain domain) : k(k), d(std::move(domain)) {}
  void run();

private:
  bool splits() const;
  /// A unit is one row along the lanes, short enough that what a pass leaves in the cache is there for the next.
  bool rowStaysCached() const {
    return d.lanesReduced && d.reducedOuter.is(1) && d.laneSize.isConstant() && d.laneSize.value() <= kBlockElements;
  }
  void chooseStashes();
  void choosePrefetches();
  void rowEntry();
  void splitEntries();

  // Emission of one unit.
  SmallVector<Value> identities(Emitter &e, ArrayRef<Reduction *> level, bool lanes);
  Value combine(Emitter &e, const Reduction &r, Value a, Value b);
  Value contribution(Emitter &e, const Reduction &r, const Point &p);
  Value laneTree(Emitter &e, const Reduction &r, Value v);
  Point point(const Index &reducedLinear, const Index &lane);
  SmallVector<Value> blockAlongLanes(Emitter &e, ArrayRef<Reduction *> level, Value block);
  SmallVector<Value> blockAcrossLanes(Emitter &e, ArrayRef<Reduction *> level, Value block);
  void finish(Emitter &e, const Reduction &r, Value total, int vector);
  void storeRows(Emitter &e, const Index &rowLinear);
  void storeFull(Emitter &e, const Index &lo, const Index &hi, bool whole);
  void bindVector(Emitter &e, int vector);
  void prefetchNextRow(Emitter &e, const Point &p);

  /// A reduction's operand that a later pass wants again and that costs more to compute than to keep: the pass of its
  /// level writes the row to thread scratch, later passes read it.
  struct Stash {
    Value operand;
    int level;
    int64_t offset; ///< bytes in thread scratch
    rt::DType dtype() const { return ir::dtypeOf(operand); }
  };
  Value memoryOf(Emitter &e, const Stash &s) {
    return k.threadScratch(e, storageType(k.kernel.getContext(), s.dtype()), s.offset);
  }

  KernelBuilder &k;
  RowDomain d;
  SmallVector<Stash> stashes;
  int64_t stashBytes = 0;
  /// Inputs whose next row is fetched while the second pass over this one computes.
  SmallVector<unsigned> prefetched;
  SmallVector<Coord> coords; // of the current unit, one per group
  // Last axis kept: the unit's vectors, their valid lanes (null: all) and the reduced values of each.
  SmallVector<Index> laneIndex;
  SmallVector<Value> laneValid;
  SmallVector<llvm::DenseMap<Value, Value>> perVector;
};

Value RowLowering::combine(Emitter &e, const Reduction &r, Value a, Value b) {
  return codegen::combine(e, r, a, b, k.target.math);
}

SmallVector<Value> RowLowering::identities(Emitter &e, ArrayRef<Reduction *> level, bool lanes) {
  SmallVector<Value> result;
  for (Reduction *r : level) {
    TypedAttr identity = reductionIdentity(e.scopes.builder(), r->kind, r->acc);
    if (lanes)
      identity = DenseElementsAttr::get(VectorType::get({kLanes}, identity.getType()), Attribute(identity));
    result.push_back(e.scopes.emitAt(0, [&]() -> Value {
      return e.scopes.builder().create<arith::ConstantOp>(e.scopes.loc(), identity);
    }));
  }
  return result;
}

/// True when computing `v` at a point takes a mathematical function, inputs and finished reductions at hand.
static bool isCostly(Value v, llvm::SmallPtrSetImpl<Operation *> &seen) {
  Operation *op = v.getDefiningOp();
  const ir::OpRow *row = op ? ir::rowOf(op) : nullptr;
  if (!row || !row->isElementwise() || !seen.insert(op).second)
    return false;
  return row->dtypeRule == ir::DtypeRule::Float ||
         llvm::any_of(op->getOperands(), [&](Value operand) { return isCostly(operand, seen); });
}

void RowLowering::chooseStashes() {
  if (!rowStaysCached() || !ir::program::pinnedOr(k.kernel, "keep", true))
    return;
  for (const Reduction &r : d.reductions) {
    Value operand = r.op->getOperand(0);
    llvm::SmallPtrSet<Operation *, 8> seen;
    if (llvm::any_of(stashes, [&](const Stash &s) { return s.operand == operand; }) || !isCostly(operand, seen))
      continue;
    // Whoever reads it must do so at the point it was written for.
    bool inPlace = true, later = false;
    SmallVector<Value> readers{operand};
    for (size_t i = 0; i < readers.size() && inPlace; ++i)
      for (Operation *user : readers[i].getUsers()) {
        const ir::OpRow *row = ir::rowOf(user);
        auto reduction = llvm::find_if(d.reductions, [&](const Reduction &other) { return other.op == user; });
        if (reduction != d.reductions.end() || user->hasTrait<OpTrait::IsTerminator>())
          later |= reduction == d.reductions.end() || reduction->level > r.level;
        else if (row && row->isElementwise() && d.isFull(user->getResult(0)))
          readers.push_back(user->getResult(0));
        else
          inPlace = false;
      }
    if (!inPlace || !later)
      continue;
    stashes.push_back({operand, r.level, stashBytes});
    stashBytes += llvm::alignTo(d.laneSize.value() * rt::sizeOf(r.in), 64);
  }
}

// The first pass over a row waits for memory, the others compute on what is then in the cache: without help the two
// alternate. Inputs that the caches would keep anyway are left alone.
void RowLowering::choosePrefetches() {
  if (!rowStaysCached())
    return;
  for (BlockArgument arg : k.body().getArguments()) {
    Dim elements = ir::product(ir::dimsOf(arg));
    const bool large = elements.isConstant() && elements.value() * rt::sizeOf(ir::dtypeOf(arg)) >= k.target.nontemporalBytes;
    if (d.isFull(arg) && ir::program::pinnedOr(k.kernel, "prefetch", large))
      prefetched.push_back(arg.getArgNumber());
  }
}

void RowLowering::prefetchNextRow(Emitter &e, const Point &p) {
  for (unsigned number : prefetched) {
    Value memory = k.inputMemory(e, number);
    Index next = e.index.add(e.linearize(p, d.dims), e.size(d.laneSize));
    e.scopes.builder().create<memref::PrefetchOp>(e.scopes.loc(), memory, next.base, /*isWrite=*/false,
                                                  /*localityHint=*/2, /*isDataCache=*/true);
  }
}

Value RowLowering::contribution(Emitter &e, const Reduction &r, const Point &p) {
  for (const Stash &s : stashes)
    if (s.operand == r.op->getOperand(0) && s.level == r.level)
      e.store(memoryOf(e, s), s.dtype(), p.coords[d.lane].index, e.at(s.operand, p));
  Value v = e.widen(contributionAt(e, r, p, k.target.math));
  if (Value mask = e.laneMask()) {
    Reduction *self = const_cast<Reduction *>(&r);
    Value identity = identities(e, self, /*lanes=*/true)[0];
    v = e.scopes.builder().create<arith::SelectOp>(e.scopes.loc(), mask, v, identity);
  }
  return v;
}

// Halves fold onto each other: 16 -> 8 -> 4 -> 2 -> 1.
Value RowLowering::laneTree(Emitter &e, const Reduction &r, Value v) {
  OpBuilder &b = e.scopes.builder();
  for (int64_t half = kLanes / 2; half >= 1; half /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < half; ++i) {
      low.push_back(i);
      high.push_back(half + i);
    }
    Value l = b.create<vector::ShuffleOp>(e.scopes.loc(), v, v, low);
    Value h = b.create<vector::ShuffleOp>(e.scopes.loc(), v, v, high);
    v = combine(e, r, l, h);
  }
  return b.create<vector::ExtractOp>(e.scopes.loc(), v, 0);
}

Point RowLowering::point(const Index &reducedLinear, const Index &laneIndex) {
  Point p;
  p.coords.assign(coords.begin(), coords.end());
  p.coords[d.lane].index = laneIndex;
  return p;
}

// Totals of one block of reduced positions, the last axis among them: scalars.
SmallVector<Value> RowLowering::blockAlongLanes(Emitter &e, ArrayRef<Reduction *> level, Value block) {
  IndexBuilder &ix = e.index;
  const Dim rowsPerBlock = d.rowsPerBlock(), columnBlocks = d.columnBlocks();
  Index rowBlock = ix.div({block}, e.size(columnBlocks)), columnBlock = ix.rem({block}, e.size(columnBlocks));
  Index rowLo = ix.mul(rowBlock, e.size(rowsPerBlock));
  Index rowHi = ix.min(ix.add(rowLo, e.size(rowsPerBlock)), e.size(d.reducedOuter));
  Index lo = ix.mul(columnBlock, ix.constant(kBlockElements));
  Index hi = ix.min(ix.add(lo, ix.constant(kBlockElements)), e.size(d.laneSize));
  const int64_t stride = kLanes * kAccumulators;
  auto pass = [&](ValueRange carried) {
    SmallVector<Value> acc(carried);
    auto step = [&](const Index &i, unsigned first, SmallVector<Value> &into) {
      if (level[0]->level == 2)
        prefetchNextRow(e, point({}, i));
      for (auto [n, r] : llvm::enumerate(level))
        into[n * kAccumulators + first] = combine(e, *r, into[n * kAccumulators + first], contribution(e, *r, point({}, i)));
    };
    Index extent = ix.sub(hi, lo);
    Index wideEnd = ix.add(lo, ix.mul(ix.div(extent, ix.constant(stride)), ix.constant(stride)));
    Index wholeEnd = ix.add(lo, ix.mul(ix.div(extent, ix.constant(kLanes)), ix.constant(kLanes)));
    auto known = [&](const Index &a, const Index &b) {
      auto ca = IndexBuilder::asConstant(a), cb = IndexBuilder::asConstant(b);
      return ca && cb && *ca == *cb;
    };
    const bool whole = d.laneSize.isConstant() && d.laneSize.value() % kLanes == 0;
    if (!known(lo, wideEnd))
      acc = SmallVector<Value>(e.scopes.loop(lo.base, wideEnd.base, ix.constant(stride).base, acc, [&](Value i, ValueRange in) {
        SmallVector<Value> next(in);
        for (int a = 0; a < kAccumulators; ++a)
          step(ix.add(IndexBuilder::lanes(i), ix.constant(a * kLanes)), a, next);
        return next;
      }));
    // The remainder joins the first accumulator.
    SmallVector<Value> firsts;
    for (size_t n = 0; n < level.size(); ++n)
      firsts.push_back(acc[n * kAccumulators]);
    auto addTo = [&](const Index &i, ValueRange in) {
      SmallVector<Value> next(acc);
      for (size_t n = 0; n < level.size(); ++n)
        next[n * kAccumulators] = in[n];
      step(i, 0, next);
      SmallVector<Value> out;
      for (size_t n = 0; n < level.size(); ++n)
        out.push_back(next[n * kAccumulators]);
      return out;
    };
    if (!known(wideEnd, wholeEnd) && !(d.laneSize.isConstant() && d.laneSize.value() % stride == 0))
      firsts = SmallVector<Value>(e.scopes.loop(wideEnd.base, wholeEnd.base, ix.constant(kLanes).base, firsts,
                                                [&](Value i, ValueRange in) { return addTo(IndexBuilder::lanes(i), in); }));
    if (!whole)
      firsts = SmallVector<Value>(e.scopes.when(ix.less(wholeEnd, hi), firsts, [&] {
        e.setValidLanes(ix.sub(hi, wholeEnd).base);
        auto out = addTo(IndexBuilder::lanes(wholeEnd.base), firsts);
        e.setValidLanes({});
        return out;
      }));
    for (size_t n = 0; n < level.size(); ++n)
      acc[n * kAccumulators] = firsts[n];
    return acc;
  };
  SmallVector<Value> init;
  for (Value v : identities(e, level, /*lanes=*/true))
    init.append(kAccumulators, v);
  SmallVector<Value> acc;
  if (d.reducedOuter.is(1)) {
    acc = pass(init);
  } else {
    acc = SmallVector<Value>(e.scopes.loop(rowLo.base, rowHi.base, ix.constant(1).base, init, [&](Value r, ValueRange in) {
      d.setReduced(e, coords, {r});
      return pass(in);
    }));
  }
  SmallVector<Value> totals;
  for (auto [n, r] : llvm::enumerate(level)) {
    Value *a = &acc[n * kAccumulators];
    totals.push_back(laneTree(e, *r, combine(e, *r, combine(e, *r, a[0], a[1]), combine(e, *r, a[2], a[3]))));
  }
  return totals;
}

// Totals of one block of reduced positions for the unit's vectors of kept columns: reduction-major.
SmallVector<Value> RowLowering::blockAcrossLanes(Emitter &e, ArrayRef<Reduction *> level, Value block) {
  IndexBuilder &ix = e.index;
  Index lo = ix.mul({block}, ix.constant(kBlockRows));
  Index hi = ix.min(ix.add(lo, ix.constant(kBlockRows)), e.size(d.reducedOuter));
  const size_t vectors = laneIndex.size();
  SmallVector<Value> init;
  for (Value v : identities(e, level, /*lanes=*/true))
    init.append(vectors, v);
  return SmallVector<Value>(e.scopes.loop(lo.base, hi.base, ix.constant(1).base, init, [&](Value r, ValueRange in) {
    d.setReduced(e, coords, {r});
    SmallVector<Value> next(in);
    for (size_t j = 0; j < vectors; ++j) {
      bindVector(e, j);
      for (auto [n, red] : llvm::enumerate(level))
        next[n * vectors + j] = combine(e, *red, next[n * vectors + j], contribution(e, *red, point({}, laneIndex[j])));
    }
    e.setValidLanes({});
    return next;
  }));
}

void RowLowering::bindVector(Emitter &e, int vector) {
  e.setValidLanes(laneValid[vector]);
  for (auto [tensor, value] : perVector[vector])
    e.bindValue(tensor, value);
}

void RowLowering::finish(Emitter &e, const Reduction &r, Value total, int vector) {
  Value v = total;
  if (r.acc != r.out)
    v = emitCast(e.scopes.builder(), e.scopes.loc(), v, r.acc, r.out, k.target.math);
  if (vector >= 0)
    perVector[vector][r.result()] = v;
  else
    e.bindValue(r.result(), v);
}

void RowLowering::storeRows(Emitter &e, const Index &rowLinear) {
  SmallVector<std::pair<unsigned, Value>> values;
  for (auto [n, v] : llvm::enumerate(k.yields()))
    if (!d.isFull(v))
      values.push_back({n, e.at(v, Emitter::linearPoint(ir::dimsOf(v).size(), rowLinear))});
  for (auto [n, v] : values)
    e.store(k.outputMemory(e, n), ir::dtypeOf(k.yields()[n]), rowLinear, v);
}

void RowLowering::storeFull(Emitter &e, const Index &lo, const Index &hi, bool whole) {
  IndexBuilder &ix = e.index;
  SmallVector<unsigned> full;
  for (auto [n, v] : llvm::enumerate(k.yields()))
    if (d.isFull(v))
      full.push_back(n);
  if (full.empty())
    return;
  auto storeAt = [&](const Index &i) {
    Point p = point({}, i);
    if (d.levels == 1)
      prefetchNextRow(e, p);
    Index linear = e.linearize(p, d.dims);
    SmallVector<Value> values;
    for (unsigned n : full)
      values.push_back(e.at(k.yields()[n], p));
    const bool aligned = d.laneSize.isConstant() && d.laneSize.value() % kLanes == 0;
    for (auto [n, v] : llvm::zip_equal(full, values))
      e.store(k.outputMemory(e, n), ir::dtypeOf(k.yields()[n]), linear, v, aligned && k.streams(n));
  };
  auto columns = [&] {
    if (d.lanesReduced) {
      forLanes(e, lo.base, hi.base, whole, storeAt);
      return;
    }
    for (size_t j = 0; j < laneIndex.size(); ++j) {
      bindVector(e, j);
      storeAt(laneIndex[j]);
    }
    e.setValidLanes({});
  };
  if (d.reducedOuter.is(1)) {
    columns();
    return;
  }
  e.scopes.loop(ix.constant(0).base, e.size(d.reducedOuter).base, ix.constant(1).base, {}, [&](Value r, ValueRange) {
    d.setReduced(e, coords, {r});
    columns();
    return SmallVector<Value>{};
  });
}

// A reduction to few results is split over blocks: one entry writes block totals, a second adds them in order.
bool RowLowering::splits() const {
  if (d.levels != 1 || llvm::any_of(k.yields(), [&](Value v) { return d.isFull(v); }))
    return false;
  if (d.lanesReduced)
    return d.keptOuter.is(1);
  return d.keptOuter.is(1) && d.laneSize.isConstant() && d.laneSize.value() <= 4096 && !(d.reducedOuter.isConstant() && d.reducedOuter.value() <= kBlockRows);
}

static int vectorsPerUnit(Dim laneSize) {
  return laneSize.isConstant() ? int(std::min<int64_t>(kAccumulators, std::max<int64_t>(1, (laneSize.value() + kLanes - 1) / kLanes)))
                               : kAccumulators;
}

// The unit's vectors of kept columns, starting at column block `block`.
static void placeVectors(Emitter &e, Dim laneSize, const Index &block, SmallVectorImpl<Index> &laneIndex,
                         SmallVectorImpl<Value> &laneValid) {
  IndexBuilder &ix = e.index;
  const int vectors = vectorsPerUnit(laneSize);
  const bool whole = laneSize.isConstant() && laneSize.value() % (kLanes * vectors) == 0;
  laneIndex.clear();
  laneValid.clear();
  Index lo = ix.mul(block, ix.constant(kLanes * vectors));
  for (int j = 0; j < vectors; ++j) {
    Index first = ix.add(lo, ix.constant(j * kLanes));
    laneIndex.push_back(IndexBuilder::lanes(first.base));
    laneValid.push_back(whole ? Value() : ix.max(ix.min(ix.sub(e.size(laneSize), first), ix.constant(kLanes)), ix.constant(0)).base);
  }
}

void RowLowering::rowEntry() {
  const Dim columnUnits = d.lanesReduced ? Dim(1) : ceilDiv(d.laneSize, kLanes * vectorsPerUnit(d.laneSize));
  const Dim perUnit = d.reducedOuter * (d.lanesReduced ? d.laneSize : Dim(kLanes * vectorsPerUnit(d.laneSize)));
  const Dim cost = ceilDiv(perUnit * Dim(elementCostPs(k.body())), 1000) + Dim(20);
  k.entry("", d.keptOuter * columnUnits, cost, stashBytes, [&](Emitter &e, Value begin, Value end) {
    IndexBuilder &ix = e.index;
    e.scopes.loop(begin, end, ix.constant(1).base, {}, [&](Value unit, ValueRange) {
      Index row = ix.div({unit}, e.size(columnUnits)), column = ix.rem({unit}, e.size(columnUnits));
      coords = d.keptCoords(e, row);
      if (!d.lanesReduced)
        placeVectors(e, d.laneSize, column, laneIndex, laneValid);
      perVector = SmallVector<llvm::DenseMap<Value, Value>>(laneIndex.size());
      const Dim blocks = d.blocks();
      for (int l = 1; l <= d.levels; ++l) {
        SmallVector<Reduction *> level = d.level(l);
        const size_t vectors = d.lanesReduced ? 1 : laneIndex.size();
        SmallVector<Value> init;
        for (Value v : identities(e, level, !d.lanesReduced))
          init.append(vectors, v);
        auto body = [&](Value block, ValueRange in) {
          SmallVector<Value> totals = d.lanesReduced ? blockAlongLanes(e, level, block) : blockAcrossLanes(e, level, block);
          for (size_t i = 0; i < totals.size(); ++i)
            totals[i] = combine(e, *level[i / vectors], in[i], totals[i]);
          return totals;
        };
        SmallVector<Value> totals = blocks.is(1) ? body(ix.constant(0).base, init)
                                                 : SmallVector<Value>(e.scopes.loop(ix.constant(0).base, e.size(blocks).base, ix.constant(1).base, init, body));
        for (size_t i = 0; i < totals.size(); ++i)
          finish(e, *level[i / vectors], totals[i], d.lanesReduced ? -1 : int(i % vectors));
        for (const Stash &s : stashes)
          if (s.level == l)
            e.bindReader(s.operand, [&, depth = e.scopes.depth()](const Point &p) {
              return e.load(memoryOf(e, s), s.dtype(), p.coords[d.lane].index, depth);
            });
      }
      if (d.lanesReduced) {
        storeRows(e, row);
      } else {
        for (size_t j = 0; j < laneIndex.size(); ++j) {
          bindVector(e, j);
          storeRows(e, ix.add(ix.mul(row, e.size(d.laneSize)), laneIndex[j]));
        }
        e.setValidLanes({});
      }
      storeFull(e, ix.constant(0), e.size(d.laneSize), d.laneSize.isConstant() && d.laneSize.value() % kLanes == 0);
      for (Reduction &r : d.reductions)
        e.bindValue(r.result(), {});
      for (const Stash &s : stashes)
        e.bindReader(s.operand, {});
      return SmallVector<Value>{};
    });
  });
}

void RowLowering::splitEntries() {
  SmallVector<Reduction *> level = d.level(1);
  const Dim blocks = d.blocks();
  const Dim columnUnits = d.lanesReduced ? Dim(1) : ceilDiv(d.laneSize, kLanes * vectorsPerUnit(d.laneSize));
  // One run of block totals per reduction; a slot is 8 bytes whatever the type, so that all offsets are aligned.
  const Dim width = d.lanesReduced ? Dim(1) : columnUnits * Dim(kLanes * vectorsPerUnit(d.laneSize));
  const Dim slots = blocks * width;
  k.result.sharedScratchBytes = slots * Dim(int64_t(8 * level.size()));
  const int64_t perElement = elementCostPs(k.body());
  const Dim blockElements = d.lanesReduced ? min(d.reducedOuter * d.laneSize, Dim(kBlockElements)) : Dim(kBlockRows * kLanes * vectorsPerUnit(d.laneSize));
  // Element index of reduction n's run in scratch seen as its accumulator type.
  auto slotOf = [&](Emitter &e, size_t n, const Index &slot, rt::DType acc) {
    return e.index.add(e.index.mul(e.size(slots), e.index.constant(int64_t(n) * 8 / rt::sizeOf(acc))), slot);
  };
  k.entry("partial", blocks * columnUnits, ceilDiv(blockElements * Dim(perElement), 1000) + Dim(20), 0, [&](Emitter &e, Value begin, Value end) {
    IndexBuilder &ix = e.index;
    e.scopes.loop(begin, end, ix.constant(1).base, {}, [&](Value unit, ValueRange) {
      Index block = ix.div({unit}, e.size(columnUnits)), column = ix.rem({unit}, e.size(columnUnits));
      coords = d.keptCoords(e, ix.constant(0));
      if (!d.lanesReduced)
        placeVectors(e, d.laneSize, column, laneIndex, laneValid);
      perVector = SmallVector<llvm::DenseMap<Value, Value>>(laneIndex.size());
      SmallVector<Value> totals = d.lanesReduced ? blockAlongLanes(e, level, block.base) : blockAcrossLanes(e, level, block.base);
      const size_t vectors = d.lanesReduced ? 1 : laneIndex.size();
      for (size_t i = 0; i < totals.size(); ++i) {
        const Reduction &r = *level[i / vectors];
        Index slot = d.lanesReduced ? block : ix.add(ix.mul(block, e.size(width)), laneIndex[i % vectors]);
        e.store(k.sharedScratch(e, storageType(k.kernel.getContext(), r.acc)), r.acc, slotOf(e, i / vectors, slot, r.acc), totals[i]);
      }
      return SmallVector<Value>{};
    });
  });
  k.entry("total", columnUnits, blocks * Dim(int64_t(2 * level.size())) + Dim(20), 0, [&](Emitter &e, Value begin, Value end) {
    IndexBuilder &ix = e.index;
    e.scopes.loop(begin, end, ix.constant(1).base, {}, [&](Value unit, ValueRange) {
      coords = d.keptCoords(e, ix.constant(0));
      laneIndex.clear();
      laneValid.clear();
      if (!d.lanesReduced)
        placeVectors(e, d.laneSize, {unit}, laneIndex, laneValid);
      perVector = SmallVector<llvm::DenseMap<Value, Value>>(laneIndex.size());
      const size_t vectors = d.lanesReduced ? 1 : laneIndex.size();
      SmallVector<Value> init;
      for (Value v : identities(e, level, !d.lanesReduced))
        init.append(vectors, v);
      auto totals = e.scopes.loop(ix.constant(0).base, e.size(blocks).base, ix.constant(1).base, init, [&](Value block, ValueRange in) {
        SmallVector<Value> next(in);
        for (size_t i = 0; i < next.size(); ++i) {
          const Reduction &r = *level[i / vectors];
          Index slot = d.lanesReduced ? Index{block} : ix.add(ix.mul({block}, e.size(width)), laneIndex[i % vectors]);
          Value part = e.load(k.sharedScratch(e, storageType(k.kernel.getContext(), r.acc)), r.acc, slotOf(e, i / vectors, slot, r.acc));
          next[i] = combine(e, r, next[i], part);
        }
        return next;
      });
      for (size_t i = 0; i < totals.size(); ++i)
        finish(e, *level[i / vectors], totals[i], d.lanesReduced ? -1 : int(i % vectors));
      if (d.lanesReduced) {
        storeRows(e, ix.constant(0));
      } else {
        for (size_t j = 0; j < laneIndex.size(); ++j) {
          bindVector(e, j);
          storeRows(e, laneIndex[j]);
        }
        e.setValidLanes({});
      }
      return SmallVector<Value>{};
    });
  });
}

void RowLowering::run() {
  if (splits())
    return splitEntries();
  chooseStashes();
  choosePrefetches();
  rowEntry();
}

} // namespace

LogicalResult lowerRow(KernelBuilder &k) {
  FailureOr<RowDomain> domain = rowDomainOf(k);
  if (failed(domain))
    return failure();
  RowLowering(k, std::move(*domain)).run();
  return success();
}

} // namespace mx::codegen
