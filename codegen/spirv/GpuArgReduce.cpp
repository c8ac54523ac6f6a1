// Kernels of kind `argreduce` on a GPU. The axis is cut into parts. Along the last axis a workgroup searches a part, its
// invocations a workgroup's width apart; elsewhere an invocation does, and neighbours have neighbouring columns. Where an
// axis has several parts, their winners go to scratch and a workgroup a row finds the best of them.
#include "codegen/lowering/AxisWalk.h"
#include "codegen/spirv/GpuKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;

constexpr int64_t kSide = 8, kInvocations = kSide * kSide;
// Iterations of one invocation: what hides the cost of a second entry, and the most.
constexpr int64_t kPartIterations = 256, kMostIterations = 32768;
// So many rows keep a device busy without a cut.
constexpr int64_t kManyRows = 4096;

class GpuArgReduce {
public:
  GpuArgReduce(GpuKernelBuilder &k, ArgSearch search)
      : k(k), s(std::move(search)), rows(s.walk.outer * s.walk.inner), together(s.walk.alongLast()),
        partLength(kPartIterations * (together ? kInvocations : 16)), parts(ceilDiv(s.walk.length, partLength)) {}
  LogicalResult run();

private:
  using Best = ArgSearch::Best;
  LogicalResult wholeEntry(Dim condition, int64_t longest);
  LogicalResult partEntry(Dim condition);
  LogicalResult totalEntry(Dim condition);
  // Groups, workgroup size and the item of an invocation: a workgroup an item, or an invocation.
  LogicalResult itemEntry(StringRef suffix, Dim items, Dim condition, bool workgroupEach,
                          llvm::function_ref<void(Emitter &, const Index &item, const Index &local, Value inside)> body);
  // The best of the candidates from `lo` to below `hi`, at most `most` of them; all of the workgroup's in every invocation.
  Best search(Emitter &e, const Index &lo, const Index &hi, Dim most, bool workgroupEach, const Index &local,
              llvm::function_ref<Best(const Index &)> at);
  Best ofWorkgroup(Emitter &e, const Best &mine, const Index &local);
  std::function<Best(const Index &)> onAxis(Emitter &e, const Index &row);
  void storeRow(Emitter &e, const Best &best, const Index &row, Value inside);

  // Scratch: the values of all parts of all rows, then their positions, each at the room that 8 bytes a value take.
  Value slots(Emitter &e, rt::DType dtype) { return k.sharedScratch(e, storageType(k.kernel.getContext(), dtype)); }
  Index positionSlot(Emitter &e, const Index &number) {
    return e.index.add(e.size(rows * parts * Dim(8 / rt::sizeOf(kPosition))), number);
  }
  static constexpr rt::DType kPosition = rt::DType::int32;

  GpuKernelBuilder &k;
  ArgSearch s;
  const Dim rows;
  const bool together;
  const int64_t partLength;
  const Dim parts;
};

LogicalResult GpuArgReduce::itemEntry(StringRef suffix, Dim items, Dim condition, bool workgroupEach,
                                      llvm::function_ref<void(Emitter &, const Index &, const Index &, Value)> body) {
  if (workgroupEach)
    return k.entry(suffix, items * condition, kInvocations, [&](Emitter &e, const Index &group, const Index &local) {
      body(e, group, local, e.index.less(local, e.index.constant(1)));
    });
  return k.entry(suffix, ceilDiv(items, kInvocations) * condition, kInvocations, [&](Emitter &e, const Index &group, const Index &local) {
    IndexBuilder &ix = e.index;
    Index i = ix.add(ix.mul(group, ix.constant(kInvocations)), local);
    body(e, ix.min(i, e.size(items - Dim(1))), local, ix.less(i, e.size(items)));
  });
}

GpuArgReduce::Best GpuArgReduce::ofWorkgroup(Emitter &e, const Best &mine, const Index &local) {
  IndexBuilder &ix = e.index;
  MLIRContext *ctx = k.kernel.getContext();
  struct Shared {
    Value values, indices;
  };
  auto share = [&](int64_t n) { return Shared{k.sharedMemory(e, sharedType(ctx, s.dtype()), n), k.sharedMemory(e, sharedType(ctx, kPosition), n)}; };
  auto put = [&](const Shared &m, const Index &i, const Best &b) {
    k.storeShared(e, m.values, s.dtype(), i, b.value);
    k.storeShared(e, m.indices, kPosition, i, b.index);
  };
  auto bestFrom = [&](const Shared &m, const Index &first) {
    std::optional<Best> best;
    for (int64_t j = 0; j < kSide; ++j) {
      Index i = ix.add(first, ix.constant(j));
      Best next{k.loadShared(e, m.values, s.dtype(), i), k.loadShared(e, m.indices, kPosition, i)};
      best = best ? s.choose(e, *best, next) : next;
    }
    return *best;
  };
  Shared all = share(kInvocations), sides = share(kSide);
  put(all, local, mine);
  k.barrier(e);
  e.scopes.when(ix.less(local, ix.constant(kSide)), {}, [&] {
    put(sides, local, bestFrom(all, ix.mul(local, ix.constant(kSide))));
    return SmallVector<Value>{};
  });
  k.barrier(e);
  return bestFrom(sides, ix.constant(0));
}

