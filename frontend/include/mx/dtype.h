// Element types. A Dtype is a small constant: the 14 objects below, convertible to Dtype::Val for `switch` and
// comparison.
#pragma once

#include "mx/config.h"
#include "mx/half_types.h"

#include <complex>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

MX_PUBLIC_BEGIN
namespace mx {

/// The type of an array's elements.
struct Dtype {
  enum class Val { bool_, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, float32, float64, bfloat16, complex64 };
  /// The kinds of the array interface: bool, unsigned, signed, float, complex, other (bfloat16).
  enum class Kind { b, u, i, f, c, V };
  /// Sets of dtypes, from the general to the special; see issubdtype.
  enum class Category { complexfloating, floating, inexact, signedinteger, unsignedinteger, integer, number, generic };

  constexpr explicit Dtype(Val val, uint8_t size) : value(val), bytes(size) {}
  constexpr operator Val() const { return value; }
  constexpr Val val() const { return value; }
  /// Bytes of one element.
  constexpr uint8_t size() const { return bytes; }

private:
  Val value;
  uint8_t bytes;
};

inline constexpr Dtype bool_{Dtype::Val::bool_, 1};
inline constexpr Dtype uint8{Dtype::Val::uint8, 1};
inline constexpr Dtype uint16{Dtype::Val::uint16, 2};
inline constexpr Dtype uint32{Dtype::Val::uint32, 4};
inline constexpr Dtype uint64{Dtype::Val::uint64, 8};
inline constexpr Dtype int8{Dtype::Val::int8, 1};
inline constexpr Dtype int16{Dtype::Val::int16, 2};
inline constexpr Dtype int32{Dtype::Val::int32, 4};
inline constexpr Dtype int64{Dtype::Val::int64, 8};
inline constexpr Dtype float16{Dtype::Val::float16, 2};
inline constexpr Dtype float32{Dtype::Val::float32, 4};
inline constexpr Dtype float64{Dtype::Val::float64, 8};
inline constexpr Dtype bfloat16{Dtype::Val::bfloat16, 2};
inline constexpr Dtype complex64{Dtype::Val::complex64, 8};

inline constexpr Dtype::Category complexfloating = Dtype::Category::complexfloating;
inline constexpr Dtype::Category floating = Dtype::Category::floating;
inline constexpr Dtype::Category inexact = Dtype::Category::inexact;
inline constexpr Dtype::Category signedinteger = Dtype::Category::signedinteger;
inline constexpr Dtype::Category unsignedinteger = Dtype::Category::unsignedinteger;
inline constexpr Dtype::Category integer = Dtype::Category::integer;
inline constexpr Dtype::Category number = Dtype::Category::number;
inline constexpr Dtype::Category generic = Dtype::Category::generic;

/// True when `a` belongs to `b`: a dtype to itself or to a category that contains it, a category to a wider one.
bool issubdtype(const Dtype &a, const Dtype &b);
bool issubdtype(const Dtype::Category &a, const Dtype &b);
bool issubdtype(const Dtype &a, const Dtype::Category &b);
bool issubdtype(const Dtype::Category &a, const Dtype::Category &b);

/// The dtype two operands are computed in: the smallest that holds both, float32 for float16 with bfloat16.
Dtype promote_types(const Dtype &t1, const Dtype &t2);

/// Bytes of one element.
inline uint8_t size_of(const Dtype &t) { return t.size(); }

/// The kind of a dtype.
Dtype::Kind kindof(const Dtype &t);

/// `float32`, `bool`: the name printed with arrays.
std::string to_string(const Dtype &t);

namespace detail {
template <typename T> inline constexpr bool is_half_v = std::is_same_v<T, float16_t> || std::is_same_v<T, bfloat16_t>;
template <typename T>
inline constexpr bool is_complex_v = std::is_same_v<T, complex64_t> || std::is_same_v<T, std::complex<float>>;
/// Types that a host value may have.
template <typename T> inline constexpr bool is_scalar_v = std::is_arithmetic_v<T> || is_half_v<T> || is_complex_v<T>;

/// The dtype with T's representation: double is float64 here. Scalars of other widths (long double) are no elements.
template <typename T> constexpr Dtype element_dtype() {
  static_assert(is_scalar_v<T>, "T is not an element type");
  if constexpr (std::is_same_v<T, bool>)
    return bool_;
  else if constexpr (std::is_same_v<T, float16_t>)
    return float16;
  else if constexpr (std::is_same_v<T, bfloat16_t>)
    return bfloat16;
  else if constexpr (is_complex_v<T>)
    return complex64;
  else if constexpr (std::is_floating_point_v<T>) {
    static_assert(sizeof(T) <= 8, "long double is not an element type");
    return sizeof(T) == 4 ? float32 : float64;
  } else if constexpr (std::is_unsigned_v<T>)
    return sizeof(T) == 1 ? uint8 : sizeof(T) == 2 ? uint16 : sizeof(T) == 4 ? uint32 : uint64;
  else
    return sizeof(T) == 1 ? int8 : sizeof(T) == 2 ? int16 : sizeof(T) == 4 ? int32 : int64;
}
} // namespace detail

/// The dtype an array of Ts gets when none is named: T's own, but float32 for double.
template <typename T> struct TypeToDtype {
  constexpr operator Dtype() const {
    if constexpr (std::is_same_v<T, double>)
      return float32;
    else
      return detail::element_dtype<T>();
  }
};

} // namespace mx
MX_PUBLIC_END
