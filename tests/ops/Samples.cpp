// Deterministic sample values, and the list of all samples.
#include "tests/ops/Samples.h"

#include <cmath>
#include <limits>
#include <numeric>

namespace mx::test {

bool contains(unsigned set, Dtype dtype) {
  switch (dtype.val()) {
  case Dtype::Val::bool_:
    return set & kBool;
  case Dtype::Val::uint8:
  case Dtype::Val::uint16:
  case Dtype::Val::uint32:
  case Dtype::Val::uint64:
    return set & kUnsigned;
  case Dtype::Val::int8:
  case Dtype::Val::int16:
  case Dtype::Val::int32:
  case Dtype::Val::int64:
    return set & kSigned;
  case Dtype::Val::complex64:
    return set & kComplex;
  default:
    return set & kFloat;
  }
}

Values::Values(Dtype dtype, uint64_t seed) : dtype(dtype), state(seed * 0x9E3779B97F4A7C15ull + 1) {}

// splitmix64 (Steele et al., Fast Splittable Pseudorandom Number Generators, 2014).
uint64_t Values::next() {
  uint64_t z = state += 0x9E3779B97F4A7C15ull;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ z >> 27) * 0x94D049BB133111EBull;
  return z ^ z >> 31;
}

namespace {

size_t sizeOf(const Shape &shape) {
  return std::accumulate(shape.begin(), shape.end(), size_t(1), [](size_t a, int b) { return a * b; });
}

} // namespace

array Values::make(const std::vector<double> &values, const Shape &shape) const {
  if (dtype == complex64) {
    std::vector<complex64_t> pairs;
    for (double v : values)
      pairs.push_back(complex64_t(static_cast<float>(v), static_cast<float>(1 - v)));
    return array(pairs.begin(), shape, dtype);
  }
  return array(values.begin(), shape, dtype);
}

array Values::uniform(const Shape &shape, double low, double high) {
  if (dtype == bool_)
    return booleans(shape);
  const bool isInt = issubdtype(dtype, integer), isUnsigned = issubdtype(dtype, unsignedinteger);
  if (isInt)
    return integers(shape, isUnsigned ? std::max(0, static_cast<int>(4 * low)) : static_cast<int>(4 * low),
                    static_cast<int>(4 * high), dtype);
  std::vector<double> values(sizeOf(shape));
  for (double &v : values)
    v = low + (high - low) * static_cast<double>(next() >> 11) * 0x1p-53;
  return make(values, shape);
}

array Values::distinct(const Shape &shape) {
  if (!issubdtype(dtype, floating))
    return uniform(shape);
  std::vector<double> values(sizeOf(shape));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = -2 + 0.1 * static_cast<double>(i);
  for (size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[next() % i]);
  return make(values, shape);
}

array Values::special(const Shape &shape) {
  const size_t size = sizeOf(shape);
  auto pick = [&]<typename T>(const std::vector<T> &pool) {
    std::vector<T> values(size);
    for (T &v : values)
      v = pool[next() % pool.size()];
    return values;
  };
  if (issubdtype(dtype, inexact)) {
    const double inf = std::numeric_limits<double>::infinity();
    const finfo limits(dtype == complex64 ? float32 : dtype);
    const double subnormal = limits.eps * (dtype == float64 ? 0x1p-1022 : dtype == float16 ? 0x1p-14 : 0x1p-126);
    return make(pick(std::vector<double>{0, -0.0, 1, -1, 0.5, -2.5, 3, 1e4, -1e4, inf, -inf, std::nan(""), limits.max, limits.min,
                                         subnormal, -37 * subnormal}), shape);
  }
  std::vector<int64_t> pool{0, 1, 2, 3, 7, 100, 127, -1};
  if (issubdtype(dtype, signedinteger))
    pool.insert(pool.end(), {-2, -7, -100, iinfo(dtype).min, static_cast<int64_t>(iinfo(dtype).max)});
  return array(pick(pool).begin(), shape, dtype);
}

array Values::integers(const Shape &shape, int low, int high, Dtype as) {
  std::vector<int> values(sizeOf(shape));
  for (int &v : values)
    v = low + static_cast<int>(next() % (high - low + 1));
  return array(values.begin(), shape, as);
}

array Values::booleans(const Shape &shape) { return integers(shape, 0, 1, bool_); }

const std::vector<Sample> &samples() {
  static const auto *all = [] {
    auto *list = new std::vector<Sample>;
    addElementwiseSamples(*list);
    addViewSamples(*list);
    addReduceSamples(*list);
    addIndexingSamples(*list);
    addLinalgSamples(*list);
    addCreationSamples(*list);
    addCompositeSamples(*list);
    return list;
  }();
  return *all;
}

} // namespace mx::test
