// The block sizes of the caching allocator: eight per power of two, so that at most one ninth of a block is
// padding. Plain arithmetic, tested over all boundaries.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace mx::rt::sizeclass {

/// Every block is a multiple of this.
inline constexpr size_t kQuantum = 64;
/// Blocks from here on come from the system in pages.
inline constexpr size_t kLargeBytes = size_t(1) << 20;
/// Requests beyond this are refused without asking the system.
inline constexpr size_t kMaxBytes = size_t(1) << 46;

/// The class of a request: 64-byte steps up to 1 KiB, then eight steps per doubling.
constexpr uint32_t indexOf(size_t bytes) {
  size_t quanta = bytes ? (bytes - 1) / kQuantum : 0;
  if (quanta < 16)
    return static_cast<uint32_t>(quanta);
  // The leading bit counts octaves, the three bits below it are the step.
  uint32_t shift = static_cast<uint32_t>(std::bit_width(quanta)) - 4;
  return 8 * shift + static_cast<uint32_t>(quanta >> shift);
}

/// The block size of a class: the largest request it serves.
constexpr size_t bytesOf(uint32_t index) {
  if (index < 16)
    return (index + 1) * kQuantum;
  uint32_t shift = index / 8 - 1;
  return (size_t(index % 8 + 8 + 1) << shift) * kQuantum;
}

inline constexpr uint32_t kNumClasses = indexOf(kMaxBytes) + 1;

} // namespace mx::rt::sizeclass