GpuArgReduce::Best GpuArgReduce::search(Emitter &e, const Index &lo, const Index &hi, Dim most, bool workgroupEach, const Index &local,
                                        llvm::function_ref<Best(const Index &)> at) {
  IndexBuilder &ix = e.index;
  Best none = s.none(e);
  const int64_t stride = workgroupEach ? kInvocations : 1;
  ValueRange found = k.loop(e, workgroupEach ? ix.add(lo, local) : lo, hi, ix.constant(stride), ceilDiv(most, stride), {none.value, none.index},
                            [&](const Index &i, ValueRange so) {
                              Best next = s.choose(e, {so[0], so[1]}, at(i));
                              return SmallVector<Value>{next.value, next.index};
                            });
  Best mine{found[0], found[1]};
  return workgroupEach ? ofWorkgroup(e, mine, local) : mine;
}

std::function<GpuArgReduce::Best(const Index &)> GpuArgReduce::onAxis(Emitter &e, const Index &row) {
  Index outer = e.index.div(row, e.size(s.walk.inner)), inner = e.index.rem(row, e.size(s.walk.inner));
  return [this, &e, outer, inner](const Index &i) { return s.candidate(e, outer, i, inner); };
}

void GpuArgReduce::storeRow(Emitter &e, const Best &best, const Index &row, Value inside) {
  e.bindValue(s.result(), best.index);
  k.storeYields(e, [](Value) { return true; }, [&](Value v) { return Emitter::linearPoint(ir::dimsOf(v).size(), row); }, row, inside);
  e.bindValue(s.result(), {});
}

LogicalResult GpuArgReduce::wholeEntry(Dim condition, int64_t longest) {
  return itemEntry("", rows, condition, together, [&](Emitter &e, const Index &row, const Index &local, Value inside) {
    Best best = search(e, e.index.constant(0), e.size(s.walk.length), min(s.walk.length, longest), together, local, onAxis(e, row));
    storeRow(e, best, row, inside);
  });
}

LogicalResult GpuArgReduce::partEntry(Dim condition) {
  return itemEntry("part", rows * parts, condition, together, [&](Emitter &e, const Index &item, const Index &local, Value inside) {
    IndexBuilder &ix = e.index;
    // Neighbours have neighbouring rows.
    Index row = ix.rem(item, e.size(rows)), part = ix.div(item, e.size(rows));
    Index lo = ix.mul(part, ix.constant(partLength)), hi = ix.min(ix.add(lo, ix.constant(partLength)), e.size(s.walk.length));
    Best best = search(e, lo, hi, min(s.walk.length, partLength), together, local, onAxis(e, row));
    Value values = slots(e, s.dtype()), positions = slots(e, kPosition);
    e.scopes.when(inside, {}, [&] {
      e.store(values, s.dtype(), item, best.value);
      e.store(positions, kPosition, positionSlot(e, item), best.index);
      return SmallVector<Value>{};
    });
  });
}

LogicalResult GpuArgReduce::totalEntry(Dim condition) {
  return itemEntry("total", rows, condition, true, [&](Emitter &e, const Index &row, const Index &local, Value inside) {
    IndexBuilder &ix = e.index;
    Value values = slots(e, s.dtype()), positions = slots(e, kPosition);
    Best best = search(e, ix.constant(0), e.size(parts), parts, true, local, [&](const Index &part) {
      Index item = ix.add(ix.mul(part, e.size(rows)), row);
      return Best{e.load(values, s.dtype(), item), e.load(positions, kPosition, positionSlot(e, item))};
    });
    storeRow(e, best, row, inside);
  });
}

LogicalResult GpuArgReduce::run() {
  const bool many = rows.isConstant() && rows.value() >= kManyRows;
  const int64_t longest = many ? kMostIterations * (together ? kInvocations : 1) : partLength;
  const Dim whole = atMost(s.walk.length, longest), cut = moreThan(s.walk.length, longest);
  if (!whole.is(0) && failed(wholeEntry(whole, longest)))
    return failure();
  if (whole.is(1))
    return success();
  k.result.scratchBytes = Dim(16) * rows * parts * cut;
  return success(succeeded(partEntry(cut)) && succeeded(totalEntry(cut)));
}

} // namespace

LogicalResult lowerArgReduceToGpu(GpuKernelBuilder &k) {
  FailureOr<ArgSearch> search = ArgSearch::of(k, k.target.math);
  if (failed(search))
    return failure();
  return GpuArgReduce(k, std::move(*search)).run();
}

} // namespace mx::codegen
