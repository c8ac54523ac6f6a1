// Kernels of kind `scan` on a GPU, in the order of AxisWalk.h. Along the last axis a part of a subgroup takes a row, a run an
// invocation, and passes the totals round; elsewhere an invocation walks a column, or four, and neighbours have neighbouring ones.
// Where rows are few, or too long for one invocation's loops, their blocks run side by side: an entry of block totals, one that
// adds up what comes before each block, and then that of the results, which otherwise is the only one.
#include "codegen/lowering/AxisWalk.h"
#include "codegen/spirv/GpuKernel.h"
#include "codegen/spirv/GpuLaneMemory.h"
#include "codegen/spirv/GpuSubgroup.h"
#include "ir/Blame.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;

static_assert(kScanRun == kGpuLanes);
constexpr int64_t kStepsPerPass = 16384;
// So many rows keep a device busy without a cut.
constexpr int64_t kManyRows = 1024;

class GpuScan {
public:
  GpuScan(GpuKernelBuilder &k, ScanSteps steps, int64_t team);
  LogicalResult run();

private:
  using State = ScanSteps::State;
  // An invocation's row, or the first of its columns, and its block of the row.
  struct Item {
    Index row, block;
  };
  // Runs `body` for each of `perRow` items of all rows, in steps of `columns` of them; workgroups times `condition`.
  LogicalResult itemEntry(StringRef suffix, Dim perRow, Dim condition, int64_t columns, Dim passes, llvm::function_ref<void(Emitter &, const Item &)> body);
  LogicalResult totalEntry();
  LogicalResult beforeEntry();
  LogicalResult resultEntry();
  // Walks positions [lo, hi), at most `most`.
  State walk(Emitter &e, Value memory, const Index &row, const Index &lo, const Index &hi, Dim most, State state);
  // ScanSteps::Meet of the team.
  std::pair<Value, Value> meet(Emitter &e, Value before, Value total);

  // Scratch: one slot for each block of each row, then one for each row.
  Index slot(Emitter &e, const Item &item);
  Value slots(Emitter &e) { return k.sharedScratch(e, storageType(k.kernel.getContext(), s.acc)); }
  Index lanesOf(const Index &i, int64_t columns) { return columns > 1 ? IndexBuilder::lanes(i.base) : i; }

  GpuKernelBuilder &k;
  const ScanSteps s;
  const Dim rows, blocks;
  SubgroupPart team; // of one: no subgroup
  const int64_t columns, workgroup;
  int64_t longest; // row of one invocation
  Dim cut;         // 1 where the blocks of a row run side by side, else 0
  bool severalBlocks;
};

GpuScan::GpuScan(GpuKernelBuilder &k, ScanSteps steps, int64_t size)
    : k(k), s(std::move(steps)), rows(s.walk.outer * s.walk.inner), blocks(ceilDiv(s.walk.length, kScanBlock)),
      team{k.target.device.subgroupSize, s.walk.alongLast() ? size : 1},
      columns(!s.walk.alongLast() && s.walk.inner.isConstant() && s.walk.inner.value() % kGpuLanes == 0 ? kGpuLanes : 1),
      workgroup(team.size > 1 ? std::max<int64_t>(64, team.subgroup) : 64) {
  const Dim length = s.walk.length;
  longest = k.target.device.loopIterations / 16 * 15 * kScanRun * team.size;
  const Dim fills = moreThan(floorDiv(rows, columns), kManyRows - 1);
  cut = moreThan(length, kScanBlock) * (Dim(1) - fills * atMost(length, longest));
  severalBlocks = !length.isConstant() || length.value() > kScanBlock;
}

