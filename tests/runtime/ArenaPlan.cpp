// Tests of the arena planner and of the cache of its layouts.
#include "runtime/ArenaPlan.h"

#include "runtime/PlanCache.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace mx::rt {
namespace {

using Intervals = std::vector<ArenaInterval>;

/// Checks what every layout promises.
void expectValid(const Intervals &in, const ArenaLayout &layout) {
  ASSERT_EQ(layout.offsets.size(), in.size());
  int64_t end = 0;
  for (size_t i = 0; i < in.size(); ++i) {
    ASSERT_GE(layout.offsets[i], 0);
    ASSERT_EQ(layout.offsets[i] % kArenaAlignment, 0);
    end = std::max(end, layout.offsets[i] + in[i].bytes);
    for (size_t j = 0; j < i; ++j) {
      bool apart = in[i].lastStep < in[j].firstStep || in[j].lastStep < in[i].firstStep ||
                   layout.offsets[i] + in[i].bytes <= layout.offsets[j] ||
                   layout.offsets[j] + in[j].bytes <= layout.offsets[i];
      ASSERT_TRUE(apart || !in[i].bytes || !in[j].bytes) << "intervals " << j << " and " << i << " overlap";
    }
  }
  ASSERT_LE(end, layout.total);
  ASSERT_LE(layout.maxLive, layout.total);
  ASSERT_LE(layout.total, layout.withoutReuse);
}

/// The largest sum of rounded sizes live at one step, counted step by step.
int64_t bruteForceMaxLive(const Intervals &in) {
  int64_t most = 0;
  for (const ArenaInterval &at : in) {
    int64_t sum = 0;
    for (const ArenaInterval &i : in)
      if (i.firstStep <= at.firstStep && at.firstStep <= i.lastStep)
        sum += (i.bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
    most = std::max(most, sum);
  }
  return most;
}

/// Forward and backward of a network: activations live until their gradient is made, temporaries a step or two.
Intervals trainingGraph(std::mt19937 &random, uint32_t layers) {
  static constexpr int64_t kWidths[] = {256 << 10, 512 << 10, 1 << 20, 4 << 20};
  Intervals in;
  for (uint32_t l = 0; l < layers; ++l) {
    int64_t width = kWidths[random() % 4];
    uint32_t back = 2 * layers - l;
    in.push_back({width, l, back});
    in.push_back({kWidths[random() % 4], l, l + 1 + static_cast<uint32_t>(random() % 2)});
    in.push_back({width, back, back + 1});
    in.push_back({kWidths[random() % 4] / 8, back, back + 2});
    in.push_back({static_cast<int64_t>(random() % 4096), l, 2 * layers});
  }
  return in;
}

TEST(ArenaPlan, RandomIntervalsNeverOverlap) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 300; ++trial) {
    Intervals in(random() % 60);
    for (ArenaInterval &i : in) {
      i.bytes = random() % 8 ? static_cast<int64_t>(random() % (1 << (random() % 20 + 1))) : 0;
      i.firstStep = static_cast<uint32_t>(random() % 40);
      i.lastStep = i.firstStep + static_cast<uint32_t>(random() % (random() % 4 ? 4 : 40));
    }
    auto layout = planArena(in);
    ASSERT_TRUE(layout);
    expectValid(in, *layout);
    ASSERT_EQ(layout->maxLive, bruteForceMaxLive(in));
  }
}

TEST(ArenaPlan, TrainingGraphsStayWithinFivePercentOfTheBound) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 40; ++trial) {
    Intervals in = trainingGraph(random, 4 + static_cast<uint32_t>(random() % 60));
    auto layout = planArena(in);
    ASSERT_TRUE(layout);
    expectValid(in, *layout);
    EXPECT_LE(static_cast<double>(layout->total), 1.05 * static_cast<double>(layout->maxLive)) << in.size();
  }
}

TEST(ArenaPlan, RandomLifetimesStayCloseToTheBound) {
  std::mt19937 random(5);
  double sum = 0;
  constexpr int kTrials = 100;
  for (int trial = 0; trial < kTrials; ++trial) {
    Intervals in(100);
    for (ArenaInterval &i : in) {
      i.bytes = static_cast<int64_t>(random() % 1000000);
      i.firstStep = static_cast<uint32_t>(random() % 100);
      i.lastStep = i.firstStep + static_cast<uint32_t>(random() % 5 ? random() % 6 : random() % 100);
    }
    auto layout = planArena(in);
    ASSERT_TRUE(layout);
    expectValid(in, *layout);
    sum += static_cast<double>(layout->total) / static_cast<double>(layout->maxLive);
  }
  // Greedy by size alone averages 1.049 here.
  EXPECT_LE(sum / kTrials, 1.02);
}

TEST(ArenaPlan, AChainNeedsItsTwoLargestNeighbours) {
  Intervals in;
  for (uint32_t i = 0; i < 100; ++i)
    in.push_back({1 << 20, i, i + 1});
  auto layout = planArena(in);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->total, 2 << 20);
  EXPECT_EQ(layout->withoutReuse, 100 << 20);
}

TEST(ArenaPlan, EmptyAndZeroSizesTakeNothing) {
  EXPECT_EQ(planArena({})->total, 0);
  Intervals zero{{0, 0, 5}, {0, 2, 3}};
  EXPECT_EQ(planArena(zero)->total, 0);
}

TEST(ArenaPlan, BadIntervalsAreErrors) {
  EXPECT_EQ(planArena(Intervals{{-1, 0, 0}}).error().code, ErrorCode::invalidArgument);
  EXPECT_EQ(planArena(Intervals{{1, 2, 1}}).error().code, ErrorCode::invalidArgument);
  EXPECT_EQ(planArena(Intervals{{INT64_MAX, 0, 0}}).error().code, ErrorCode::overflow);
  EXPECT_EQ(planArena(Intervals{{INT64_MAX - 63, 0, 0}, {64, 1, 1}}).error().code, ErrorCode::overflow);
}

TEST(ArenaPlan, TheSameInputGivesTheSameLayout) {
  std::mt19937 random(11);
  Intervals in = trainingGraph(random, 30);
  EXPECT_EQ(planArena(in)->offsets, planArena(in)->offsets);
}

TEST(PlanCache, KeepsTheEightMostRecentlyUsed) {
  PlanCache cache;
  auto key = [](int64_t n) { return std::vector<int64_t>{n, n + 1}; };
  for (int64_t n = 0; n < 8; ++n)
    cache.insert(key(n), std::make_shared<ArenaLayout>(ArenaLayout{{}, n, 0, 0}));
  EXPECT_EQ(cache.find(key(0))->total, 0);
  cache.insert(key(8), std::make_shared<ArenaLayout>(ArenaLayout{{}, 8, 0, 0}));
  EXPECT_EQ(cache.find(key(1)), nullptr) << "the least recently used one goes";
  EXPECT_EQ(cache.find(key(0))->total, 0);
  EXPECT_EQ(cache.find(key(8))->total, 8);
  EXPECT_EQ(PlanCache(cache).find(key(0)), nullptr) << "a copy starts empty";
}

} // namespace
} // namespace mx::rt
