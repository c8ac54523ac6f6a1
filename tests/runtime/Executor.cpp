// Tests of the executor on programs made by hand from C++ kernels.
#include "runtime/Executor.h"

#include "runtime/Allocator.h"
#include "runtime/Launch.h"
#include "runtime/ThreadPool.h"
#include "tests/runtime/HeapCount.h"
#include "tests/runtime/SmallPrograms.h"

#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <thread>

namespace mx::rt {
namespace {

constexpr int64_t kUnit = 16;

/// buffers[2] = buffers[0] + buffers[1]; scalars[0] elements, 16 per unit.
int addKernel(const mx_args *args, uint32_t begin, uint32_t end) {
  auto *a = static_cast<const float *>(args->buffers[0]), *b = static_cast<const float *>(args->buffers[1]);
  auto *out = static_cast<float *>(args->buffers[2]);
  for (int64_t i = begin * kUnit; i < std::min<int64_t>(end * kUnit, args->scalars[0]); ++i)
    out[i] = a[i] + b[i];
  return 0;
}

using Op = SizeExpr::Op;

Step addStep(std::vector<BufferRef> buffers, const SizeExpr &elements, int64_t unitCost = 2) {
  return {{"add", addKernel, 0}, std::move(buffers), {elements}, SizeExpr::binary(Op::CeilDiv, elements, kUnit), unitCost};
}

constexpr auto kAdd = [](std::vector<BufferRef> buffers, const SizeExpr &elements) { return addStep(std::move(buffers), elements); };
CompiledProgram twoTemporaries(const SizeExpr &n) { return rt::twoTemporaries(n, kAdd); }
CompiledProgram sum(int64_t n, int32_t donor = -1) { return rt::sum(n, donor, kAdd); }

/// Runs a program of two inputs and one output.
Status runTwo(const CompiledProgram &p, void *x, void *y, BufferPtr &out, std::span<const int64_t> symbols = {},
              std::span<BufferPtr> donated = {}) {
  void *inputs[] = {x, y};
  return run(p, {inputs, symbols, donated, {&out, 1}});
}

const float *floats(const BufferPtr &b) { return static_cast<const float *>(b->data); }

BufferPtr filled(const std::vector<float> &v) {
  BufferPtr b = *hostAllocator().allocate(v.size() * 4);
  std::memcpy(b->data, v.data(), v.size() * 4);
  return b;
}

TEST(Executor, StaticProgramWithArenaGivesTheSum) {
  for (int64_t n : {1, 16, 17, 100000}) {
    auto x = iota(n, 0), y = iota(n, 7);
    BufferPtr out;
    CompiledProgram p = twoTemporaries(n);
    ASSERT_TRUE(runTwo(p, x.data(), y.data(), out));
    for (size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(floats(out)[i], (x[i] + y[i]) + (x[i] + x[i])) << i << " of " << n;
  }
}

TEST(Executor, OneDynamicProgramServesManySizes) {
  CompiledProgram p = twoTemporaries(SizeExpr::symbol(0));
  for (int round = 0; round < 2; ++round)
    for (int64_t n : {0, 1, 5, 16, 1000, 50000, 3, 77, 78, 79, 80, 81}) {
      auto x = iota(n, 1), y = iota(n, 3);
      BufferPtr out;
      ASSERT_TRUE(runTwo(p, x.data(), y.data(), out, {&n, 1}));
      ASSERT_TRUE(out);
      for (size_t i = 0; i < x.size(); ++i)
        ASSERT_EQ(floats(out)[i], (x[i] + y[i]) + (x[i] + x[i])) << i << " of " << n;
    }
}

TEST(Executor, SteadyStateTakesNothingFromTheHeapOrTheSystem) {
  CompiledProgram still = twoTemporaries(100), dynamic = twoTemporaries(SizeExpr::symbol(0));
  int64_t n = 100;
  auto x = iota(n, 0), y = iota(n, 1);
  uint64_t news = 0, system = 0;
  for (int i = 0; i < 10; ++i) {
    if (i == 2) {
      news = newCalls;
      system = hostAllocator().systemAllocations();
    }
    BufferPtr a, b;
    ASSERT_TRUE(runTwo(still, x.data(), y.data(), a));
    ASSERT_TRUE(runTwo(dynamic, x.data(), y.data(), b, {&n, 1}));
  }
  EXPECT_EQ(newCalls, news);
  EXPECT_EQ(hostAllocator().systemAllocations(), system);
}

TEST(Executor, AGivenOutputIsWrittenInPlace) {
  auto x = iota(40, 0), y = iota(40, 1);
  BufferPtr out = filled(std::vector<float>(40));
  void *where = out->data;
  ASSERT_TRUE(runTwo(sum(40), x.data(), y.data(), out));
  EXPECT_EQ(out->data, where);
  EXPECT_EQ(floats(out)[39], 79);
  BufferPtr small = *hostAllocator().allocate(64);
  void *kept = small->data;
  Status s = runTwo(sum(40), x.data(), y.data(), small);
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code, ErrorCode::internal);
  EXPECT_EQ(small->data, kept) << "the caller's buffer stays the caller's";
}

TEST(Executor, ADonatedInputBecomesTheOutput) {
  auto y = iota(40, 1);
  BufferPtr donated[2] = {filled(iota(40, 0)), {}}, out;
  void *where = donated[0]->data;
  ASSERT_TRUE(runTwo(sum(40, 0), where, y.data(), out, {}, donated));
  EXPECT_EQ(out->data, where);
  EXPECT_FALSE(donated[0]);
  EXPECT_EQ(floats(out)[39], 79);
}

TEST(Executor, ADonationThatDoesNotFitIsLeftAlone) {
  auto y = iota(40, 1);
  auto expectKept = [&](const char *why, BufferPtr buffer, void *input, int32_t donor) {
    BufferPtr donated[2] = {std::move(buffer), {}}, out;
    ASSERT_TRUE(runTwo(sum(40, donor), input, y.data(), out, {}, donated));
    EXPECT_TRUE(donated[0]) << why;
    EXPECT_NE(out->data, donated[0]->data) << why;
    EXPECT_EQ(floats(out)[39], 79) << why;
  };
  std::vector<float> x = iota(40, 0), shifted = iota(41, -1), padded = iota(40000, 0);
  BufferPtr shared = filled(x), view = filled(shifted), huge = filled(padded), plain = filled(x);
  void *plainData = plain->data, *viewData = static_cast<float *>(view->data) + 1, *hugeData = huge->data;
  expectKept("somebody else holds it", shared, shared->data, 0);
  expectKept("the input does not begin where the buffer does", std::move(view), viewData, 0);
  expectKept("it would keep far too much memory alive", std::move(huge), hugeData, 0);
  expectKept("no output may have it", std::move(plain), plainData, -1);
}

TEST(Executor, TwoOutputsCannotTakeOneDonation) {
  CompiledProgram p = sum(40, 0);
  p.outputs.push_back(p.outputs[0]);
  p.steps.push_back(addStep({{BufferRef::Input, 1}, {BufferRef::Input, 1}, {BufferRef::Output, 1}}, 40));
  auto y = iota(40, 1);
  BufferPtr donated[2] = {filled(iota(40, 0)), {}};
  void *inputs[] = {donated[0]->data, y.data()};
  BufferPtr outputs[2];
  ASSERT_TRUE(run(p, {inputs, {}, donated, outputs}));
  EXPECT_EQ(outputs[0]->data, inputs[0]);
  EXPECT_NE(outputs[1]->data, inputs[0]);
  EXPECT_EQ(floats(outputs[0])[39], 79);
  EXPECT_EQ(floats(outputs[1])[39], 80);
}

TEST(Executor, ConstantsAreOperands) {
  CompiledProgram p = sum(8);
  auto c = std::make_shared<std::vector<float>>(8, 0.5f);
  p.constants = {{wrapForeign(c->data(), 32, [c](void *) {}), 32}};
  p.steps[0].buffers[1] = {BufferRef::Constant, 0};
  auto x = iota(8, 0);
  BufferPtr out;
  ASSERT_TRUE(runTwo(p, x.data(), x.data(), out));
  EXPECT_EQ(floats(out)[7], 7.5f);
}

TEST(Executor, AnIndexOutOfRangeNamesOpIndexSizeAndPosition) {
  CompiledProgram p = sum(16);
  p.steps[0].entry = {"gather", [](const mx_args *args, uint32_t, uint32_t) -> int {
                        *static_cast<mx_fault *>(args->scratch) = {-5, 4, 9, "take"};
                        return MX_KERNEL_INDEX_OUT_OF_RANGE;
                      }, 0};
  auto x = iota(16, 0);
  BufferPtr out;
  Status s = runTwo(p, x.data(), x.data(), out);
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code, ErrorCode::outOfRange);
  EXPECT_EQ(s.error().message, "[take] index -5 at position 9 is out of range for size 4 (kernel gather)");
  EXPECT_FALSE(out) << "no output of a failed call";
}

TEST(Executor, EveryFailedAllocationIsAnErrorAndTheNextCallIsRight) {
  CompiledProgram p = twoTemporaries(100);
  p.outputs.push_back(p.outputs[0]);
  p.outputs[1].donor = 1;
  p.outputs.push_back(p.outputs[0]);
  p.steps.push_back(addStep({{BufferRef::Arena, 0}, {BufferRef::Arena, 1}, {BufferRef::Output, 1}}, 100));
  p.steps.push_back(addStep({{BufferRef::Arena, 0}, {BufferRef::Arena, 1}, {BufferRef::Output, 2}}, 100));
  auto x = iota(100, 0);
  size_t active = hostAllocator().activeBytes();
  bool succeeded = false;
  for (uint64_t n = 1; !succeeded; ++n) {
    ASSERT_LT(n, 10u);
    BufferPtr donated[2] = {{}, filled(iota(100, 1))};
    void *inputs[] = {x.data(), donated[1]->data};
    BufferPtr outputs[3];
    hostAllocator().failAllocation(n);
    Status s = run(p, {inputs, {}, donated, outputs});
    hostAllocator().failAllocation(0);
    succeeded = bool(s);
    if (!s) {
      EXPECT_EQ(s.error().code, ErrorCode::outOfMemory);
      EXPECT_TRUE(donated[1]) << "the donation was not consumed";
      EXPECT_FALSE(outputs[0] || outputs[1] || outputs[2]);
    } else {
      EXPECT_EQ(n, 4u) << "an arena and two outputs";
      EXPECT_EQ(outputs[1]->data, inputs[1]);
      for (BufferPtr &o : outputs)
        EXPECT_EQ(floats(o)[99], (99 + 100) + (99 + 99));
    }
  }
  EXPECT_EQ(hostAllocator().activeBytes(), active) << "nothing leaks";
}

TEST(Executor, WrongArgumentCountsAndOverflowingSizesAreErrors) {
  CompiledProgram p = twoTemporaries(SizeExpr::symbol(0));
  float x = 0;
  void *one[] = {&x}, *two[] = {&x, &x};
  BufferPtr out;
  int64_t n = 1;
  EXPECT_EQ(run(p, {one, {&n, 1}, {}, {&out, 1}}).error().code, ErrorCode::internal);
  EXPECT_EQ(run(p, {two, {}, {}, {&out, 1}}).error().code, ErrorCode::internal);
  for (int64_t bad : {int64_t(1) << 62, int64_t(-1)}) {
    Status s = run(p, {two, {&bad, 1}, {}, {&out, 1}});
    ASSERT_FALSE(s);
    EXPECT_EQ(s.error().code, ErrorCode::overflow) << bad;
  }
  n = int64_t(1) << 60;
  EXPECT_EQ(run(p, {two, {&n, 1}, {}, {&out, 1}}).error().code, ErrorCode::overflow) << "two temporaries of 2^62";
  n = int64_t(1) << 50;
  EXPECT_EQ(run(p, {two, {&n, 1}, {}, {&out, 1}}).error().code, ErrorCode::outOfMemory);
}

TEST(Executor, UnitsBeyond32BitsComeInParts) {
  // Adds up how many units it was given and checks that they follow each other.
  CompiledProgram p;
  p.outputs = {{DType::int64, {1}, 8, -1}};
  p.steps = {{{"count", [](const mx_args *args, uint32_t begin, uint32_t end) -> int {
                 auto *next = static_cast<uint64_t *>(args->buffers[0]);
                 if (args->unit_base + begin != *next)
                   return 7;
                 *next = args->unit_base + end;
                 return 0;
               }, 0}, {{BufferRef::Output, 0}}, {}, (int64_t(1) << 33) + 5, 0}};
  ThreadPool &pool = ThreadPool::instance();
  int former = pool.numThreads();
  pool.setNumThreads(1);
  BufferPtr out = *hostAllocator().allocate(8);
  *static_cast<uint64_t *>(out->data) = 0;
  EXPECT_TRUE(run(p, {{}, {}, {}, {&out, 1}}));
  EXPECT_EQ(*static_cast<uint64_t *>(out->data), (uint64_t(1) << 33) + 5);
  pool.setNumThreads(former);
}

TEST(Executor, ThreadsRunOneProgramAtOnce) {
  CompiledProgram p = twoTemporaries(SizeExpr::symbol(0));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int64_t i = 0; i < 300; ++i) {
        int64_t n = 1 + (i * 37 + t) % 20 * 500;
        auto x = iota(n, 0), y = iota(n, static_cast<float>(t));
        BufferPtr out;
        if (!runTwo(p, x.data(), y.data(), out, {&n, 1}) ||
            floats(out)[n - 1] != (x.back() + y.back()) + (x.back() + x.back()))
          ++wrong;
      }
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Launch, SmallWorkStaysInlineAndLargeWorkHasSeveralClaimsPerThread) {
  struct Row {
    int64_t units, cost;
    int threads;
    bool parallel;
    uint32_t grain;
  };
  for (Row r : {Row{1, 1'000'000, 8, false, 1}, // one unit cannot be split
                {1000, 9, 2, false, 1000},      // 9 us
                {1000, 10, 2, true, 200},       // 10 us: claims of 2 us
                {1000, 10, 1, false, 1000},     // one thread
                {1'000'000, 100, 2, true, 83333}, // 12 claims
                {16, 1'000'000, 2, true, 1},    // few large units: one each
                {40000, 0, 2, true, 3333},      // an unknown cost counts as 1 ns
                {2, INT64_MAX - 1, 2, true, 1}}) {
    LaunchShape s = shapeLaunch(r.units, r.cost, r.threads);
    EXPECT_EQ(s.parallel, r.parallel) << r.units << " x " << r.cost;
    EXPECT_EQ(s.grain, r.grain) << r.units << " x " << r.cost;
  }
}

} // namespace
} // namespace mx::rt
