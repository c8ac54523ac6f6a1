// Tests of running programs: operands, hazards, sizes, threads. Each runs under every memory policy.
#include "tests/vulkan/Fixture.h"

#include <atomic>
#include <cstring>
#include <thread>

namespace mx::rt::vulkan {
namespace {

class Run : public UnderPolicy {};

INSTANTIATE_TEST_SUITE_P(Policies, Run, testing::Values(MemoryPolicy::shared, MemoryPolicy::migrate, MemoryPolicy::copy), nameOfPolicy);

TEST_P(Run, ArraysAreAdded) {
  for (int64_t n : {1, 63, 64, 1000, 300000}) {
    BufferPtr x = filled(iota(n, 0)), y = filled(iota(n, 7)), out;
    Status s = runTwo(*device, sum(n), x->data, y->data, out);
    ASSERT_TRUE(s) << s.error().message;
    for (int64_t i = 0; i < n; ++i)
      ASSERT_EQ(floats(out)[i], 2.0f * static_cast<float>(i) + 7) << i << " of " << n;
  }
}

TEST_P(Run, StepsSeeWhatEarlierOnesWrote) {
  for (int64_t n : {1, 100, 300000}) {
    auto x = iota(n, 0), y = iota(n, 7);
    BufferPtr bx = filled(x), by = filled(y), out;
    Status s = runTwo(*device, twoTemporaries(n), bx->data, by->data, out);
    ASSERT_TRUE(s) << s.error().message;
    for (size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(floats(out)[i], (x[i] + y[i]) + (x[i] + x[i])) << i << " of " << n;
  }
}

TEST_P(Run, OneDynamicProgramServesManySizes) {
  CompiledProgram p = twoTemporaries(SizeExpr::symbol(0));
  for (int64_t n : {0, 1, 5, 1000, 400000, 3}) {
    auto x = iota(n, 1), y = iota(n, 3);
    BufferPtr bx = filled(x), by = filled(y), out;
    Status s = runTwo(*device, p, bx->data, by->data, out, {&n, 1});
    ASSERT_TRUE(s) << s.error().message;
    for (size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(floats(out)[i], (x[i] + y[i]) + (x[i] + x[i])) << i << " of " << n;
  }
}

TEST_P(Run, ForeignMemoryIsReadAndLeftAlone) {
  for (int64_t n : {10, 20000, 500000}) {
    auto x = iota(n, 0), y = iota(n, 7);
    BufferPtr out;
    // Not at the start of the user's memory, nor at the alignment of a binding.
    Status s = runTwo(*device, sum(n - 1), x.data() + 1, y.data(), out);
    ASSERT_TRUE(s) << s.error().message;
    for (size_t i = 0; i + 1 < x.size(); ++i)
      ASSERT_EQ(floats(out)[i], x[i + 1] + y[i]) << i << " of " << n;
    EXPECT_EQ(x, iota(n, 0));
  }
}

TEST_P(Run, ViewsThatABindingCannotBeginAtAreMoved) {
  for (int64_t n : {10, 500000}) {
    BufferPtr x = filled(iota(n + 3, 0)), out;
    auto *data = static_cast<float *>(x->data);
    Status s = runTwo(*device, twoTemporaries(n), data + 1, data + 3, out);
    ASSERT_TRUE(s) << s.error().message;
    for (int64_t i = 0; i < n; ++i)
      ASSERT_EQ(floats(out)[i], static_cast<float>((i + 1 + i + 3) + 2 * (i + 1))) << i << " of " << n;
  }
}

TEST_P(Run, ADonatedInputBecomesTheOutput) {
  for (int64_t n : {40, 500000}) {
    BufferPtr y = filled(iota(n, 1)), donated[2] = {filled(iota(n, 0)), {}}, out;
    void *where = donated[0]->data;
    Status s = runTwo(*device, sum(n, 0), where, y->data, out, {}, donated);
    ASSERT_TRUE(s) << s.error().message;
    if (GetParam() != MemoryPolicy::copy || n > 40) {
      EXPECT_EQ(out->data, where);
      EXPECT_FALSE(donated[0]);
    }
    EXPECT_EQ(floats(out)[n - 1], static_cast<float>(2 * n - 1));
  }
}

TEST_P(Run, ForeignMemoryIsNotTakenOver) {
  auto x = iota(40, 0), y = iota(40, 1);
  BufferPtr donated[2] = {wrapForeign(x.data(), 160, {}), {}}, out;
  ASSERT_TRUE(runTwo(*device, sum(40, 0), x.data(), y.data(), out, {}, donated));
  EXPECT_TRUE(donated[0]);
  EXPECT_NE(out->data, x.data());
  EXPECT_EQ(x, iota(40, 0));
  EXPECT_EQ(floats(out)[39], 79);
}

TEST_P(Run, AGivenOutputIsWrittenInPlace) {
  for (int64_t n : {40, 500000}) {
    BufferPtr x = filled(iota(n, 0)), y = filled(iota(n, 1)), out = filled(iota(n, 0));
    void *where = out->data;
    ASSERT_TRUE(runTwo(*device, sum(n), x->data, y->data, out));
    EXPECT_EQ(out->data, where);
    EXPECT_EQ(floats(out)[n - 1], static_cast<float>(2 * n - 1));
  }
}

TEST_P(Run, PassesFollowEachOther) {
  for (int64_t log : {6, 19}) {
    const int64_t n = int64_t(1) << log;
    CompiledProgram p;
    p.name = "total";
    p.inputs = {{DType::float32, {n}}, {DType::float32, {n}}};
    p.outputs = {{DType::float32, {n}, n * 4, -1}};
    p.steps = {step("Add", {{BufferRef::Input, 0}, {BufferRef::Input, 1}, {BufferRef::Output, 0}}, n),
               step("Halve", {{BufferRef::Output, 0}}, n)};
    p.steps[1].passes = log;
    BufferPtr x = filled(std::vector<float>(n, 1)), out;
    Status s = runTwo(*device, p, x->data, x->data, out);
    ASSERT_TRUE(s) << s.error().message;
    EXPECT_EQ(floats(out)[0], static_cast<float>(2 * n));
    p.steps[1].passes = 0;
    ASSERT_TRUE(runTwo(*device, p, x->data, x->data, out));
    EXPECT_EQ(floats(out)[0], 2) << "no pass, no step";
  }
}

TEST_P(Run, AStepWithMachineCodeRunsOnTheHostBetweenShaders) {
  for (int64_t n : {100, 500000}) {
    CompiledProgram p = twoTemporaries(n);
    // The second temporary is made on the host, from what the device wrote into the first.
    p.steps[1].entry = {"twice",
                        [](const mx_args *args, uint32_t, uint32_t) -> int {
                          for (int64_t i = 0; i < args->scalars[0]; ++i)
                            static_cast<float *>(args->buffers[1])[i] =
                                2 * static_cast<const float *>(args->buffers[0])[i];
                          return 0;
                        },
                        nullptr, 0};
    p.steps[1].buffers = {{BufferRef::Arena, 0}, {BufferRef::Arena, 1}};
    p.steps[1].units = 1;
    BufferPtr x = filled(iota(n, 0)), y = filled(iota(n, 1)), out;
    Status s = runTwo(*device, p, x->data, y->data, out);
    ASSERT_TRUE(s) << s.error().message;
    for (int64_t i = 0; i < n; ++i)
      ASSERT_EQ(floats(out)[i], static_cast<float>(3 * (2 * i + 1))) << i << " of " << n;
  }
}

TEST_P(Run, AnIndexThatAShaderFindsOutOfRangeFailsTheCall) {
  for (int64_t n : {64, 300000}) {
    CompiledProgram p = sum(n);
    p.steps[0] = step("Check", {{BufferRef::Input, 0}, {BufferRef::Output, 0}}, n);
    std::vector<float> values(n, 7);
    for (bool bad : {false, true, false}) {
      values[n - 2] = bad ? 123 : 5;
      BufferPtr x = filled(values), out;
      Status s = runTwo(*device, p, x->data, x->data, out);
      EXPECT_EQ(bool(s), !bad);
      EXPECT_EQ(bool(out), !bad) << "no output of a failed call";
      if (!s) {
        EXPECT_EQ(s.error().code, ErrorCode::outOfRange);
        EXPECT_EQ(s.error().message, "[take] index 123 at position " + std::to_string(n - 2) +
                                         " is out of range for size 100 (kernel Check)");
      }
    }
  }
}

TEST_P(Run, ThreadsRunProgramsAtOnce) {
  CompiledProgram p = twoTemporaries(SizeExpr::symbol(0));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int64_t i = 0; i < 50; ++i) {
        int64_t n = 1 + (i * 37 + t) % 20 * 20000;
        auto x = iota(n, 0), y = iota(n, static_cast<float>(t));
        BufferPtr bx = filled(x), by = filled(y), out;
        if (!runTwo(*device, p, bx->data, by->data, out, {&n, 1}) ||
            floats(out)[n - 1] != (x.back() + y.back()) + (x.back() + x.back()))
          ++wrong;
      }
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_EQ(wrong, 0);
}

TEST_P(Run, AByAddressShaderFindsItsOperandsInATable) {
  if (!device->gpu()->bufferAddress)
    GTEST_SKIP() << "no addresses";
  for (int64_t n : {40, 500000}) {
    CompiledProgram p = sum(n);
    p.steps[0] = step("AddByAddress", p.steps[0].buffers, n);
    BufferPtr x = filled(iota(n + 1, 0)), y = filled(iota(n, 1)), out;
    // Addresses need no alignment of bindings.
    Status s = runTwo(*device, p, static_cast<float *>(x->data) + 1, y->data, out);
    ASSERT_TRUE(s) << s.error().message;
    for (int64_t i = 0; i < n; ++i)
      ASSERT_EQ(floats(out)[i], static_cast<float>(2 * i + 2)) << i << " of " << n;
  }
}

TEST(Limits, WorkgroupsPastTheFirstDimensionGoToTheSecond) {
  Options options;
  options.workgroupCount = 100;
  MX_OPEN_DEVICE(device, options);
  for (int64_t n : {6400, 6401, 640000, 640001}) {
    BufferPtr x = filled(iota(n, 0)), out;
    ASSERT_TRUE(runTwo(*device, sum(n), x->data, x->data, out));
    for (int64_t i = 0; i < n; ++i)
      ASSERT_EQ(floats(out)[i], static_cast<float>(2 * i)) << i << " of " << n;
  }
  const int64_t tooMany = 100 * int64_t(65535) * 64 * 64;
  CompiledProgram p = sum(64);
  p.steps[0].units = tooMany;
  BufferPtr x = filled(iota(64, 0)), out;
  Status s = runTwo(*device, p, x->data, x->data, out);
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code, ErrorCode::internal);
  EXPECT_NE(s.error().message.find("kernel Add has " + std::to_string(tooMany) + " workgroups"), std::string::npos)
      << s.error().message;
  EXPECT_FALSE(out);
}

TEST(Limits, WhatADeviceCannotDoIsAnErrorWithTheNumbers) {
  Options options;
  options.storageBufferRange = 1 << 16;
  MX_OPEN_DEVICE(device, options);
  auto expectError = [&](const CompiledProgram &p, const char *text, ErrorCode code = ErrorCode::internal) {
    BufferPtr x = filled(iota(20000, 0)), out;
    Status s = runTwo(*device, p, x->data, x->data, out);
    ASSERT_FALSE(s) << text;
    EXPECT_EQ(s.error().code, code);
    EXPECT_NE(s.error().message.find(text), std::string::npos) << s.error().message;
    EXPECT_FALSE(out);
  };
  expectError(sum(20000), "operand 0 of kernel Add has 80000 bytes, a binding reaches 65536");
  CompiledProgram long_ = sum(64);
  long_.steps[0].loopIterations = 70000;
  expectError(long_, "kernel Add runs 70000 loop iterations in an invocation, the device at most 65535");
  CompiledProgram wide = sum(64);
  wide.steps[0].scalars = {int64_t(1) << 32};
  expectError(wide, "a size of kernel Add is 4294967296, shaders count up to 2147418111", ErrorCode::invalidArgument);
  CompiledProgram talkative = sum(64);
  talkative.steps[0].scalars.resize(33);
  expectError(talkative, "kernel Add has 33 push constants, the device takes 32");
}

TEST(Limits, AnArrayPastTheLargestAllocationIsOutOfMemory) {
  for (MemoryPolicy policy : {MemoryPolicy::shared, MemoryPolicy::migrate, MemoryPolicy::copy}) {
    Options options;
    options.memory = policy;
    options.allocationBytes = 8 << 20;
    MX_OPEN_DEVICE(device, options);
    const int64_t n = 4 << 20;
    BufferPtr x = *hostAllocator().allocate(n * 4), out;
    Status s = runTwo(*device, sum(n), x->data, x->data, out);
    ASSERT_FALSE(s);
    EXPECT_EQ(s.error().code, ErrorCode::outOfMemory);
    EXPECT_NE(s.error().message.find("of 16777216 bytes: one has at most 8388608"), std::string::npos)
        << s.error().message;
  }
}

int barriers;
PFN_vkCmdPipelineBarrier pipelineBarrier;
VKAPI_ATTR void VKAPI_CALL countBarriers(VkCommandBuffer c, VkPipelineStageFlags from, VkPipelineStageFlags to,
                                         VkDependencyFlags flags, uint32_t n, const VkMemoryBarrier *all, uint32_t nb,
                                         const VkBufferMemoryBarrier *b, uint32_t ni, const VkImageMemoryBarrier *i) {
  ++barriers;
  pipelineBarrier(c, from, to, flags, n, all, nb, b, ni, i);
}

TEST(Barriers, StandOnlyBetweenStepsThatMeet) {
  MX_OPEN_DEVICE(device);
  pipelineBarrier = std::exchange(device->api().CmdPipelineBarrier, countBarriers);
  const int64_t n = 1000;
  BufferPtr x = filled(iota(n, 0)), out;
  auto countOf = [&](const CompiledProgram &p) {
    barriers = 0;
    EXPECT_TRUE(runTwo(*device, p, x->data, x->data, out));
    return barriers;
  };
  const BufferRef in{BufferRef::Input, 0}, result{BufferRef::Output, 0}, a{BufferRef::Arena, 0}, b{BufferRef::Arena, 1};
  CompiledProgram p = twoTemporaries(n);
  EXPECT_EQ(countOf(p), 2) << "before the step that reads both, and for the host";
  p.steps = {step("Add", {in, in, a}, n), step("Add", {in, in, b}, n), step("Add", {in, in, result}, n)};
  EXPECT_EQ(countOf(p), 1) << "nothing meets";
  p.steps = {step("Add", {a, a, result}, n), step("Add", {in, in, a}, n)};
  EXPECT_EQ(countOf(p), 2) << "a write after a read";
  p.steps = {step("Add", {in, in, a}, n), step("Add", {in, in, a}, n)};
  EXPECT_EQ(countOf(p), 2) << "a write after a write";
  p.steps = {step("Add", {in, in, a}, n), step("Add", {a, in, b}, n), step("Add", {a, b, result}, n)};
  EXPECT_EQ(countOf(p), 3) << "a chain";
}

TEST(Limits, ArraysPastTheReachOfABindingAreReadByAddress) {
  MX_OPEN_DEVICE(device);
  if (!device->gpu()->bufferAddress)
    GTEST_SKIP() << "no addresses";
  const int64_t n = device->gpu()->storageBufferRange / 4 + 1000;
  if (n > (int64_t(1) << 26))
    GTEST_SKIP() << "bindings reach " << n * 4 << " bytes";
  CompiledProgram p = sum(n);
  p.steps[0] = step("AddByAddress", p.steps[0].buffers, n);
  BufferPtr x = *hostAllocator().allocate(n * 4), out;
  auto *data = static_cast<float *>(x->data);
  std::memset(data, 0, n * 4);
  data[0] = 1;
  data[n - 1] = 5;
  Status s = runTwo(*device, p, data, data, out);
  ASSERT_TRUE(s) << s.error().message;
  EXPECT_EQ(floats(out)[0], 2);
  EXPECT_EQ(floats(out)[n - 1], 10);
}

TEST(DescriptorPools, ServeWherePushDescriptorsAreMissing) {
  Options options;
  options.pushDescriptors = false;
  MX_OPEN_DEVICE(device, options);
  // More sets than a pool holds.
  const int64_t n = 100;
  CompiledProgram p = sum(n);
  for (int i = 0; i < 200; ++i)
    p.steps.push_back(step("Add", {{BufferRef::Output, 0}, {BufferRef::Input, 1}, {BufferRef::Output, 0}}, n));
  BufferPtr x = filled(std::vector<float>(n, 1)), out;
  for (int round = 0; round < 3; ++round) {
    out.reset();
    Status s = runTwo(*device, p, x->data, x->data, out);
    ASSERT_TRUE(s) << s.error().message;
    EXPECT_EQ(floats(out)[n - 1], 202);
  }
}

} // namespace
} // namespace mx::rt::vulkan
