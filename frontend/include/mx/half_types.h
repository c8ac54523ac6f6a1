// Value types for elements that C++ has no type for: IEEE half, bfloat16, single-precision complex. They convert
// to and from float (round to nearest even) and compute through it.
#pragma once

#include "mx/config.h"

#include <complex>
#include <cstdint>
#include <type_traits>

MX_PUBLIC_BEGIN
namespace mx {

namespace detail {
/// Bits of the nearest float16 (bfloat16), ties to even.
uint16_t float16_bits(double value) noexcept;
uint16_t bfloat16_bits(double value) noexcept;
/// The float that the bits stand for, exactly.
float float16_value(uint16_t bits) noexcept;
float bfloat16_value(uint16_t bits) noexcept;
} // namespace detail

/// IEEE 754 binary16.
struct float16_t {
  uint16_t bits_ = 0;
  constexpr float16_t() = default;
  template <typename T, typename = std::enable_if_t<std::is_convertible_v<T, double>>>
  float16_t(T value) noexcept : bits_(detail::float16_bits(static_cast<float>(value))) {}
  operator float() const noexcept { return detail::float16_value(bits_); }
};

/// The upper half of a float: 8 bits of exponent, 7 of mantissa.
struct bfloat16_t {
  uint16_t bits_ = 0;
  constexpr bfloat16_t() = default;
  template <typename T, typename = std::enable_if_t<std::is_convertible_v<T, double>>>
  bfloat16_t(T value) noexcept : bits_(detail::bfloat16_bits(static_cast<float>(value))) {}
  operator float() const noexcept { return detail::bfloat16_value(bits_); }
};

/// Two floats: real and imaginary part.
struct complex64_t : std::complex<float> {
  constexpr complex64_t(float re = 0, float im = 0) : std::complex<float>(re, im) {}
  constexpr complex64_t(const std::complex<float> &c) : std::complex<float>(c) {}
  /// The real part.
  explicit operator float() const { return real(); }
};

static_assert(sizeof(float16_t) == 2 && sizeof(bfloat16_t) == 2 && sizeof(complex64_t) == 8);

} // namespace mx
MX_PUBLIC_END
