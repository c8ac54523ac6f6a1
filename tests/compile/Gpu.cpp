// Whole programs on the GPU against the CPU: sizes that pass a device's limits, chains, donation, several threads, errors.
#include "frontend/eval/Placement.h"
#include "tests/NoGpu.h"
#include "tests/compile/Support.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace mx::test {
namespace {

class Gpu : public testing::Test {
protected:
  void SetUp() override {
    if (!is_available(Device::gpu))
      GTEST_SKIP() << whyNoGpu();
  }
  void TearDown() override { set_default_device(Device::cpu); }

  /// `f` evaluated lazily on both devices.
  template <typename F> static std::pair<array, array> both(F f) {
    set_default_device(Device::cpu);
    array cpu = f();
    cpu.eval();
    set_default_device(Device::gpu);
    array gpu = f();
    gpu.eval();
    set_default_device(Device::cpu);
    return {cpu, gpu};
  }
  template <typename F> static void expectSame(F f) {
    auto [cpu, gpu] = both(f);
    EXPECT_TRUE(array_equal(cpu, gpu).template item<bool>()) << "cpu " << cpu << ", gpu " << gpu;
  }
  template <typename F> static void expectClose(F f, double relative = 1e-5) {
    auto [cpu, gpu] = both(f);
    EXPECT_TRUE(allclose(cpu, gpu, relative, 1e-6).template item<bool>()) << "cpu " << cpu << ", gpu " << gpu;
  }
};

/// Small matmuls, reductions and element-wise steps that cannot be one fusion.
array steps(array a) {
  for (int i = 0; i < 3; ++i) {
    array m = reshape(a, {8, 8});
    a = reshape(softmax(matmul(m, transpose(m)), -1) + m, {64});
    a = a / sum(a) + a;
  }
  return a;
}

TEST_F(Gpu, AChainThatFitsOneWorkgroupIsOneKernel) {
  array x = ramp({64});
  const array expected = steps(x);
  set_default_device(Device::gpu);
  array result = compile(steps)(x);
  const CompileStats stats = compile_stats();
  EXPECT_EQ(stats.kernels, 1);
  EXPECT_EQ(stats.fusions, 1);
  set_default_device(Device::cpu);
  EXPECT_TRUE(allclose(result, expected, 1e-5, 1e-6).item<bool>());
}

TEST_F(Gpu, FusesAsTheCpuDoes) {
  auto f = [](array x, array y) {
    array z = nn::gelu(x + y);
    return softmax(matmul(z, transpose(z)) * 0.01f, -1) - mean(z, -1, true);
  };
  array x = ramp({300, 200}), y = ramp({300, 200}, float32, 3);
  array cpu = compile(f)(x, y);
  const int kernels = compile_stats().kernels;
  set_default_device(Device::gpu);
  array gpu = compile(f)(x, y);
  EXPECT_EQ(compile_stats().kernels, kernels);
  set_default_device(Device::cpu);
  EXPECT_TRUE(allclose(cpu, gpu, 1e-5, 1e-6).item<bool>());
}

// More iterations than one invocation may run, on a device that drops the rest.
TEST_F(Gpu, LongReductions) {
  for (int n : {65536 * 4 + 3, 5'000'011}) {
    const array x = astype(remainder(arange(n), array(97)), int32);
    eval(x);
    expectSame([&] { return sum(x); });
    expectSame([&] { return max(x); });
    expectSame([&] { return argmax(x); });
    expectSame([&] { return sum(reshape(concatenate({x, x}), {n, 2}), 0); });
    expectSame([&] { return compile([](array v) { return sum(v); })(x); });
  }
}

TEST_F(Gpu, LongScansAndScatters) {
  const int n = 200'003;
  const array x = astype(remainder(arange(n), array(7)), int32), where = remainder(x * 31 + arange(n), array(11));
  eval(x, where);
  expectSame([&] { return cumsum(x); });
  expectSame([&] { return cummax(x, 0, /*reverse=*/true); });
  expectSame([&] { return scatter_add(zeros({11}, int32), where, reshape(x, {n, 1}), 0); });
}

TEST_F(Gpu, LongInnerProducts) {
  const int k = 1'200'000;
  const array a = ramp({2, k}), b = ramp({k, 3}, float32, 5);
  expectClose([&] { return matmul(a, b); }, 1e-4);
}

TEST_F(Gpu, ArraysBeyondWhatABindingReaches) {
  const int n = 40'000'000; // 153 MiB of float32; a binding may be limited to 128 MiB
  set_default_device(Device::gpu);
  array x = arange(0., double(n), 1.), y = x * 2.f + 1.f;
  eval(x, y);
  array f = compile([](array v) { return v * 2.f + 1.f; })(x);
  set_default_device(Device::cpu);
  const int last = n - 1;
  for (int i : {0, 1, 33'554'431, 33'554'432, 33'554'435, last}) {
    const float want = static_cast<float>(i) * 2.f + 1.f;
    EXPECT_EQ(slice(y, {i}, {i + 1}).item<float>(), want) << i;
    EXPECT_EQ(slice(f, {i}, {i + 1}).item<float>(), want) << i;
  }
}

TEST_F(Gpu, ViewsAtAnyOffset) {
  const array x = ramp({1000});
  for (int from : {1, 2, 3, 4, 5, 7}) {
    const array part = slice(x, {from}, {from + 900});
    eval(part);
    expectSame([&] { return part + part; });
    expectSame([&] { return slice(part, {899}, {-901}, {-1}) + 1.f; });
  }
}

TEST_F(Gpu, DonatedBuffersAreTakenOver) {
  set_default_device(Device::gpu);
  auto f = compile([](const Arrays &in) { return Arrays{in[0] + 1.f}; });
  array x = ramp({1 << 20}) + 0.f;
  x.eval();
  const void *place = x.data<float>();
  Arrays in;
  in.push_back(std::move(x));
  Arrays out = f(std::move(in));
  EXPECT_EQ(out[0].data<float>(), place);
}

TEST_F(Gpu, MemoryIsSharedWithTheCpu) {
  // What one device wrote the other reads where it is.
  array x = ramp({1 << 20});
  const void *place = x.data<float>();
  array y = add(x, x, Device::gpu), z = add(y, x, Device::cpu), w = add(z, y, Device::gpu);
  EXPECT_TRUE(array_equal(w, x * 5.f).item<bool>());
  EXPECT_EQ(x.data<float>(), place);
}

TEST_F(Gpu, ThreadsShareTheDevice) {
  const array x = ramp({1000});
  const array want = exp(x) * 2.f;
  eval(want);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      set_default_device(Device::gpu);
      for (int i = 0; i < 50; ++i) {
        array y = exp(x) * 2.f;
        y.eval();
        set_default_device(Device::cpu);
        if (!allclose(y, want, 1e-6, 0).item<bool>())
          ++wrong;
        set_default_device(Device::gpu);
      }
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(Gpu, AsyncWorkOverlapsAndOrders) {
  const Stream s = new_stream(Device::gpu);
  array x = ramp({4096});
  array y = exp(x, s), z = add(y, x, s);
  async_eval(z);
  array w = multiply(z, array(2.f), Device::cpu);
  EXPECT_TRUE(allclose(w, (exp(x) + x) * 2.f, 1e-6, 1e-6).item<bool>());
  synchronize(s);
}

TEST_F(Gpu, StreamsReadWhatOthersAreStillWriting) {
  const Stream streams[] = {new_stream(Device::gpu), new_stream(Device::gpu), new_stream(Device::cpu)};
  array x = ramp({300, 1000}), y = x;
  std::vector<array> all;
  for (int i = 0; i < 30; ++i) {
    y = add(y, x, streams[i % 3]);
    async_eval(y);
    all.push_back(y);
  }
  for (int i = 29; i >= 0; --i)
    ASSERT_TRUE(array_equal(all[i], x * float(i + 2)).item<bool>()) << i;
}

TEST_F(Gpu, AsyncResultsThatNobodyWaitsFor) {
  array x = ramp({1000});
  for (int i = 0; i < 50; ++i) {
    array y = exp(add(x, array(float(i)), Device::gpu), Device::gpu);
    async_eval(y);
    if (i % 7 == 0)
      EXPECT_TRUE(allclose(y, exp(x + float(i)), 1e-6, 0).item<bool>());
  }
  synchronize(default_stream(Device::gpu));
}

TEST_F(Gpu, LargeGraphsInPiecesThatFollowEachOther) {
  array x = ramp({64}), y = x, z = x;
  for (int i = 0; i < 7000; ++i)
    y = add(y, x, Device::gpu);
  for (int i = 0; i < 5000; ++i)
    z = add(z, x, i / 1000 % 2 ? Device::gpu : Device::cpu);
  eval(y, z);
  EXPECT_TRUE(array_equal(y, x * 7001.f).item<bool>());
  EXPECT_TRUE(array_equal(z, x * 5001.f).item<bool>());
}

TEST_F(Gpu, AFailureWhileTheDeviceRunsLeavesOthersRight) {
  array x = ramp({1000});
  const size_t limit = set_memory_limit(get_active_memory() + (1 << 20));
  array big = exp(add(zeros({1 << 20}), array(1.f), Device::gpu), Device::gpu), small = exp(x, Device::gpu);
  async_eval(big);
  async_eval(small);
  EXPECT_THROW(big.wait(), Error);
  EXPECT_TRUE(allclose(small, exp(x), 1e-6, 0).item<bool>());
  set_memory_limit(limit);
}

TEST_F(Gpu, RandomBitsAreTheCpus) {
  expectSame([] { return random::bits({1000}, 4, random::key(7)); });
  expectSame([] { return random::randint(-5, 90, {777}, int32, random::key(3)); });
}

TEST_F(Gpu, SomethingAboutTheDevice) {
  const auto info = device_info(Device::gpu);
  EXPECT_FALSE(std::get<std::string>(info.at("device_name")).empty());
  for (const char *fact : {"exact_division", "exact_sqrt", "subnormals"}) {
    const std::string &word = std::get<std::string>(info.at(fact));
    EXPECT_TRUE(word == "yes" || word == "no") << fact << ": " << word;
  }
  const auto reports = gpu::info();
  EXPECT_EQ(std::count_if(reports.begin(), reports.end(), [](const auto &r) { return r.chosen; }), 1);
  for (const auto &r : reports)
    EXPECT_FALSE(r.reason.empty()) << r.name;
}

/// Estimates by these rates as long as it lives.
struct AssumedRates {
  AssumedRates(const graph::Rates &cpu, const graph::Rates &gpu) { graph::assumeRates(graph::DeviceRates{cpu, gpu}); }
  ~AssumedRates() { graph::assumeRates(std::nullopt); }
};

/// Where a program that makes `lazy` runs if mx chooses.
rt::DeviceKind chosenFor(const array &lazy) {
  std::lock_guard guard(graph::graphMutex());
  graph::Trace trace;
  graph::Node *const root = graph::nodeOf(lazy);
  graph::traceGraph({&root, 1}, graph::Sizes::Static, /*keepHeld=*/false, trace);
  return graph::deviceFor(trace, Device::automatic).kind();
}

// A GPU that computes ten times as fast and takes a hundred times as long to start.
TEST_F(Gpu, AutomaticPicksWhatIsEstimatedToFinishFirst) {
  const AssumedRates rates({1e-6, 1e-10, 1e-9, 1e-11}, {1e-4, 1e-11, 1e-10, 1e-12});
  for (auto [side, kind] : {std::pair(16, rt::DeviceKind::cpu), {512, rt::DeviceKind::gpu}}) {
    const array x = ramp({side, side});
    EXPECT_EQ(chosenFor(exp(x) * 2.f), kind) << side;
    EXPECT_EQ(chosenFor(matmul(x, x)), kind) << side;
    EXPECT_EQ(chosenFor(sum(x, 0)), kind) << side;
    const array expected = exp(x) + matmul(x, x);
    eval(expected);
    set_default_device(Device::automatic);
    EXPECT_TRUE(allclose(exp(x) + matmul(x, x), expected, 1e-5, 1e-5).item<bool>()) << side;
    set_default_device(Device::cpu);
  }
}

// Each rate decides where the others are equal.
TEST_F(Gpu, AutomaticWeighsEveryRate) {
  const graph::Rates even{1e-6, 1e-10, 1e-9, 1e-11};
  const array x = ramp({256, 256});
  for (auto rate : {&graph::Rates::launch, &graph::Rates::byte, &graph::Rates::elementOp, &graph::Rates::matmulFlop})
    for (double factor : {0.5, 2.}) {
      graph::Rates gpu = even;
      gpu.*rate *= factor;
      const AssumedRates rates(even, gpu);
      EXPECT_EQ(chosenFor(exp(matmul(x, x))), factor < 1 ? rt::DeviceKind::gpu : rt::DeviceKind::cpu);
    }
}

TEST_F(Gpu, AutomaticKeepsSmallProgramsOnTheCpu) {
  set_default_device(Device::automatic);
  array x = ramp({16}), y = compile([](array v) { return v + v; })(x);
  EXPECT_TRUE(array_equal(y, x * 2.f).item<bool>());
}

} // namespace
} // namespace mx::test
