// Elements by dtype: how each is stored, what type arithmetic on it uses, and conversion between dtypes.
// Arithmetic on every real floating-point dtype is done in double and rounded once when stored.
#pragma once

#include "ir/interp/Interpreter.h"
#include "runtime/base/Half.h"

#include <cmath>
#include <complex>
#include <limits>
#include <span>
#include <type_traits>

namespace mx::ir::interp {

/// A stored bool; any nonzero byte is true.
struct Bool { uint8_t byte; };
/// A stored float16.
struct Float16 { uint16_t bits; };
/// A stored bfloat16.
struct Bfloat16 { uint16_t bits; };
/// A stored complex64.
using Complex = std::complex<float>;

/// True for the four stored real floating-point types.
template <typename T>
inline constexpr bool isReal = std::is_floating_point_v<T> || std::is_same_v<T, Float16> || std::is_same_v<T, Bfloat16>;

namespace detail {
template <typename T> auto computeType() {
  if constexpr (std::is_same_v<T, Bool>)
    return bool();
  else if constexpr (isReal<T>)
    return double();
  else
    return T();
}
} // namespace detail
/// What arithmetic on a stored T is done in: bool, double, or T itself.
template <typename T> using Compute = decltype(detail::computeType<T>());
/// What sums, products and transcendental functions on a stored T are done in before the one rounding.
template <typename T> using Wide = std::conditional_t<std::is_same_v<T, double>, long double, double>;

/// The value of a stored element.
template <typename T> Compute<T> read(T stored) {
  if constexpr (std::is_same_v<T, Bool>)
    return stored.byte != 0;
  else if constexpr (std::is_same_v<T, Float16>)
    return rt::fromFloat16(stored.bits);
  else if constexpr (std::is_same_v<T, Bfloat16>)
    return rt::fromBfloat16(stored.bits);
  else
    return stored;
}

/// The element that stores a value, rounded to nearest even.
template <typename T> T write(Compute<T> value) {
  if constexpr (std::is_same_v<T, Bool>)
    return Bool{value};
  else if constexpr (std::is_same_v<T, Float16>)
    return Float16{rt::toFloat16(value)};
  else if constexpr (std::is_same_v<T, Bfloat16>)
    return Bfloat16{rt::toBfloat16(value)};
  else
    return static_cast<T>(value);
}

/// Calls `f(std::type_identity<T>())` with the stored type of the dtype.
template <typename F> decltype(auto) visit(rt::DType dtype, F &&f) {
  switch (dtype) {
  case rt::DType::bool_: return f(std::type_identity<Bool>());
  case rt::DType::uint8: return f(std::type_identity<uint8_t>());
  case rt::DType::uint16: return f(std::type_identity<uint16_t>());
  case rt::DType::uint32: return f(std::type_identity<uint32_t>());
  case rt::DType::uint64: return f(std::type_identity<uint64_t>());
  case rt::DType::int8: return f(std::type_identity<int8_t>());
  case rt::DType::int16: return f(std::type_identity<int16_t>());
  case rt::DType::int32: return f(std::type_identity<int32_t>());
  case rt::DType::int64: return f(std::type_identity<int64_t>());
  case rt::DType::float16: return f(std::type_identity<Float16>());
  case rt::DType::float32: return f(std::type_identity<float>());
  case rt::DType::float64: return f(std::type_identity<double>());
  case rt::DType::bfloat16: return f(std::type_identity<Bfloat16>());
  case rt::DType::complex64: return f(std::type_identity<Complex>());
  }
  __builtin_unreachable();
}

/// The elements of a tensor whose dtype stores T.
template <typename T> std::span<const T> elements(const Tensor &t) {
  return {reinterpret_cast<const T *>(t.data.data()), t.data.size() / sizeof(T)};
}
template <typename T> std::span<T> elements(Tensor &t) {
  return {reinterpret_cast<T *>(t.data.data()), t.data.size() / sizeof(T)};
}

/// x truncated toward zero, at the end of the range past it, 0 for NaN.
template <typename I> I saturate(double x) {
  if (std::isnan(x))
    return 0;
  // The bound above is one more than the largest value: unlike it, always a double.
  if (x >= std::ldexp(1.0, std::numeric_limits<I>::digits))
    return std::numeric_limits<I>::max();
  if (x <= static_cast<double>(std::numeric_limits<I>::min()))
    return std::numeric_limits<I>::min();
  return static_cast<I>(x);
}

/// An integer as a double of which the last bit tells that something was lost: rounding it further rounds once.
template <typename I> double roundToOdd(I x) {
  double d = static_cast<double>(x);
  if (static_cast<long double>(d) == static_cast<long double>(x))
    return d;
  if (std::abs(static_cast<long double>(d)) > std::abs(static_cast<long double>(x)))
    d = std::nextafter(d, 0);
  return std::bit_cast<double>(std::bit_cast<uint64_t>(d) | 1);
}

/// One element in another dtype: integers wrap, reals saturate into integers and round once into reals, complex numbers
/// lose their imaginary part, and what is nonzero is true.
template <typename To, typename From> To convertElement(From stored) {
  auto x = read(stored);
  if constexpr (std::is_same_v<To, From>)
    return stored;
  else if constexpr (std::is_same_v<To, Bool>)
    return Bool{x != Compute<From>(0)};
  else if constexpr (std::is_same_v<From, Complex>)
    return convertElement<To>(x.real());
  else if constexpr (std::is_same_v<To, Complex>)
    return Complex(static_cast<float>(x), 0);
  else if constexpr (std::is_integral_v<To> && isReal<From>)
    return saturate<To>(x);
  else if constexpr (std::is_same_v<To, Float16> || std::is_same_v<To, Bfloat16>)
    return write<To>(std::is_integral_v<decltype(x)> ? roundToOdd(x) : static_cast<double>(x));
  else
    return static_cast<To>(x);
}

// --- Arithmetic that several families share ---------------------------------------------------------------------

/// a + b; integers wrap, bool adds as or.
template <typename C> C add(C a, C b) {
  if constexpr (std::is_same_v<C, bool>)
    return a | b;
  else if constexpr (std::is_integral_v<C>)
    return static_cast<C>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  else
    return a + b;
}
/// a * b; integers wrap, bool multiplies as and.
template <typename C> C multiply(C a, C b) {
  if constexpr (std::is_same_v<C, bool>)
    return a & b;
  else if constexpr (std::is_integral_v<C>)
    return static_cast<C>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  else
    return a * b;
}
/// The larger; NaN propagates and -0 is less than 0.
template <typename C> C maximum(C a, C b) {
  if constexpr (std::is_floating_point_v<C>) {
    if (std::isnan(a) || std::isnan(b))
      return std::isnan(a) ? a : b;
    if (a == b)
      return std::signbit(a) ? b : a;
  }
  return a < b ? b : a;
}
/// The smaller; NaN propagates and -0 is less than 0.
template <typename C> C minimum(C a, C b) {
  if constexpr (std::is_floating_point_v<C>) {
    if (std::isnan(a) || std::isnan(b))
      return std::isnan(a) ? a : b;
    if (a == b)
      return std::signbit(a) ? a : b;
  }
  return b < a ? b : a;
}

} // namespace mx::ir::interp
