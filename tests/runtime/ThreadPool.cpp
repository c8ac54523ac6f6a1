// Tests of the thread pool: every unit exactly once, under all ways in which it is called.
#include "runtime/ThreadPool.h"

#include <array>
#include <chrono>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace mx::rt {
namespace {

/// Adds one to buffers[0][unit]; scratch must be private.
int countUnits(const mx_args *args, uint32_t begin, uint32_t end) {
  auto *counts = static_cast<uint8_t *>(args->buffers[0]);
  auto *scratch = static_cast<uint32_t *>(args->scratch);
  *scratch = begin;
  for (uint32_t i = begin; i < end; ++i)
    ++counts[i];
  return *scratch == begin ? 0 : 99;
}

class PoolOf : public ::testing::TestWithParam<int> {
protected:
  PoolOf() : former(pool.numThreads()) { pool.setNumThreads(GetParam()); }
  ~PoolOf() override { pool.setNumThreads(former); }
  ThreadPool &pool = ThreadPool::instance();
  int former;
};

void expectEachOnce(ThreadPool &pool, uint32_t units, uint32_t grain) {
  std::vector<uint8_t> counts(units + 1, 0);
  void *buffers[] = {counts.data()};
  ASSERT_EQ(pool.run(countUnits, {buffers, nullptr, nullptr, 0}, units, grain, 64, true), 0);
  for (uint32_t i = 0; i < units; ++i)
    ASSERT_EQ(counts[i], 1) << "unit " << i << " of " << units << " by " << grain;
  ASSERT_EQ(counts[units], 0);
}

TEST_P(PoolOf, EveryUnitRunsExactlyOnce) {
  for (uint32_t units : {0u, 1u, 2u, 7u, 64u, 1000u, 65537u, 300000u})
    for (uint32_t grain : {1u, 3u, 64u, 100000u})
      expectEachOnce(pool, units, grain);
}

TEST_P(PoolOf, ManySmallJobsInARow) {
  for (int i = 0; i < 5000; ++i)
    expectEachOnce(pool, 1 + static_cast<uint32_t>(i) % 40, 1);
}

TEST_P(PoolOf, JobsFindSleepingWorkers) {
  for (int i = 0; i < 50; ++i) {
    if (i % 2)
      pool.sleepWorkers();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(i * 10));
    expectEachOnce(pool, 100, 1);
  }
}

TEST_P(PoolOf, SeveralCallersAtOnce) {
  std::vector<std::thread> callers;
  for (int t = 0; t < 3; ++t)
    callers.emplace_back([&] {
      for (int i = 0; i < 500; ++i)
        expectEachOnce(pool, 200, 4);
    });
  for (std::thread &t : callers)
    t.join();
}

TEST_P(PoolOf, TheFirstFailureAndItsPlaceComeBack) {
  auto failsAt70 = [](const mx_args *args, uint32_t begin, uint32_t end) -> int {
    if (begin > 70 || end <= 70)
      return MX_KERNEL_OK;
    *static_cast<mx_fault *>(args->scratch) = {12, 10, 70, nullptr};
    return MX_KERNEL_INDEX_OUT_OF_RANGE;
  };
  for (bool parallel : {false, true}) {
    mx_fault fault{};
    EXPECT_EQ(pool.run(failsAt70, {}, 100, 1, 0, parallel, &fault), MX_KERNEL_INDEX_OUT_OF_RANGE);
    EXPECT_EQ(fault.index, 12);
    EXPECT_EQ(fault.size, 10);
    EXPECT_EQ(fault.position, 70);
    EXPECT_EQ(pool.run(failsAt70, {}, 70, 1, 0, parallel, &fault), 0) << "a failure must not outlive its run";
  }
}

TEST_P(PoolOf, ScratchIsAlignedAndAsLargeAsAsked) {
  auto fillScratch = [](const mx_args *args, uint32_t, uint32_t) -> int {
    auto *bytes = static_cast<volatile char *>(args->scratch);
    int64_t size = args->scalars[0];
    if (reinterpret_cast<uintptr_t>(args->scratch) % 64)
      return 2;
    bytes[0] = 1;
    bytes[size - 1] = 1;
    return 0;
  };
  for (int64_t size : {int64_t(64), int64_t(5000), int64_t(3) << 20, int64_t(100)})
    EXPECT_EQ(pool.run(fillScratch, {nullptr, &size, nullptr, 0}, 64, 1, size, true), 0) << size;
}

