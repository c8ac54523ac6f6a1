// Two teams. A workgroup has one partial sum an invocation and meets in shared memory. A part of a subgroup has several an
// invocation, as lanes, and meets by shuffles, without a barrier; where rows are whole vectors the lanes are neighbouring
// columns, elsewhere the four accumulators, so that neighbouring invocations read neighbouring columns.
#include "codegen/spirv/GpuRowTeam.h"

#include "codegen/spirv/GpuLaneMemory.h"
#include "codegen/spirv/GpuSubgroup.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mx::codegen {

using ir::Dim;

namespace {
constexpr int64_t kWide = kLanes * kAccumulators;
static_assert(kWide == kWorkgroupTeam);

// Iterations over what `most` elements leave beyond their whole runs of 64, 16 at a time.
static Dim restTrips(Dim most) { return min(ceilDiv(most, kLanes), kAccumulators); }
} // namespace

Value RowTeam::identity(Emitter &e, const Reduction &r) {
  return e.scopes.emitAt(0, [&]() -> Value {
    OpBuilder &b = e.scopes.builder();
    return b.create<arith::ConstantOp>(e.scopes.loc(), reductionIdentity(b, r.kind, r.acc));
  });
}

Index RowTeam::wideEnd(Emitter &e, const Index &lo, const Index &hi) {
  if (isWide())
    return hi;
  Index wide = e.index.constant(kWide);
  return e.index.add(lo, e.index.mul(e.index.div(e.index.sub(hi, lo), wide), wide));
}