LogicalResult GpuScan::itemEntry(StringRef suffix, Dim perRow, Dim condition, int64_t columns, Dim passes,
                                 llvm::function_ref<void(Emitter &, const Item &)> body) {
  const Dim across = floorDiv(rows, columns), items = across * perRow;
  return k.entry(suffix, ceilDiv(items * Dim(team.size), workgroup) * condition, workgroup, [&](Emitter &e, const Index &group, const Index &local) {
    IndexBuilder &ix = e.index;
    Index number = ix.add(ix.mul(group, ix.constant(workgroup / team.size)), team.size > 1 ? team.start(e, workgroup) : local);
    // What a row alone decides is computed before the branch.
    Index item = ix.min(number, e.size(items - Dim(1)));
    e.scopes.when(ix.less(number, e.size(items)), {}, [&] {
      // Neighbouring parts have neighbouring blocks, neighbouring invocations neighbouring columns.
      Item place = team.size > 1 ? Item{ix.div(item, e.size(perRow)), ix.rem(item, e.size(perRow))}
                                 : Item{ix.rem(item, e.size(across)), ix.div(item, e.size(across))};
      place.row = ix.mul(place.row, ix.constant(columns));
      body(e, place);
      return SmallVector<Value>{};
    });
  }, passes);
}

Index GpuScan::slot(Emitter &e, const Item &item) {
  IndexBuilder &ix = e.index;
  return team.size > 1 ? ix.add(ix.mul(item.row, e.size(blocks)), item.block) : ix.add(ix.mul(item.block, e.size(rows)), item.row);
}

std::pair<Value, Value> GpuScan::meet(Emitter &e, Value before, Value total) {
  IndexBuilder &ix = e.index;
  if (team.size == 1)
    return {before, s.combined(e, before, total)};
  Value mine = before;
  for (int64_t member = 0; member < team.size; ++member) {
    before = s.combined(e, before, team.ofMember(e, total, member));
    if (member + 1 < team.size)
      mine = e.scopes.builder().create<arith::SelectOp>(e.scopes.loc(), ix.less(ix.constant(member), team.member), before, mine);
  }
  return {mine, before};
}

GpuScan::State GpuScan::walk(Emitter &e, Value memory, const Index &row, const Index &lo, const Index &hi, Dim most, State state) {
  IndexBuilder &ix = e.index;
  Index outer = ix.div(row, e.size(s.walk.inner)), inner = lanesOf(ix.rem(row, e.size(s.walk.inner)), columns);
  const int64_t step = kScanRun * team.size;
  auto advance = [&](const Index &first, std::optional<Index> end, ValueRange before) {
    State state(before);
    if (state.size() > 1 && !cut.is(1))
      state = s.enterBlock(e, first, std::move(state));
    Index mine = team.size > 1 ? ix.add(first, ix.mul(team.member, ix.constant(kScanRun))) : first;
    return SmallVector<Value>(s.advance(e, memory, {outer, mine, inner, end}, std::move(state),
                                        [&](Value before, Value total) { return meet(e, before, total); }));
  };
  Index end = ix.add(lo, ix.mul(ix.div(ix.sub(hi, lo), ix.constant(step)), ix.constant(step)));
  if (most.isConstant() && most.value() < step)
    end = lo;
  else
    state = State(k.loop(e, lo, end, ix.constant(step), floorDiv(most, step), state,
                         [&](const Index &first, ValueRange before) { return advance(first, {}, before); }));
  if (s.walk.length.isConstant() && s.walk.length.value() % step == 0)
    return state;
  return State(e.scopes.when(ix.less(end, hi), state, [&] { return advance(end, hi, state); }));
}

LogicalResult GpuScan::totalEntry() {
  return itemEntry("total", blocks, cut, columns, 1, [&](Emitter &e, const Item &item) {
    IndexBuilder &ix = e.index;
    Index lo = ix.mul(item.block, ix.constant(kScanBlock)), hi = ix.min(ix.add(lo, ix.constant(kScanBlock)), e.size(s.walk.length));
    State state = walk(e, {}, item.row, lo, hi, min(s.walk.length, kScanBlock), s.startState(e, false, columns));
    auto store = [&] {
      e.store(slots(e), s.acc, lanesOf(slot(e, item), columns), state[0]);
      return SmallVector<Value>{};
    };
    team.size > 1 ? (void)e.scopes.when(ix.less(team.member, ix.constant(1)), {}, store) : (void)store();
  });
}

