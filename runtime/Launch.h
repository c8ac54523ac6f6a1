// How a launch is spread over threads: a pure function of its size, its cost and the pool, apart from the executor so
// that it can be tested by a table.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace mx::rt {

/// Work below this runs on the caller: waking another core costs as much.
inline constexpr int64_t kParallelNs = 10'000;
/// Work that one claim should hold at least: a claim costs about 0.1 us.
inline constexpr int64_t kClaimNs = 2'000;
/// Claims per thread, so that a slow thread holds the others up for a sixth of its share at most.
inline constexpr int64_t kClaimsPerThread = 6;
/// Units that one kernel call can number; more are launched in parts. A round number keeps parts aligned.
inline constexpr int64_t kUnitsPerLaunch = int64_t(1) << 31;

/// How a launch is run.
struct LaunchShape {
  /// Whether other threads are asked to help.
  bool parallel;
  /// Units per claim.
  uint32_t grain;
};

/// Decides for `units` units (1 to kUnitsPerLaunch) of `unitCostNs` each on `threads` threads.
constexpr LaunchShape shapeLaunch(int64_t units, int64_t unitCostNs, int threads) {
  int64_t cost = std::max<int64_t>(unitCostNs, 1);
  // Division instead of a product that could overflow.
  if (threads < 2 || units < 2 || units <= (kParallelNs - 1) / cost)
    return {false, static_cast<uint32_t>(units)};
  int64_t even = units / (threads * kClaimsPerThread), worthwhile = (kClaimNs - 1) / cost + 1;
  int64_t grain = std::clamp<int64_t>(std::max(even, worthwhile), 1, units);
  return {grain < units, static_cast<uint32_t>(grain)};
}

} // namespace mx::rt