namespace {

// --- A workgroup of 64 ------------------------------------------------------------------------------------------

class WorkgroupTeam : public RowTeam {
public:
  WorkgroupTeam(GpuKernelBuilder &k, const RowDomain &d) : RowTeam(k, d) {
    workgroup = kWide;
    rows = 1;
  }
  Index start(Emitter &e, const Index &local) override {
    member = local;
    return e.index.constant(0);
  }
  void startLevel(Emitter &e, ArrayRef<Reduction *> level) override;
  SmallVector<Value> accumulate(Emitter &e, const Index &lo, const Index &hi, Dim most, ValueRange carried, Add add) override;
  SmallVector<Value> totals(Emitter &e, ArrayRef<Reduction *> level, ValueRange carried) override;
  void forColumns(Emitter &e, const Index &lo, const Index &hi, Dim most, llvm::function_ref<void(const Index &)> body) override;
  Dim accumulateIterations(Dim most) const override { return floorDiv(most, kWide) + restTrips(most); }
  Dim columnIterations(Dim most) const override { return ceilDiv(most, kWide); }

private:
  SmallVector<Value> shared, top; // per reduction of the level, 64 and 16 elements
};

void WorkgroupTeam::startLevel(Emitter &e, ArrayRef<Reduction *> level) {
  shared.clear();
  top.clear();
  for (Reduction *r : level) {
    Type type = sharedType(k.kernel.getContext(), r->acc);
    shared.push_back(k.sharedMemory(e, type, kWide));
    top.push_back(k.sharedMemory(e, type, kLanes));
  }
}

SmallVector<Value> WorkgroupTeam::accumulate(Emitter &e, const Index &lo, const Index &hi, Dim most, ValueRange carried, Add add) {
  IndexBuilder &ix = e.index;
  Index end = wideEnd(e, lo, hi);
  ValueRange acc = k.loop(e, ix.add(lo, member), end, ix.constant(kWide), floorDiv(most, kWide), carried, add);
  if (!isWide()) {
    // Only the first accumulator's invocations take part in the remainder.
    Value first = ix.less(member, ix.constant(kLanes));
    Index restLo = ix.add(end, member);
    restLo = {e.scopes.builder().create<arith::SelectOp>(e.scopes.loc(), first, restLo.base, hi.base)};
    acc = k.loop(e, restLo, hi, ix.constant(kLanes), restTrips(most), acc, add);
  }
  return SmallVector<Value>(acc);
}

// (a0 + a1) + (a2 + a3) per lane, then halves of the lanes onto each other.
SmallVector<Value> WorkgroupTeam::totals(Emitter &e, ArrayRef<Reduction *> level, ValueRange carried) {
  IndexBuilder &ix = e.index;
  for (auto [n, r] : llvm::enumerate(level))
    k.storeShared(e, shared[n], r->acc, member, carried[n]);
  k.barrier(e);
  e.scopes.when(ix.less(member, ix.constant(kLanes)), {}, [&] {
    for (auto [n, r] : llvm::enumerate(level)) {
      Value part[kAccumulators];
      for (int a = 0; a < kAccumulators; ++a)
        part[a] = k.loadShared(e, shared[n], r->acc, ix.add(member, ix.constant(a * kLanes)));
      k.storeShared(e, top[n], r->acc, member, combined(e, *r, combined(e, *r, part[0], part[1]), combined(e, *r, part[2], part[3])));
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

void WorkgroupTeam::forColumns(Emitter &e, const Index &lo, const Index &hi, Dim most, llvm::function_ref<void(const Index &)> body) {
  k.loop(e, e.index.add(lo, member), hi, e.index.constant(kWide), columnIterations(most), {}, [&](const Index &i, ValueRange) {
    body(i);
    return SmallVector<Value>{};
  });
}

// --- Part of a subgroup -----------------------------------------------------------------------------------------

// Member t holds A = `accumulators` vectors of four partial sums. Neighbouring: vector h has those of columns 4 (A t + h) and
// the three after it. Otherwise: those of lane t + T h of all four accumulators, where T is the team's size.
class SubgroupTeam : public RowTeam {
public:
  SubgroupTeam(GpuKernelBuilder &k, const RowDomain &d, int64_t size)
      : RowTeam(k, d), size(size), team{k.target.device.subgroupSize, size},
        neighbouring(d.laneSize.isConstant() && d.laneSize.value() % kGpuLanes == 0) {
    workgroup = std::max(kWide, team.subgroup);
    rows = workgroup / size;
    accumulators = kWide / (size * kGpuLanes);
    pairs = accumulators > 1 && d.laneSize.isConstant() && d.laneSize.value() % (2 * kGpuLanes) == 0 && chooseGpuPairs(k.kernel, k.target.device);
  }
  Index start(Emitter &e, const Index &local) override;
  Value identity(Emitter &e, const Reduction &r) override { return e.widen(RowTeam::identity(e, r)); }
  SmallVector<Value> accumulate(Emitter &e, const Index &lo, const Index &hi, Dim most, ValueRange carried, Add add) override;
  SmallVector<Value> totals(Emitter &e, ArrayRef<Reduction *> level, ValueRange carried) override;
  void forColumns(Emitter &e, const Index &lo, const Index &hi, Dim most, llvm::function_ref<void(const Index &)> body) override;
  Dim accumulateIterations(Dim most) const override { return floorDiv(most, kWide) + restTrips(most) * Dim(neighbouring ? 1 : accumulators); }
  Dim columnIterations(Dim most) const override {
    return neighbouring ? ceilDiv(most, size * kGpuLanes * (pairs ? 2 : 1)) : floorDiv(most, kWide) + min(ceilDiv(most, size), kWide / size);
  }

private:
  // The columns of vector `h` among the 64 from `first` on.
  Index columns(Emitter &e, const Index &first, int64_t h);
  Value total(Emitter &e, const Reduction &r, SmallVector<Value> parts);
  Value fromPartner(Emitter &e, Value v, int64_t distance);

  const int64_t size;
  SubgroupPart team;
  const bool neighbouring;
  bool pairs; // vectors of an invocation are loaded two at a time
};

Index SubgroupTeam::start(Emitter &e, const Index &) {
  Index number = team.start(e, workgroup);
  member = team.member;
  return number;
}

Index SubgroupTeam::columns(Emitter &e, const Index &first, int64_t h) {
  IndexBuilder &ix = e.index;
  if (!neighbouring)
    return {ix.add(first, ix.add(member, ix.constant(h * size))).base, kLanes};
  Index mine = ix.add(first, ix.mul(member, ix.constant(accumulators * kGpuLanes)));
  return IndexBuilder::lanes(ix.add(mine, ix.constant(h * kGpuLanes)).base);
}

SmallVector<Value> SubgroupTeam::accumulate(Emitter &e, const Index &lo, const Index &hi, Dim most, ValueRange carried, Add add) {
  IndexBuilder &ix = e.index;
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  Index end = wideEnd(e, lo, hi);
  const size_t count = carried.size() / accumulators;
  SmallVector<Value> acc(k.loop(e, lo, end, ix.constant(kWide), floorDiv(most, kWide), carried, [&](const Index &first, ValueRange in) {
    PairedLoads paired(e, pairs);
    SmallVector<Value> next;
    for (int64_t h = 0; h < accumulators; ++h)
      next.append(add(columns(e, first, h), in.slice(h * count, count)));
    return next;
  }));
  if (isWide())
    return acc;
  // Accumulator 0 is the first four vectors, or lane 0 of all.
  auto rest = [&](const Index &from, ValueRange in) {
    return SmallVector<Value>(k.loop(e, from, hi, ix.constant(kLanes), restTrips(most), in, [&](const Index &i, ValueRange in) {
      return add(neighbouring ? IndexBuilder::lanes(i.base) : i, in);
    }));
  };
  if (neighbouring) {
    Value takesPart = ix.less(member, ix.constant(kLanes / kGpuLanes / accumulators));
    for (int64_t h = 0; h < accumulators; ++h) {
      Index from{b.create<arith::SelectOp>(loc, takesPart, columns(e, end, h).base, hi.base)};
      llvm::copy(rest(from, ArrayRef(acc).slice(h * count, count)), acc.begin() + h * count);
    }
    return acc;
  }
  for (int64_t h = 0; h < accumulators; ++h) {
    MutableArrayRef<Value> vectors = MutableArrayRef(acc).slice(h * count, count);
    SmallVector<Value> first;
    for (Value v : vectors)
      first.push_back(b.create<vector::ExtractOp>(loc, v, 0));
    first = rest(ix.add(end, ix.add(member, ix.constant(h * size))), first);
    for (auto [v, lane] : llvm::zip_equal(vectors, first))
      v = b.create<vector::InsertOp>(loc, lane, v, 0);
  }
  return acc;
}

// The values of the members whose numbers differ in the bit `distance`.
Value SubgroupTeam::fromPartner(Emitter &e, Value v, int64_t distance) {
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  Value offset = b.create<arith::ConstantIntOp>(loc, distance, 32);
  auto type = dyn_cast<VectorType>(v.getType());
  if (!type)
    return team.shuffled(e, v, gpu::ShuffleMode::XOR, offset);
  SmallVector<Value> lanes;
  for (int64_t i = 0; i < kGpuLanes; ++i)
    lanes.push_back(team.shuffled(e, b.create<vector::ExtractOp>(loc, v, i), gpu::ShuffleMode::XOR, offset));
  return b.create<vector::FromElementsOp>(loc, type, lanes);
}

// The tree of WorkgroupTeam::totals. `parts` are the vectors of one reduction. Distances count vectors where these are
// neighbouring columns (four to an accumulator), lanes where they are the accumulators.
Value SubgroupTeam::total(Emitter &e, const Reduction &r, SmallVector<Value> parts) {
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  auto lane = [&](Value v, int64_t i) -> Value { return b.create<vector::ExtractOp>(loc, v, i); };
  auto foldMembers = [&](int64_t distance) {
    for (Value &part : parts)
      part = combined(e, r, part, fromPartner(e, part, distance));
  };
  auto foldParts = [&] {
    const size_t half = parts.size() / 2;
    for (size_t i = 0; i < half; ++i)
      parts[i] = combined(e, r, parts[i], parts[half + i]);
    parts.resize(half);
  };
  Value sum;
  if (neighbouring) {
    // A member has at most the four vectors of an accumulator.
    for (int64_t distance : {4, 8})
      foldMembers(distance / accumulators);
    for (int64_t distance : {2, 1})
      distance < accumulators ? foldParts() : foldMembers(distance / accumulators);
    Value v = parts[0];
    sum = combined(e, r, combined(e, r, lane(v, 0), lane(v, 2)), combined(e, r, lane(v, 1), lane(v, 3)));
  } else {
    for (Value &v : parts)
      v = combined(e, r, combined(e, r, lane(v, 0), lane(v, 1)), combined(e, r, lane(v, 2), lane(v, 3)));
    for (int64_t distance : {8, 4, 2, 1})
      distance < size ? foldMembers(distance) : foldParts();
    sum = parts[0];
  }
  // Partners have combined in opposite orders, which the sign of a zero or the bits of a NaN may show: the first one's counts.
  return team.ofMember(e, sum, 0);
}

SmallVector<Value> SubgroupTeam::totals(Emitter &e, ArrayRef<Reduction *> level, ValueRange carried) {
  SmallVector<Value> totals;
  for (auto [n, r] : llvm::enumerate(level)) {
    SmallVector<Value> parts;
    for (int64_t h = 0; h < accumulators; ++h)
      parts.push_back(carried[h * level.size() + n]);
    totals.push_back(total(e, *r, std::move(parts)));
  }
  return totals;
}

void SubgroupTeam::forColumns(Emitter &e, const Index &lo, const Index &hi, Dim most, llvm::function_ref<void(const Index &)> body) {
  IndexBuilder &ix = e.index;
  auto each = [&](const Index &from, const Index &to, int64_t step, Dim trips, llvm::function_ref<void(const Index &)> body) {
    k.loop(e, from, to, ix.constant(step), trips, {}, [&](const Index &i, ValueRange) {
      body(i);
      return SmallVector<Value>{};
    });
  };
  if (neighbouring) {
    const int64_t together = pairs ? 2 : 1, step = together * kGpuLanes;
    each(ix.add(lo, ix.mul(member, ix.constant(step))), hi, size * step, columnIterations(most), [&](const Index &i) {
      PairedLoads paired(e, pairs);
      for (int64_t h = 0; h < together; ++h)
        body(IndexBuilder::lanes(ix.add(i, ix.constant(h * kGpuLanes)).base));
    });
    return;
  }
  Index end = wideEnd(e, lo, hi);
  each(lo, end, kWide, floorDiv(most, kWide), [&](const Index &first) {
    for (int64_t h = 0; h < accumulators; ++h)
      body(columns(e, first, h));
  });
  each(ix.add(end, member), hi, size, min(ceilDiv(most, size), kWide / size), body);
}

} // namespace

std::unique_ptr<RowTeam> createRowTeam(GpuKernelBuilder &k, const RowDomain &d, int64_t size) {
  if (size == kWorkgroupTeam)
    return std::make_unique<WorkgroupTeam>(k, d);
  return std::make_unique<SubgroupTeam>(k, d, size);
}

} // namespace mx::codegen
