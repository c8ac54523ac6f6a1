// float16 and bfloat16 as bit patterns: exact widening, and narrowing that rounds once, to nearest even. Plain integer
// arithmetic, so the result depends on no hardware, rounding mode or compiler option. A narrowed NaN stays a NaN.
#pragma once

#include <bit>
#include <cstdint>

namespace mx::rt {
namespace detail {

/// A double as a format of `expBits` and `fracBits`; subnormals are kept, values past the range become infinite.
template <int expBits, int fracBits> constexpr uint16_t narrow(double value) {
  constexpr int bias = (1 << (expBits - 1)) - 1;
  constexpr uint64_t infinity = ((uint64_t{1} << expBits) - 1) << fracBits;
  const auto bits = std::bit_cast<uint64_t>(value);
  const auto sign = static_cast<uint16_t>(bits >> 63 << 15);
  const uint64_t fraction = bits & ((uint64_t{1} << 52) - 1);
  const int exponent = static_cast<int>(bits >> 52 & 0x7FF) - 1023;
  if (exponent == 1024) {
    uint64_t nan = fraction >> (52 - fracBits) | uint64_t{1} << (fracBits - 1);
    return static_cast<uint16_t>(sign | infinity | (fraction ? nan : 0));
  }

  // The significand with its leading 1 loses `shift` bits; below the smallest normal number it loses more.
  const uint64_t significand = fraction | uint64_t{1} << 52;
  const int below = 1 - bias - exponent;
  const int shift = 52 - fracBits + (below > 0 ? below : 0);
  if (shift > 54)
    return sign;
  uint64_t kept = significand >> shift;
  const uint64_t lost = significand & ((uint64_t{1} << shift) - 1), half = uint64_t{1} << (shift - 1);
  kept += lost > half || (lost == half && (kept & 1));
  // The leading 1 of `kept` adds one to the exponent field, and so does a carry out of the rounding.
  const uint64_t result = kept + (below > 0 ? 0 : static_cast<uint64_t>(exponent + bias - 1) << fracBits);
  return static_cast<uint16_t>(sign | (result < infinity ? result : infinity));
}

} // namespace detail

/// The nearest float16; from a float the conversion to double is exact.
constexpr uint16_t toFloat16(double value) { return detail::narrow<5, 10>(value); }
/// The nearest bfloat16.
constexpr uint16_t toBfloat16(double value) { return detail::narrow<8, 7>(value); }

/// The value of a float16.
constexpr float fromFloat16(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16, exponent = bits >> 10 & 0x1F, fraction = bits & 0x3FF;
  if (exponent == 31)
    return std::bit_cast<float>(sign | 0x7F800000 | fraction << 13);
  if (exponent != 0)
    return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
  return sign ? -magnitude : magnitude;
}
/// The value of a bfloat16.
constexpr float fromBfloat16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

} // namespace mx::rt
