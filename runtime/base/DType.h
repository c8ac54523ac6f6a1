// The element types of mx, as the runtime and the compiler see them. The public mx::Dtype::Val has
// the same order, held by a static_assert in the frontend.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mx::rt {

/// What an element is. complex64 is two float32, real part first.
enum class DType : uint8_t {
  bool_, uint8, uint16, uint32, uint64, int8, int16, int32, int64,
  float16, float32, float64, bfloat16, complex64,
};
inline constexpr int kNumDTypes = 14;

namespace detail {
struct DTypeRow {
  std::string_view name;
  uint8_t bytes;
};
inline constexpr std::array<DTypeRow, kNumDTypes> kDTypes{{
    {"bool", 1}, {"uint8", 1}, {"uint16", 2}, {"uint32", 4}, {"uint64", 8},
    {"int8", 1}, {"int16", 2}, {"int32", 4}, {"int64", 8},
    {"float16", 2}, {"float32", 4}, {"float64", 8}, {"bfloat16", 2}, {"complex64", 8},
}};
} // namespace detail

/// Bytes of one element.
constexpr int64_t sizeOf(DType t) { return detail::kDTypes[static_cast<int>(t)].bytes; }
/// The name users see, as in `array(..., dtype=float32)`.
constexpr std::string_view nameOf(DType t) { return detail::kDTypes[static_cast<int>(t)].name; }

constexpr bool isBool(DType t) { return t == DType::bool_; }
constexpr bool isUnsigned(DType t) { return t >= DType::uint8 && t <= DType::uint64; }
constexpr bool isSigned(DType t) { return t >= DType::int8 && t <= DType::int64; }
constexpr bool isInteger(DType t) { return t >= DType::uint8 && t <= DType::int64; }
/// Real floating point, complex64 not included.
constexpr bool isFloat(DType t) { return t >= DType::float16 && t <= DType::bfloat16; }
constexpr bool isComplex(DType t) { return t == DType::complex64; }

} // namespace mx::rt
