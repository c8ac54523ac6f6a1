// Tests of the times of steps: what the device's timestamps say, what is done where there are none, and the tracks of queues.
#include "tests/vulkan/Fixture.h"

#include "runtime/base/Trace.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace mx::rt::vulkan {
namespace {

constexpr int64_t kSmall = 64, kLarge = 4 << 20;

/// How steps are timed.
struct Way {
  const char *name;
  bool timestamps, calibrated;
};

class Times : public testing::TestWithParam<std::tuple<Way, MemoryPolicy>> {
protected:
  Options options() const {
    const auto &[way, memory] = GetParam();
    Options o;
    o.timestamps = way.timestamps;
    o.calibratedTimestamps = way.calibrated;
    o.memory = memory;
    return o;
  }
};

INSTANTIATE_TEST_SUITE_P(Ways, Times,
                         testing::Combine(testing::Values(Way{"Calibrated", true, true}, Way{"Measured", true, false}, Way{"ByTheHost", false, false}),
                                          testing::Values(MemoryPolicy::shared, MemoryPolicy::migrate, MemoryPolicy::copy)),
                         [](const auto &info) {
                           return std::get<0>(info.param).name + nameOfPolicy({std::get<1>(info.param), 0});
                         });

/// A small sum, then a large one, then a small one that waits for nothing.
CompiledProgram unequal() {
  CompiledProgram p;
  p.name = "unequal";
  p.inputs = {{DType::float32, {kLarge}}, {DType::float32, {kLarge}}};
  p.outputs = {{DType::float32, {kSmall}, kSmall * 4, -1}, {DType::float32, {kLarge}, kLarge * 4, -1}, {DType::float32, {kSmall}, kSmall * 4, -1}};
  const BufferRef x{BufferRef::Input, 0}, y{BufferRef::Input, 1};
  p.steps = {step("Add", {x, y, {BufferRef::Output, 0}}, kSmall), step("Add", {x, y, {BufferRef::Output, 1}}, kLarge),
             step("Add", {x, y, {BufferRef::Output, 2}}, kSmall)};
  return p;
}

int64_t total(const std::vector<int64_t> &stepNs) {
  int64_t sum = 0;
  for (int64_t ns : stepNs)
    sum += std::max<int64_t>(ns, 0);
  return sum;
}

TEST_P(Times, StepsHavePositiveTimesWithinThoseOfTheCall) {
  MX_OPEN_DEVICE(device, options());
  const CompiledProgram p = unequal();
  const BufferPtr x = filled(std::vector<float>(kLarge, 1));
  void *inputs[] = {x->data, x->data};
  std::vector<int64_t> stepNs;
  int64_t largest = 0;
  for (int call = 0; call < 5; ++call) {
    std::vector<BufferPtr> outputs(3);
    const int64_t start = traceClock();
    ASSERT_TRUE(device->run(p, {inputs, {}, {}, outputs, &stepNs}));
    const int64_t wall = traceClock() - start;
    ASSERT_EQ(stepNs.size(), 3u);
    for (int64_t ns : stepNs)
      EXPECT_GT(ns, 0);
    EXPECT_LE(total(stepNs), wall);
    largest += stepNs[1] > stepNs[0] && stepNs[1] > stepNs[2];
    EXPECT_EQ(floats(outputs[1])[kLarge - 1], 2);
  }
  // A machine that has more to do may stop a small one for long.
  EXPECT_GE(largest, 3) << "the large sum takes longest";
}

TEST_P(Times, TheDeviceSaysWhereTheyComeFrom) {
  MX_OPEN_DEVICE(device, options());
  const Way &way = std::get<0>(GetParam());
  const std::pair<std::string, std::string> row{"timestamps", !way.timestamps ? "no" : way.calibrated ? "calibrated" : "yes"};
  EXPECT_EQ(std::ranges::count(device->info(), row), 1);
}

/// The times of the steps of a call on few elements; none when the call fails.
std::vector<int64_t> timesOfCall(VulkanDevice &device, const CompiledProgram &p) {
  const BufferPtr x = filled(iota(kSmall, 0));
  void *inputs[] = {x->data, x->data};
  BufferPtr out;
  std::vector<int64_t> stepNs;
  const Status status = device.run(p, {inputs, {}, {}, {&out, 1}, &stepNs});
  EXPECT_TRUE(status);
  return status ? stepNs : std::vector<int64_t>();
}

TEST_P(Times, AStepWithNothingToDoHasNone) {
  MX_OPEN_DEVICE(device, options());
  CompiledProgram p = twoTemporaries(kSmall);
  p.steps[1].passes = 0;
  const std::vector<int64_t> stepNs = timesOfCall(*device, p);
  ASSERT_EQ(stepNs.size(), 3u);
  EXPECT_GT(stepNs[0], 0);
  EXPECT_EQ(stepNs[1], -1);
  EXPECT_GT(stepNs[2], 0);
}

TEST_P(Times, StepsOfTheHostAreTimedBetweenThoseOfTheDevice) {
  MX_OPEN_DEVICE(device, options());
  CompiledProgram p = twoTemporaries(kSmall);
  p.steps[1].entry = {"pause", [](const mx_args *, uint32_t, uint32_t) -> int { return ::usleep(2000), 0; }, nullptr, 0};
  p.steps[1].units = 1;
  const std::vector<int64_t> stepNs = timesOfCall(*device, p);
  ASSERT_EQ(stepNs.size(), 3u);
  EXPECT_GT(stepNs[0], 0);
  EXPECT_GE(stepNs[1], 2'000'000);
  EXPECT_GT(stepNs[2], 0);
}

/// The numbers after `key` in a file of times.
std::vector<int64_t> column(const std::filesystem::path &file, const char *key) {
  std::ifstream in(file);
  return nlohmann::json::parse(in).at(key);
}

TEST_P(Times, RunsThatNobodyWaitsForAreTimedWhenTheyHaveEnded) {
  MX_OPEN_DEVICE(device, options());
  const auto folder = std::filesystem::temp_directory_path() / ("mx-times-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  CompiledProgram p = unequal();
  p.times = std::make_shared<StepTimes>(folder / "times.json", p.steps.size());
  const BufferPtr x = filled(std::vector<float>(kLarge, 1));
  void *inputs[] = {x->data, x->data};
  for (int call = 0; call < 4; ++call) {
    std::vector<BufferPtr> outputs(3);
    auto run = device->start(p, {inputs, {}, {}, outputs}, {});
    ASSERT_TRUE(run) << run.error().message;
    if (*run)
      ASSERT_TRUE((*run)->wait());
  }
  const std::vector<int64_t> counts = column(folder / "times.json", "count"), best = column(folder / "times.json", "min_ns");
  EXPECT_EQ(counts, std::vector<int64_t>(3, 4));
  EXPECT_GT(best[0], 0);
  EXPECT_GT(best[1], best[0]);
  EXPECT_GT(best[1], best[2]);
  std::filesystem::remove_all(folder);
}

struct Event {
  std::string category, name;
  int64_t beginNs, endNs;
};

/// The trace of this process, which is one for all tests.
struct TraceFile {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / ("mx-trace-" + std::to_string(::getpid()) + ".json");
  ~TraceFile() { std::filesystem::remove(path); }
};
const TraceFile traceFile;

/// What it has on the tracks of queues from a time on.
std::vector<Event> queueEventsSince(int64_t beginNs) {
  std::ifstream in(traceFile.path);
  const nlohmann::json trace = nlohmann::json::parse(in);
  std::vector<Event> events;
  for (const auto &e : trace.at("traceEvents"))
    if (e.at("ph") == "X" && e.at("tid") >= 100'000) {
      const double begin = e.at("ts"), length = e.at("dur");
      if (auto ns = std::llround(begin * 1e3); ns >= beginNs)
        events.push_back({e.at("cat"), e.at("name"), ns, ns + std::llround(length * 1e3)});
    }
  return events;
}

TEST_P(Times, TracesShowKernelsWithinTheirSubmissionsOnTheHostsClock) {
  ::setenv("MX_TRACE", traceFile.path.c_str(), 1);
  detail::tracingOn = true;
  auto device = openDevice(options());
  const CompiledProgram p = unequal();
  const BufferPtr x = filled(std::vector<float>(kLarge, 1));
  void *inputs[] = {x->data, x->data};
  // Moments are not exact, and a busy machine makes them less so.
  constexpr int64_t kTolerance = 5'000'000;
  ::usleep(2 * kTolerance / 1000);
  const int64_t before = traceClock() - kTolerance;
  for (int call = 0; device && call < 3; ++call) {
    std::vector<BufferPtr> outputs(3);
    EXPECT_TRUE(device->run(p, {inputs, {}, {}, outputs}));
  }
  const int64_t after = traceClock() + kTolerance;
  detail::tracingOn = false;
  ::unsetenv("MX_TRACE");
  if (!device)
    GTEST_SKIP() << "no Vulkan device";

  std::vector<Event> submissions, kernels;
  for (const Event &e : queueEventsSince(before)) {
    EXPECT_LE(e.beginNs, e.endNs);
    EXPECT_LE(e.endNs, after);
    (e.category == "kernel" ? kernels : submissions).push_back(e);
  }
  ASSERT_GE(submissions.size(), 3u);
  for (size_t i = 1; i < submissions.size(); ++i)
    EXPECT_LE(submissions[i - 1].endNs, submissions[i].beginNs) << "a queue runs one after the other";
  EXPECT_EQ(kernels.size(), device->physical().ticks.bits ? 9u : 0u);
  for (size_t i = 0; i < kernels.size(); i += 3) {
    EXPECT_EQ(kernels[i].name, "Add");
    EXPECT_EQ(std::ranges::count_if(submissions, [&](const Event &e) { return e.beginNs == kernels[i].beginNs && e.endNs == kernels[i + 2].endNs; }), 1)
        << "kernels fill their submission";
    EXPECT_EQ(kernels[i].endNs, kernels[i + 1].beginNs);
    EXPECT_EQ(kernels[i + 1].endNs, kernels[i + 2].beginNs);
  }
}

TEST(Ticks, WrapAroundAtTheBitsThatCount) {
  const Ticks few{36, 52.0}, all{64, 1.0};
  const uint64_t turn = uint64_t(1) << 36;
  EXPECT_EQ(few.between(10, 20), 520);
  EXPECT_EQ(few.between(turn - 1, 1), 104) << "the higher bits are zero";
  EXPECT_EQ(few.between((uint64_t(7) << 36) + 1, 3), 104) << "or mean nothing";
  EXPECT_EQ(few.offset(20, 10), -520);
  EXPECT_EQ(few.offset(1, turn - 1), -104);
  EXPECT_EQ(few.offset(turn - 1, 1), 104);
  EXPECT_EQ(all.between(UINT64_MAX, 1), 2);
  EXPECT_EQ(all.offset(1, UINT64_MAX), -2);
}

std::map<std::string, int> calls;
PFN_vkCreateQueryPool createQueryPool;
VKAPI_ATTR VkResult VKAPI_CALL countPools(VkDevice d, const VkQueryPoolCreateInfo *i, const VkAllocationCallbacks *a, VkQueryPool *p) {
  ++calls["pools"];
  return createQueryPool(d, i, a, p);
}
PFN_vkCmdWriteTimestamp writeTimestamp;
VKAPI_ATTR void VKAPI_CALL countTimestamps(VkCommandBuffer c, VkPipelineStageFlagBits s, VkQueryPool p, uint32_t q) {
  ++calls["timestamps"];
  writeTimestamp(c, s, p, q);
}
PFN_vkQueueSubmit queueSubmit;
VKAPI_ATTR VkResult VKAPI_CALL countSubmissions(VkQueue q, uint32_t n, const VkSubmitInfo *i, VkFence f) {
  ++calls["submissions"];
  return queueSubmit(q, n, i, f);
}
VKAPI_ATTR VkResult VKAPI_CALL refusePools(VkDevice, const VkQueryPoolCreateInfo *, const VkAllocationCallbacks *, VkQueryPool *) {
  return VK_ERROR_OUT_OF_DEVICE_MEMORY;
}

TEST(TimesOfOneSubmission, AreThePriceOfThoseWhoAsk) {
  MX_OPEN_DEVICE(device);
  if (!device->physical().ticks.bits)
    GTEST_SKIP() << "no timestamps";
  Api &vk = device->api();
  createQueryPool = std::exchange(vk.CreateQueryPool, countPools);
  writeTimestamp = std::exchange(vk.CmdWriteTimestamp, countTimestamps);
  queueSubmit = std::exchange(vk.QueueSubmit, countSubmissions);
  const CompiledProgram p = twoTemporaries(kSmall);
  const BufferPtr x = filled(iota(kSmall, 0));
  void *inputs[] = {x->data, x->data};
  auto run = [&](std::vector<int64_t> *stepNs) {
    calls = {{"pools", 0}, {"timestamps", 0}, {"submissions", 0}};
    BufferPtr out;
    Status s = device->run(p, {inputs, {}, {}, {&out, 1}, stepNs});
    EXPECT_TRUE(s) << s.error().message;
    return std::tuple(calls["pools"], calls["timestamps"], calls["submissions"]);
  };
  std::vector<int64_t> stepNs;
  EXPECT_EQ(run(nullptr), std::tuple(0, 0, 1));
  EXPECT_EQ(run(&stepNs), std::tuple(1, 4, 1)) << "one before the first step and one after each";
  EXPECT_EQ(run(&stepNs), std::tuple(0, 4, 1)) << "the pool stays";
  EXPECT_EQ(run(nullptr), std::tuple(0, 0, 1));
}

TEST(TimesOfOneSubmission, ThatTheDriverRefusesFailNoCall) {
  MX_OPEN_DEVICE(device);
  device->api().CreateQueryPool = refusePools;
  const CompiledProgram p = sum(kSmall);
  const BufferPtr x = filled(iota(kSmall, 0));
  void *inputs[] = {x->data, x->data};
  BufferPtr out;
  std::vector<int64_t> stepNs;
  Status s = device->run(p, {inputs, {}, {}, {&out, 1}, &stepNs});
  ASSERT_TRUE(s) << s.error().message;
  EXPECT_EQ(floats(out)[kSmall - 1], 2 * (kSmall - 1));
  EXPECT_LE(stepNs.at(0), 0);
}

} // namespace
} // namespace mx::rt::vulkan