// Turns totals into what comes before each block. A member has one slot at a time.
LogicalResult GpuScan::beforeEntry() {
  const int64_t slotsPerPass = kStepsPerPass * team.size;
  const Dim passes = max(ceilDiv(blocks, slotsPerPass), 1);
  return itemEntry("before", 1, cut, 1, passes, [&](Emitter &e, const Item &item) {
    IndexBuilder &ix = e.index;
    OpBuilder &b = e.scopes.builder();
    Location loc = e.scopes.loc();
    Value memory = slots(e), start = s.start(e), before = start;
    Index lo = ix.constant(0), hi = e.size(blocks), handedOn = ix.add(e.size(rows * blocks), item.row);
    if (!passes.is(1)) {
      Index pass = k.pass(e);
      lo = ix.mul(pass, ix.constant(slotsPerPass));
      hi = ix.min(ix.add(lo, ix.constant(slotsPerPass)), hi);
      before = b.create<arith::SelectOp>(loc, ix.less(pass, ix.constant(1)), start, e.load(memory, s.acc, handedOn, e.scopes.depth()));
    }
    before = k.loop(e, lo, hi, ix.constant(team.size), min(ceilDiv(blocks, team.size), kStepsPerPass), before, [&](const Index &first, ValueRange in) {
      Index block = team.size > 1 ? ix.add(first, team.member) : first;
      Index place = slot(e, {item.row, ix.min(block, ix.sub(hi, ix.constant(1)))});
      Value total = e.load(memory, s.acc, place, e.scopes.depth());
      Value inside = ix.less(block, hi);
      auto [mine, next] = meet(e, in[0], b.create<arith::SelectOp>(loc, inside, total, start));
      e.scopes.when(inside, {}, [&, mine = mine] {
        e.store(memory, s.acc, place, mine);
        return SmallVector<Value>{};
      });
      return SmallVector<Value>{next};
    })[0];
    if (!passes.is(1))
      e.store(memory, s.acc, handedOn, before);
  });
}

LogicalResult GpuScan::resultEntry() {
  const Dim most = min(s.walk.length, cut.is(1) ? kScanBlock : longest);
  return itemEntry("", max(blocks * cut, 1), 1, columns, 1, [&](Emitter &e, const Item &item) {
    IndexBuilder &ix = e.index;
    State state = s.startState(e, severalBlocks, columns);
    Value memory = k.outputMemory(e, 0);
    Index lo = ix.constant(0), hi = e.size(s.walk.length);
    if (!cut.is(0)) {
      auto before = [&] { return SmallVector<Value>{e.load(slots(e), s.acc, lanesOf(slot(e, item), columns), e.scopes.depth())}; };
      state[1] = cut.is(1) ? before()[0] : e.scopes.when(ix.less(ix.constant(0), e.size(cut)), state[1], before)[0];
      lo = ix.mul(item.block, ix.constant(kScanBlock));
      hi = ix.min(ix.add(lo, e.size(cut * Dim(kScanBlock) + (Dim(1) - cut) * s.walk.length)), hi);
    }
    walk(e, memory, item.row, lo, hi, most, state);
  });
}

LogicalResult GpuScan::run() {
  if (!cut.is(0)) {
    k.result.scratchBytes = Dim(8) * rows * (blocks + Dim(1)) * cut;
    if (failed(totalEntry()) || failed(beforeEntry()))
      return failure();
  }
  return resultEntry();
}

} // namespace

LogicalResult lowerScanToGpu(GpuKernelBuilder &k) {
  FailureOr<ScanSteps> scan = ScanSteps::of(k, k.target.math);
  if (failed(scan))
    return failure();
  auto team = chooseGpuScanTeam(k.kernel, k.target);
  if (!team)
    return ir::emitInputError(k.kernel) << "kernel " << k.kernel.getSymName() << ": " << team.error().message;
  return GpuScan(k, std::move(*scan), *team).run();
}

} // namespace mx::codegen
