// Tests of runs that the device is told of before their inputs are there: what waits for what, what is kept until when, and
// failure.
#include "tests/vulkan/Fixture.h"

#include <atomic>

namespace mx::rt::vulkan {
namespace {

std::atomic<int> numWaits, numSubmissions;
/// Of the last submission.
std::vector<uint64_t> awaited;
VkResult injected;
PFN_vkWaitSemaphores waitSemaphores;
VKAPI_ATTR VkResult VKAPI_CALL countWait(VkDevice d, const VkSemaphoreWaitInfo *i, uint64_t t) {
  ++numWaits;
  return injected == VK_SUCCESS ? waitSemaphores(d, i, t) : injected;
}
PFN_vkQueueSubmit queueSubmit;
VKAPI_ATTR VkResult VKAPI_CALL countSubmit(VkQueue q, uint32_t n, const VkSubmitInfo *i, VkFence f) {
  ++numSubmissions;
  auto *timeline = static_cast<const VkTimelineSemaphoreSubmitInfo *>(i->pNext);
  awaited.assign(timeline->pWaitSemaphoreValues, timeline->pWaitSemaphoreValues + timeline->waitSemaphoreValueCount);
  return queueSubmit(q, n, i, f);
}

class Start : public UnderPolicy {
protected:
  void SetUp() override {
    UnderPolicy::SetUp();
    if (!device)
      return;
    Api &vk = device->api();
    injected = VK_SUCCESS;
    waitSemaphores = std::exchange(vk.WaitSemaphores, countWait);
    queueSubmit = std::exchange(vk.QueueSubmit, countSubmit);
    numWaits = numSubmissions = 0;
  }

