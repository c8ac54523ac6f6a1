// Places buffers with known lifetimes in one arena. Used by the compiler for static programs and by the executor for
// the sizes of one call, so that both agree.
#pragma once

#include "runtime/base/Status.h"

#include <cstdint>
#include <span>
#include <vector>

namespace mx::rt {

/// Every offset and the total are multiples of this.
inline constexpr int64_t kArenaAlignment = 64;

/// A buffer that is live from firstStep to lastStep, both inclusive.
struct ArenaInterval {
  int64_t bytes = 0;
  uint32_t firstStep = 0, lastStep = 0;
};

/// Where the buffers lie. The figures count bytes rounded up to kArenaAlignment.
struct ArenaLayout {
  /// One per interval; 0 for an empty one.
  std::vector<int64_t> offsets;
  int64_t total = 0;
  /// The largest sum of buffers live at one step: no layout is smaller.
  int64_t maxLive = 0;
  /// The sum of all buffers.
  int64_t withoutReuse = 0;
};

/// Plans offsets such that buffers that are live together do not overlap. Deterministic. Fails with overflow when
/// the sum of sizes leaves 63 bits, with invalidArgument on a negative size or a lifetime that ends before it begins.
Result<ArenaLayout> planArena(std::span<const ArenaInterval> intervals);

} // namespace mx::rt
