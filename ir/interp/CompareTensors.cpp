// Units in the last place are those of the result's dtype, subnormals included.
#include "ir/interp/CompareTensors.h"

#include "ir/interp/Elements.h"

#include <cmath>
#include <cstring>

namespace mx::ir::interp {
namespace {

std::string show(const Tensor &t, size_t i) {
  return visit(t.dtype, [&]<typename T>(std::type_identity<T>) {
    char buffer[96];
    if constexpr (std::is_same_v<T, Complex>)
      snprintf(buffer, sizeof buffer, "%g+%gi", elements<T>(t)[i].real(), elements<T>(t)[i].imag());
    else if constexpr (isReal<T>)
      snprintf(buffer, sizeof buffer, "%.17g", double(read(elements<T>(t)[i])));
    else if constexpr (std::is_unsigned_v<T>)
      snprintf(buffer, sizeof buffer, "%llu", static_cast<unsigned long long>(read(elements<T>(t)[i])));
    else
      snprintf(buffer, sizeof buffer, "%lld", static_cast<long long>(read(elements<T>(t)[i])));
    return std::string(buffer);
  });
}

template <typename T> constexpr int kMantissaBits = 0;
template <> constexpr int kMantissaBits<Float16> = 10;
template <> constexpr int kMantissaBits<Bfloat16> = 7;
template <> constexpr int kMantissaBits<float> = 23;
template <> constexpr int kMantissaBits<double> = 52;
template <typename T> constexpr int kSmallestExponent = -126;
template <> constexpr int kSmallestExponent<Float16> = -14;
template <> constexpr int kSmallestExponent<double> = -1022;

template <typename T> double ulpOf(double magnitude) {
  int exponent = magnitude > 0 ? std::ilogb(magnitude) : kSmallestExponent<T>;
  return std::ldexp(1.0, std::max(exponent, kSmallestExponent<T>) - kMantissaBits<T>);
}

} // namespace

Tolerance toleranceOf(const OpRow &row) {
  switch (row.kind) {
  case OpKind::Sqrt:
  case OpKind::Reciprocal:
  case OpKind::Divide: return {};
  case OpKind::Power: return {4};
  // Near zero its two terms cancel: the bound is on the larger of them.
  case OpKind::Logaddexp: return {4, /*ofLargest=*/true};
  default: return {row.dtypeRule == DtypeRule::Float ? 4.0 : 0.0};
  }
}

std::string firstDifference(const Tensor &actual, const Tensor &expected, Tolerance tolerance, double *worst) {
  if (actual.dtype != expected.dtype || actual.shape != expected.shape)
    return "another dtype or shape";
  return visit(expected.dtype, [&]<typename T>(std::type_identity<T>) -> std::string {
    auto a = elements<T>(actual), b = elements<T>(expected);
    double largest = 0;
    if constexpr (isReal<T>)
      for (T e : b)
        if (std::isfinite(double(read(e))))
          largest = std::max(largest, std::abs(double(read(e))));
    for (size_t i = 0; i < b.size(); ++i) {
      bool same = std::memcmp(&a[i], &b[i], sizeof(T)) == 0;
      std::string off;
      if constexpr (std::is_same_v<T, Bool>)
        same = bool(a[i].byte) == bool(b[i].byte);
      if constexpr (isReal<T>) {
        const double x = read(a[i]), y = read(b[i]);
        same |= std::isnan(x) && std::isnan(y);
        if (!same && tolerance.ulps > 0 && std::isfinite(y)) {
          const double ulps = std::abs(x - y) / ulpOf<T>(tolerance.ofLargest ? largest : std::abs(y));
          // Past the largest finite value both may be on either side of the overflow.
          same = ulps <= tolerance.ulps;
          if (same && worst)
            *worst = std::max(*worst, ulps);
          if (!same)
            off = " (" + std::to_string(ulps) + " ulp)";
        }
      }
      if (!same)
        return "element " + std::to_string(i) + " of " + std::to_string(b.size()) + " is " + show(actual, i) + ", expected " +
               show(expected, i) + off;
    }
    return "";
  });
}

} // namespace mx::ir::interp
