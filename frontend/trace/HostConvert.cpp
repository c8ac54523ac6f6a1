// Elements go through a wide type that holds every value of the source: int64, uint64, double or complex.
#include "frontend/trace/HostConvert.h"

#include "frontend/include/mx/half_types.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace mx::graph {
namespace {

/// Calls visit(T{}) with the host type of a dtype.
template <typename Visit> void withType(rt::DType dtype, Visit visit) {
  switch (dtype) {
  case rt::DType::bool_: return visit(bool{});
  case rt::DType::uint8: return visit(uint8_t{});
  case rt::DType::uint16: return visit(uint16_t{});
  case rt::DType::uint32: return visit(uint32_t{});
  case rt::DType::uint64: return visit(uint64_t{});
  case rt::DType::int8: return visit(int8_t{});
  case rt::DType::int16: return visit(int16_t{});
  case rt::DType::int32: return visit(int32_t{});
  case rt::DType::int64: return visit(int64_t{});
  case rt::DType::float16: return visit(float16_t{});
  case rt::DType::float32: return visit(float{});
  case rt::DType::float64: return visit(double{});
  case rt::DType::bfloat16: return visit(bfloat16_t{});
  case rt::DType::complex64: return visit(complex64_t{});
  }
}

template <typename T> constexpr bool isReal = std::is_floating_point_v<T> || std::is_same_v<T, float16_t> || std::is_same_v<T, bfloat16_t>;

template <typename To> To saturate(double value) {
  if (std::isnan(value))
    return 0;
  // Both bounds, as doubles, are exact or one past the last value that fits.
  if (value >= static_cast<double>(std::numeric_limits<To>::max()))
    return std::numeric_limits<To>::max();
  if (value <= static_cast<double>(std::numeric_limits<To>::min()))
    return std::numeric_limits<To>::min();
  return static_cast<To>(value);
}

template <typename To, typename From> To convert(From value) {
  if constexpr (std::is_same_v<To, From>)
    return value;
  else if constexpr (std::is_same_v<To, bool>) {
    if constexpr (std::is_same_v<From, complex64_t>)
      return value.real() != 0 || value.imag() != 0;
    else
      return value != From(0);
  } else if constexpr (std::is_same_v<From, complex64_t>)
    return convert<To>(value.real());
  else if constexpr (std::is_same_v<To, complex64_t>)
    return complex64_t(static_cast<float>(value));
  else if constexpr (isReal<From> && std::is_integral_v<To>)
    return saturate<To>(static_cast<double>(value));
  else if constexpr (std::is_same_v<To, float16_t> || std::is_same_v<To, bfloat16_t>)
    return To(static_cast<double>(value));
  else
    return static_cast<To>(value);
}

} // namespace

void convertElements(const void *src, rt::DType from, void *dst, rt::DType to, size_t count) {
  if (count == 0)
    return;
  if (from == to) {
    std::memcpy(dst, src, count * rt::sizeOf(to));
    return;
  }
  withType(from, [&](auto f) {
    withType(to, [&](auto t) {
      const auto *in = static_cast<const decltype(f) *>(src);
      auto *out = static_cast<decltype(t) *>(dst);
      for (size_t i = 0; i < count; ++i)
        out[i] = convert<decltype(t)>(in[i]);
    });
  });
}

} // namespace mx::graph