TEST_P(PoolOf, ScratchThatCannotBeHadIsAnError) {
  for (bool parallel : {false, true})
    EXPECT_EQ(pool.run([](const mx_args *, uint32_t, uint32_t) { return 0; }, {}, 64, 1, int64_t(1) << 60, parallel),
              ThreadPool::kScratchFailed);
}

TEST_P(PoolOf, TasksRunOnceEachAndMayUseThePool) {
  struct Context {
    ThreadPool &pool;
    std::array<std::atomic<int>, 50> runs{};
  } context{pool};
  pool.forEach(
      50,
      [](void *c, uint32_t i) {
        auto &ctx = *static_cast<Context *>(c);
        expectEachOnce(ctx.pool, 300, 10);
        ++ctx.runs[i];
      },
      &context);
  for (auto &r : context.runs)
    EXPECT_EQ(r, 1);
}

TEST_P(PoolOf, MoreTasksThanATicketCounts) {
  std::vector<std::atomic<uint8_t>> runs(100001);
  pool.forEach(
      100000, [](void *c, uint32_t i) { ++(*static_cast<std::vector<std::atomic<uint8_t>> *>(c))[i]; }, &runs);
  for (size_t i = 0; i < 100000; ++i)
    ASSERT_EQ(runs[i], 1) << i;
  EXPECT_EQ(runs[100000], 0);
}

TEST_P(PoolOf, AForkedChildHasAWorkingPool) {
  expectEachOnce(pool, 1000, 1);
  for (int i = 0; i < 5; ++i) {
    pid_t child = fork();
    if (child == 0) {
      expectEachOnce(pool, 1000, 1);
      // Twice: the second run meets the threads that the first one started.
      expectEachOnce(pool, 1000, 1);
      _exit(::testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, PoolOf, ::testing::Values(1, 2, 3, 8));

TEST(ThreadPool, TheNumberOfThreadsChangesBetweenRuns) {
  ThreadPool &pool = ThreadPool::instance();
  int former = pool.numThreads();
  for (int threads : {1, 4, 2, 7, 1, 3}) {
    pool.setNumThreads(threads);
    EXPECT_EQ(pool.numThreads(), threads);
    for (int i = 0; i < 20; ++i)
      expectEachOnce(pool, 500, 1);
  }
  pool.setNumThreads(0);
  EXPECT_EQ(pool.numThreads(), 1);
  pool.setNumThreads(former);
}

TEST(ThreadPool, ACallerDoesNotWaitForAWorkerThatIsNotThere) {
  // The caller alone could do all of this; a pool that waits for stragglers would take a wake-up per job.
  ThreadPool &pool = ThreadPool::instance();
  int former = pool.numThreads();
  pool.setNumThreads(8);
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 200; ++i) {
    pool.sleepWorkers();
    expectEachOnce(pool, 8, 1);
  }
  // Sleeping takes the workers up to 10 ms on a busy machine.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  pool.setNumThreads(former);
}

#if defined(__x86_64__)
TEST(ThreadPool, KernelsSeeDefaultFloatingPointAndCallersKeepTheirs) {
  // Multiplies a subnormal by one and divides one by three: flushed or rounded differently outside.
  auto kernel = [](const mx_args *args, uint32_t begin, uint32_t end) -> int {
    auto *out = static_cast<float *>(args->buffers[0]);
    for (uint32_t i = begin; i < end; ++i) {
      volatile float tiny = 1e-40f, one = 1.0f, three = 3.0f;
      out[2 * i] = tiny * one;
      out[2 * i + 1] = one / three;
    }
    return 0;
  };
  ThreadPool &pool = ThreadPool::instance();
  const uint32_t before = _mm_getcsr();
  for (bool parallel : {false, true}) {
    std::vector<float> out(2 * 64);
    void *buffers[] = {out.data()};
    const uint32_t odd = 0x1f80 | 0x8040 | 0x6000; // flush, denormals are zero, round towards zero
    _mm_setcsr(odd);
    pool.run(kernel, {buffers, nullptr, nullptr, 0}, 64, 1, 0, parallel);
    const uint32_t after = _mm_getcsr();
    _mm_setcsr(before);
    EXPECT_EQ(after, odd);
    for (size_t i = 0; i < 64; ++i) {
      EXPECT_EQ(out[2 * i], 1e-40f);
      EXPECT_EQ(out[2 * i + 1], 1.0f / 3.0f);
    }
  }
}
#endif

} // namespace
} // namespace mx::rt