  /// Starts out = x + y.
  Result<RunPtr> startTwo(const CompiledProgram &p, const BufferPtr &x, const BufferPtr &y, BufferPtr &out,
                          std::vector<RunPtr> after = {}) {
    void *inputs[] = {x->data, y->data};
    return device->start(p, {inputs, {}, {}, {&out, 1}}, after);
  }
};

INSTANTIATE_TEST_SUITE_P(Policies, Start, testing::Values(MemoryPolicy::shared, MemoryPolicy::migrate, MemoryPolicy::copy), nameOfPolicy);

TEST_P(Start, AChainOfRunsIsSubmittedWithoutWaiting) {
  constexpr int64_t n = 300000;
  const CompiledProgram p = sum(n);
  const auto values = iota(n, 1);
  const BufferPtr x = filled(values), warm = filled(values);
  BufferPtr first;
  ASSERT_TRUE(runTwo(*device, p, x->data, warm->data, first));
  numWaits = numSubmissions = 0;
  std::vector<BufferPtr> sums{x};
  RunPtr last;
  for (int i = 1; i <= 6; ++i) {
    BufferPtr out;
    auto run = startTwo(p, sums.back(), x, out, last ? std::vector{last} : std::vector<RunPtr>());
    ASSERT_TRUE(run) << run.error().message;
    ASSERT_TRUE(*run);
    EXPECT_EQ(awaited.size(), last ? 1u : 0u);
    last = *run;
    sums.push_back(out);
  }
  EXPECT_EQ(numSubmissions, 6);
  EXPECT_EQ(numWaits, 0);
  EXPECT_TRUE(last->wait());
  EXPECT_TRUE(last->wait()) << "every call returns the same";
  for (size_t k = 0; k < sums.size(); ++k)
    for (int64_t i = 0; i < n; i += 997)
      ASSERT_EQ(floats(sums[k])[i], static_cast<float>(k + 1) * values[static_cast<size_t>(i)]) << i << " after " << k;
}

TEST_P(Start, TheDeviceWaitsForTheLatestRunOfEachQueue) {
  constexpr int64_t n = 300000;
  const CompiledProgram p = sum(n);
  const BufferPtr x = filled(iota(n, 0));
  BufferPtr a, b, out;
  auto first = startTwo(p, x, x, a), second = startTwo(p, x, x, b);
  ASSERT_TRUE(first && second);
  auto both = startTwo(p, a, b, out, {*second, *first});
  ASSERT_TRUE(both);
  ASSERT_LE(awaited.size(), 2u);
  EXPECT_GE(awaited.front(), 1u);
  ASSERT_TRUE((*both)->wait());
  EXPECT_EQ(floats(out)[n - 1], static_cast<float>(4 * (n - 1)));
}

TEST_P(Start, SmallArraysPassFromRunToRun) {
  const CompiledProgram p = twoTemporaries(100);
  const BufferPtr x = filled(iota(100, 0));
  BufferPtr a, b;
  auto first = startTwo(p, x, x, a);
  ASSERT_TRUE(first) << first.error().message;
  // What is copied back from staging memory is there when start returns.
  EXPECT_EQ(!*first, GetParam() == MemoryPolicy::copy);
  auto second = startTwo(p, a, a, b, *first ? std::vector{*first} : std::vector<RunPtr>());
  ASSERT_TRUE(second) << second.error().message;
  if (*second)
    ASSERT_TRUE((*second)->wait());
  EXPECT_EQ(floats(b)[99], 16 * 99);
}

TEST_P(Start, ARunKeepsItsTemporariesUntilItHasEnded) {
  constexpr int64_t n = 300000;
  const CompiledProgram p = twoTemporaries(n);
  const BufferPtr x = filled(iota(n, 0));
  const size_t active = hostAllocator().activeBytes();
  BufferPtr out;
  auto run = startTwo(p, x, x, out);
  ASSERT_TRUE(run && *run);
  EXPECT_GE(hostAllocator().activeBytes(), active + 3 * n * sizeof(float));
  ASSERT_TRUE((*run)->wait());
  EXPECT_EQ(floats(out)[n - 1], static_cast<float>(4 * (n - 1)));
  out.reset();
  EXPECT_EQ(hostAllocator().activeBytes(), active);
}

TEST_P(Start, TheLastReferenceWaits) {
  constexpr int64_t n = 300000;
  const CompiledProgram p = sum(n);
  const BufferPtr x = filled(iota(n, 0));
  BufferPtr out;
  ASSERT_TRUE(startTwo(p, x, x, out));
  EXPECT_GE(numWaits, 1);
  EXPECT_EQ(floats(out)[n - 1], static_cast<float>(2 * (n - 1)));
}

TEST_P(Start, StepsOfTheHostWaitForEarlierRuns) {
  constexpr int64_t n = 300000;
  const BufferPtr x = filled(iota(n, 0));
  CompiledProgram onHost = sum(n);
  onHost.steps[0].entry.shader = nullptr;
  onHost.steps[0].entry.fn = [](const mx_args *args, uint32_t, uint32_t) {
    auto buffer = [&](int i) { return static_cast<float *>(args->buffers[i]); };
    for (int64_t i = 0; i < n; ++i)
      buffer(2)[i] = buffer(0)[i] * buffer(1)[i];
    return 0;
  };
  onHost.steps[0].units = 1;
  BufferPtr a, b;
  const CompiledProgram onDevice = sum(n);
  auto first = startTwo(onDevice, x, x, a);
  ASSERT_TRUE(first);
  auto second = startTwo(onHost, a, x, b, {*first});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_FALSE(*second) << "nothing is left to the device";
  EXPECT_EQ(floats(b)[100], 20000);
}

TEST_P(Start, AnIndexOutOfRangeIsFoundAtOnce) {
  constexpr int64_t n = 300000;
  CompiledProgram p = sum(n);
  p.steps[0] = step("Check", {{BufferRef::Input, 0}, {BufferRef::Output, 0}}, n);
  const BufferPtr x = filled(iota(n, 0));
  BufferPtr out;
  auto run = startTwo(p, x, x, out);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::outOfRange);
  EXPECT_FALSE(out);
}

TEST_P(Start, ARunAfterOneThatFailedFails) {
  constexpr int64_t n = 300000;
  const CompiledProgram p = sum(n);
  const BufferPtr x = filled(iota(n, 0));
  BufferPtr a, b, c;
  auto first = startTwo(p, x, x, a);
  ASSERT_TRUE(first);
  auto second = startTwo(p, a, x, b, {*first});
  ASSERT_TRUE(second);
  injected = VK_ERROR_OUT_OF_HOST_MEMORY;
  Status failed = (*first)->wait();
  injected = VK_SUCCESS;
  for (const RunPtr &run : {*first, *second}) {
    Status s = run->wait();
    ASSERT_FALSE(s);
    EXPECT_EQ(s.error().code, ErrorCode::outOfMemory);
    EXPECT_EQ(s.error().message, failed.error().message);
  }
  Status next = runTwo(*device, p, x->data, x->data, c);
  EXPECT_TRUE(next) << next.error().message;
}

TEST(StartOnTwoDevices, RunsOfAnotherDeviceAreWaitedForByTheHost) {
  MX_OPEN_DEVICE(device);
  auto other = openDevice();
  constexpr int64_t n = 300000;
  // A shader belongs to the device that ran it first.
  const CompiledProgram p = sum(n), q = sum(n);
  const BufferPtr x = filled(iota(n, 0));
  BufferPtr a, b;
  void *xs[] = {x->data, x->data};
  auto first = other->start(p, {xs, {}, {}, {&a, 1}}, {});
  ASSERT_TRUE(first);
  void *sums[] = {a->data, x->data};
  auto second = device->start(q, {sums, {}, {}, {&b, 1}}, {&*first, 1});
  ASSERT_TRUE(second) << second.error().message;
  ASSERT_TRUE((*second)->wait());
  EXPECT_EQ(floats(b)[n - 1], static_cast<float>(3 * (n - 1)));
}

} // namespace
} // namespace mx::rt::vulkan
