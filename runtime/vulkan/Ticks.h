// How a device counts time in its timestamps. They wrap around at the number of bits that count, so a timestamp alone means
// nothing: only distances do.
#pragma once

#include <cmath>
#include <cstdint>

namespace mx::rt::vulkan {

struct Ticks {
  /// How many bits of a timestamp count; 0 where queues have none, after which nothing else may be asked.
  uint32_t bits = 0;
  /// The nanoseconds of one tick.
  double ns = 0;

  /// Nanoseconds from one timestamp to another that is not before it.
  int64_t between(uint64_t begin, uint64_t end) const {
    return std::llround(static_cast<double>((end - begin) << (64 - bits) >> (64 - bits)) * ns);
  }
  /// The same for two that may be in either order and are less than half a turn apart.
  int64_t offset(uint64_t from, uint64_t to) const {
    return std::llround(static_cast<double>(static_cast<int64_t>((to - from) << (64 - bits)) >> (64 - bits)) * ns);
  }
};

} // namespace mx::rt::vulkan
