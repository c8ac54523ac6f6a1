// The math functions against the host's library in higher precision: units in the last place over a sweep of
// all floats, and the special values. MX_EXHAUSTIVE=1 tries every float.
#include "tests/codegen/MathHarness.h"

#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <thread>

using mx::ir::OpKind;
using mx::rt::DType;

namespace mx::codegen::test {
namespace {

template <typename T> T erfinvReference(T x) {
  T y = std::fabs(x);
  if (!(y <= 1))
    return std::numeric_limits<T>::quiet_NaN();
  if (y == 1 || y == 0)
    return x == 0 ? x : x * std::numeric_limits<T>::infinity();
  // Winitzki's estimate, then Newton steps on erf or, past 1/2, on erfc.
  T l = std::log((1 - y) * (1 + y)), a = T(0.147), b = 2 / (T(M_PIl) * a) + l / 2;
  T v = std::sqrt(std::sqrt(b * b - l / a) - b);
  for (int i = 0; i < 6; ++i) {
    T f = y < T(0.5) ? std::erf(v) - y : (1 - y) - std::erfc(v);
    T step = f / (2 / std::sqrt(T(M_PIl)) * std::exp(-v * v));
    v -= step / (1 + v * step);
  }
  return x < 0 ? -v : v;
}
template <typename T> T sigmoidReference(T x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}

template <typename T> T rsqrtReference(T x) { return 1 / std::sqrt(x); }
template <typename T> T reciprocalReference(T x) { return 1 / x; }

struct UnaryCase {
  const char *name;
  OpKind kind;
  double (*reference)(double);
  long double (*wideReference)(long double);
  /// Bounds in units in the last place: f32, f64.
  double bound, wideBound;
};
std::ostream &operator<<(std::ostream &os, const UnaryCase &c) { return os << c.name; }

#define MX_UNARY(Kind, function, bound)                                                                      \
  UnaryCase {                                                                                                \
#Kind, OpKind::Kind,                                                                                     \
        [](double x) { return function(x); }, [](long double x) { return function(x); }, bound, 2.0          \
  }
const UnaryCase kUnary[] = {
    MX_UNARY(Exp, std::exp, 1.0),
    MX_UNARY(Expm1, std::expm1, 1.0),
    MX_UNARY(Log, std::log, 1.0),
    MX_UNARY(Log2, std::log2, 1.0),
    MX_UNARY(Log10, std::log10, 1.0),
    MX_UNARY(Log1p, std::log1p, 1.0),
    MX_UNARY(Sin, std::sin, 1.0),
    MX_UNARY(Cos, std::cos, 1.0),
    MX_UNARY(Tanh, std::tanh, 1.0),
    MX_UNARY(Erf, std::erf, 1.0),
    MX_UNARY(Sqrt, std::sqrt, 1.0),
    MX_UNARY(Sigmoid, sigmoidReference, 1.0),
    MX_UNARY(Tan, std::tan, 2.0),
    MX_UNARY(Arcsin, std::asin, 2.0),
    MX_UNARY(Arccos, std::acos, 2.0),
    MX_UNARY(Arctan, std::atan, 2.0),
    MX_UNARY(Sinh, std::sinh, 2.0),
    MX_UNARY(Cosh, std::cosh, 2.0),
    MX_UNARY(Arcsinh, std::asinh, 2.0),
    MX_UNARY(Arccosh, std::acosh, 2.0),
    MX_UNARY(Arctanh, std::atanh, 2.0),
    MX_UNARY(Rsqrt, rsqrtReference, 2.0),
    MX_UNARY(Reciprocal, reciprocalReference, 1.0),
    MX_UNARY(Erfinv, erfinvReference, 2.0),
};
#undef MX_UNARY

template <typename T> constexpr int kPrecision = std::numeric_limits<T>::digits;

/// Distance of `got` from the exact value in units in the last place of T; infinity where one is NaN or
/// infinite and the other is not, or where signs of zero differ.
template <typename T, typename Wide> double ulps(T got, Wide exact) {
  T rounded = static_cast<T>(exact);
  const double wrong = HUGE_VAL;
  if (std::isnan(rounded) || std::isnan(got))
    return std::isnan(rounded) && std::isnan(got) ? 0 : wrong;
  if (std::isinf(rounded) || std::isinf(got))
    return rounded == got ? 0 : wrong;
  if (exact == 0 && (got != 0 || std::signbit(got) != std::signbit(exact)))
    return wrong;
  int exponent = std::numeric_limits<T>::min_exponent;
  if (std::fabs(rounded) >= std::numeric_limits<T>::min())
    std::frexp(rounded, &exponent);
  return static_cast<double>(std::fabs(static_cast<Wide>(got) - exact) /
                             std::ldexp(Wide(1), exponent - kPrecision<T>));
}

/// The worst of many results.
struct Worst {
  double error = 0;
  double x = 0, y = 0, got = 0;
  void add(double e, double x1, double y1, double result) {
    if (e > error)
      *this = {e, x1, y1, result};
  }
};

bool exhaustive() { return std::getenv("MX_EXHAUSTIVE") != nullptr; }

/// Whether a result may be further than `error` from the exact value, of which `estimate` has twice the
/// digits.
bool mayExceed(double error, float got, double estimate) {
  float rounded = static_cast<float>(estimate);
  if (std::bit_cast<uint32_t>(rounded) == std::bit_cast<uint32_t>(got) ||
      (std::isnan(rounded) && std::isnan(got)))
    return false;
  // One over a unit in the last place, the exponent taken from the estimate's bits.
  uint64_t exponent = std::max<uint64_t>(std::bit_cast<uint64_t>(estimate) << 1 >> 53, 1023 - 126);
  return !(std::fabs(got - estimate) * std::bit_cast<double>((2 * 1023 + 23 - exponent) << 52) <= error);
}

/// Every `stride`-th float. A sweep over all of them takes the float64 kernel, which other tests hold to its
/// bound, to sort out the results that are better than the worst so far: the library is too slow for four
/// billion calls.
Worst sweepFloats(const UnaryCase &c, const ElementKernelOptions &options, uint64_t stride) {
  ElementKernel kernel = elementwiseKernel(c.kind, DType::float32, options);
  ElementKernel estimate = elementwiseKernel(c.kind, DType::float64, options);
  EXPECT_EQ(kernel.error() + estimate.error(), "");
  if (testing::Test::HasFailure())
    return {};
  constexpr uint64_t kBlock = 1 << 12, kAll = uint64_t(1) << 32;
  std::atomic<uint64_t> next{0};
  Worst worst;
  std::mutex mutex;
  auto work = [&] {
    std::vector<float> x(kBlock), y(kBlock);
    std::vector<double> wideX(kBlock), wideY(kBlock, HUGE_VAL);
    Worst mine;
    for (uint64_t start; (start = next.fetch_add(kBlock * stride)) < kAll;) {
      for (uint64_t i = 0; i < kBlock; ++i) {
        x[i] = std::bit_cast<float>(static_cast<uint32_t>(std::min(start + i * stride, kAll - 1)));
        wideX[i] = x[i];
      }
      const void *in = x.data(), *wideIn = wideX.data();
      kernel.run({&in, 1}, y.data(), kBlock);
      if (stride == 1)
        estimate.run({&wideIn, 1}, wideY.data(), kBlock);
      for (uint64_t i = 0; i < kBlock; ++i)
        if (stride != 1 || mayExceed(mine.error, y[i], wideY[i]))
          mine.add(ulps(y[i], c.reference(x[i])), x[i], 0, y[i]);
    }
    std::lock_guard lock(mutex);
    worst.add(mine.error, mine.x, mine.y, mine.got);
  };
  std::thread other(work);
  work();
  other.join();
  return worst;
}

/// Values every function must get right.
template <typename T> std::vector<T> specials() {
  using L = std::numeric_limits<T>;
  std::vector<T> v{0,
                   1,
                   2,
                   3,
                   T(0.5),
                   T(0.25),
                   T(1.5),
                   L::min(),
                   L::max(),
                   L::denorm_min(),
                   L::infinity(),
                   L::epsilon(),
                   T(10),
                   T(88.72283),
                   T(88.72284),
                   T(103.97),
                   T(709.78),
                   T(745.13),
                   T(1e10),
                   T(1e30),
                   T(16777217),
                   std::nextafter(T(1), T(0)),
                   std::nextafter(T(1), T(2)),
                   L::min() / 2};
  for (size_t i = 0, n = v.size(); i < n; ++i)
    v.push_back(-v[i]);
  v.push_back(L::quiet_NaN());
  return v;
}

/// A stream of values: half of them any bit pattern, the rest of moderate size.
template <typename T> class Values {
public:
  T next() {
    using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
    uint64_t bits = random();
    if (bits & 1)
      return std::bit_cast<T>(static_cast<Bits>(random()));
    int exponent = static_cast<int>(bits >> 1 & 31) - 20;
    T v = std::ldexp(T(1) + static_cast<T>(std::ldexp(double(bits >> 12), -52)), exponent);
    if ((bits >> 6 & 7) == 0)
      v = std::rint(v);
    return bits & 1 << 10 ? -v : v;
  }

private:
  uint64_t random() {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
  }
  uint64_t state = 88172645463325252;
};

std::string describe(const Worst &w) {
  char text[160];
  std::snprintf(text, sizeof text, "%.3f ulp at (%a, %a), got %a", w.error, w.x, w.y, w.got);
  return text;
}

struct Variant {
  const char *name;
  ElementKernelOptions options;
};
const Variant kVariants[] = {{"fma", {}}, {"exact", {.exact = true}}};

class UnaryMath : public testing::TestWithParam<UnaryCase> {};

// Every function keeps its bound on float32, with and without fma.
TEST_P(UnaryMath, Float32KeepsItsBound) {
  const UnaryCase &c = GetParam();
  for (const Variant &v : kVariants) {
    ElementKernel kernel = elementwiseKernel(c.kind, DType::float32, v.options);
    ASSERT_EQ(kernel.error(), "");
    Worst worst = sweepFloats(c, v.options, exhaustive() ? 1 : 4099);
    std::vector<float> x = specials<float>();
    x.resize((x.size() + 15) / 16 * 16, 1);
    std::vector<float> y(x.size());
    const void *in = x.data();
    kernel.run({&in, 1}, y.data(), x.size());
    for (size_t i = 0; i < x.size(); ++i)
      worst.add(ulps(y[i], c.reference(x[i])), x[i], 0, y[i]);
    RecordProperty(std::string("f32_") + v.name, describe(worst));
    if (std::getenv("MX_PRINT_ULPS"))
      std::printf("%-10s f32 %-5s %s\n", c.name, v.name, describe(worst).c_str());
    EXPECT_LE(worst.error, c.bound) << v.name << ": " << describe(worst);
  }
}

// Every function keeps 2 units on float64, with and without fma.
TEST_P(UnaryMath, Float64KeepsItsBound) {
  const UnaryCase &c = GetParam();
  for (const Variant &v : kVariants) {
    ElementKernel kernel = elementwiseKernel(c.kind, DType::float64, v.options);
    ASSERT_EQ(kernel.error(), "");
    std::vector<double> x = specials<double>();
    Values<double> values;
    x.resize(exhaustive() ? 1 << 24 : 1 << 17);
    for (size_t i = specials<double>().size(); i < x.size(); ++i)
      x[i] = values.next();
    std::vector<double> y(x.size());
    const void *in = x.data();
    kernel.run({&in, 1}, y.data(), x.size());
    Worst worst;
    for (size_t i = 0; i < x.size(); ++i)
      worst.add(ulps(y[i], c.wideReference(x[i])), x[i], 0, y[i]);
    RecordProperty(std::string("f64_") + v.name, describe(worst));
    if (std::getenv("MX_PRINT_ULPS"))
      std::printf("%-10s f64 %-5s %s\n", c.name, v.name, describe(worst).c_str());
    EXPECT_LE(worst.error, c.wideBound) << v.name << ": " << describe(worst);
  }
}

// A half-precision result is the exact value rounded once, but for double rounding: every input, both
// formats.
TEST_P(UnaryMath, HalfPrecisionRoundsTheExactValue) {
  const UnaryCase &c = GetParam();
  for (DType dtype : {DType::float16, DType::bfloat16}) {
    ElementKernel kernel = elementwiseKernel(c.kind, dtype);
    ElementKernel widen({dtype}, DType::float32, [&](auto &b, auto loc, auto x, const MathTarget &target) {
      return emitCast(b, loc, x[0], dtype, DType::float32, target);
    });
    ASSERT_EQ(kernel.error() + widen.error(), "");
    std::vector<uint16_t> x(1 << 16), y(x.size());
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<uint16_t>(i);
    std::vector<float> wideX(x.size()), wideY(x.size());
    const void *in = x.data(), *out = y.data();
    kernel.run({&in, 1}, y.data(), x.size());
    widen.run({&in, 1}, wideX.data(), x.size());
    widen.run({&out, 1}, wideY.data(), x.size());
    const bool half = dtype == DType::float16;
    const int precision = half ? 11 : 8, minExponent = half ? -13 : -125;
    const double largest = half ? 65520.0 : 0x1.ffp127;
    Worst worst;
    for (size_t i = 0; i < x.size(); ++i) {
      double exact = c.reference(wideX[i]);
      float got = wideY[i];
      double error = 0;
      if (std::isnan(exact) || std::isnan(got))
        error = std::isnan(exact) && std::isnan(got) ? 0 : HUGE_VAL;
      else if (std::fabs(exact) >= largest || std::isinf(got))
        error = std::isinf(got) && std::fabs(exact) >= largest * (1 - 1e-6) && (got > 0) == (exact > 0)
                    ? 0
                    : HUGE_VAL;
      else {
        int exponent = 0;
        std::frexp(exact, &exponent);
        error = std::fabs(got - exact) / std::ldexp(1.0, std::max(exponent, minExponent) - precision);
      }
      worst.add(error, wideX[i], 0, got);
    }
    EXPECT_LE(worst.error, 0.51) << nameOf(dtype) << ": " << describe(worst);
  }
}

INSTANTIATE_TEST_SUITE_P(Functions, UnaryMath, testing::ValuesIn(kUnary),
                         [](const auto &info) { return std::string(info.param.name); });

struct BinaryCase {
  const char *name;
  OpKind kind;
  long double (*reference)(long double, long double);
  double bound;
};
std::ostream &operator<<(std::ostream &os, const BinaryCase &c) { return os << c.name; }

long double remainderReference(long double a, long double b) {
  long double r = std::fmod(a, b);
  if (r == 0)
    return std::copysign(r, b);
  return (r < 0) != (b < 0) ? r + b : r;
}
long double logaddexpReference(long double a, long double b) {
  if (a == b)
    return a + std::log(2.0L);
  return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b) + std::log1p(std::exp(-std::fabs(a - b)));
}
const BinaryCase kBinary[] = {
    {"Power", OpKind::Power, [](long double a, long double b) { return std::pow(a, b); }, 2.0},
    {"Arctan2", OpKind::Arctan2, [](long double a, long double b) { return std::atan2(a, b); }, 2.0},
    {"Remainder", OpKind::Remainder, remainderReference, 0.5},
};

template <typename T>
Worst sweepPairs(const BinaryCase &c, DType dtype, const ElementKernelOptions &options) {
  ElementKernel kernel = elementwiseKernel(c.kind, dtype, options);
  EXPECT_EQ(kernel.error(), "");
  if (!kernel.error().empty())
    return {};
  std::vector<T> x, y;
  for (T a : specials<T>())
    for (T b : specials<T>()) {
      x.push_back(a);
      y.push_back(b);
    }
  Values<T> values;
  const size_t count = exhaustive() ? 1 << 26 : 1 << 18;
  while (x.size() < count) {
    T a = values.next(), b = values.next();
    // Powers that neither overflow nor vanish, every second time.
    if (c.kind == OpKind::Power && x.size() % 2) {
      a = std::fabs(a);
      b = static_cast<T>(std::fmod(b, T(1)) * std::numeric_limits<T>::max_exponent * 1.1 / std::log2(a));
    }
    x.push_back(a);
    y.push_back(b);
  }
  std::vector<T> z(count);
  const void *in[] = {x.data(), y.data()};
  kernel.run(in, z.data(), count);
  Worst worst;
  for (size_t i = 0; i < count; ++i)
    worst.add(ulps(z[i], c.reference(x[i], y[i])), x[i], y[i], z[i]);
  return worst;
}

class BinaryMath : public testing::TestWithParam<BinaryCase> {};

// Functions of two arguments keep their bounds on all pairs of special values and a sample of the rest.
TEST_P(BinaryMath, KeepsItsBound) {
  const BinaryCase &c = GetParam();
  for (const Variant &v : kVariants) {
    for (DType dtype : {DType::float32, DType::float64}) {
      Worst worst = dtype == DType::float32 ? sweepPairs<float>(c, dtype, v.options)
                                            : sweepPairs<double>(c, dtype, v.options);
      if (std::getenv("MX_PRINT_ULPS"))
        std::printf("%-10s %s %-5s %s\n", c.name, dtype == DType::float32 ? "f32" : "f64", v.name,
                    describe(worst).c_str());
      EXPECT_LE(worst.error, c.bound) << v.name << " " << nameOf(dtype) << ": " << describe(worst);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Functions, BinaryMath, testing::ValuesIn(kBinary),
                         [](const auto &info) { return std::string(info.param.name); });

// logaddexp is within 2 units of the larger of its result and its logarithm, whose largest value is log(2).
TEST(LogAddExp, KeepsItsBound) {
  for (const Variant &v : kVariants) {
    ElementKernel kernel = elementwiseKernel(OpKind::Logaddexp, DType::float32, v.options);
    ASSERT_EQ(kernel.error(), "");
    std::vector<float> x, y;
    for (float a : specials<float>())
      for (float b : specials<float>()) {
        x.push_back(a);
        y.push_back(b);
      }
    Values<float> values;
    while (x.size() < 1 << 18) {
      x.push_back(values.next());
      y.push_back(x.size() % 2 ? x.back() + std::fmod(values.next(), 20.0f) : values.next());
    }
    std::vector<float> z(x.size());
    const void *in[] = {x.data(), y.data()};
    kernel.run(in, z.data(), x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      long double exact = logaddexpReference(x[i], y[i]);
      if (std::isfinite(z[i]) && std::isfinite(static_cast<float>(exact)))
        EXPECT_LE(std::fabs(z[i] - exact), 2 * std::max(0x1p-24L, std::fabs(exact) * 0x1p-23L))
            << x[i] << " " << y[i];
      else
        EXPECT_EQ(ulps(z[i], exact), 0) << x[i] << " " << y[i] << " " << z[i];
    }
  }
}

// One lane's argument does not change another lane's result: the branches for large arguments select per
// lane.
TEST(Branches, LanesAreIndependent) {
  for (OpKind kind : {OpKind::Sin, OpKind::Cos, OpKind::Tan}) {
    ElementKernel vector = elementwiseKernel(kind, DType::float32);
    ElementKernel scalar = elementwiseKernel(kind, DType::float32, {.lanes = 0});
    ASSERT_EQ(vector.error() + scalar.error(), "");
    Values<float> values;
    std::vector<float> x(1 << 14), together(x.size()), alone(x.size());
    for (float &v : x)
      v = values.next();
    const void *in = x.data();
    vector.run({&in, 1}, together.data(), x.size());
    scalar.run({&in, 1}, alone.data(), x.size());
    for (size_t i = 0; i < x.size(); ++i)
      EXPECT_TRUE(std::isnan(together[i])
                      ? std::isnan(alone[i])
                      : std::bit_cast<uint32_t>(together[i]) == std::bit_cast<uint32_t>(alone[i]))
          << x[i];
  }
}

} // namespace
} // namespace mx::codegen::test
