// Candidates are tried as numbers, the likeliest first: what a reduction counts, a slice cuts off, a reshape merges.
#include "frontend/compile/SizeFit.h"

#include "frontend/trace/HostConvert.h"
#include "ir/shape/DimTable.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace mx::graph {
namespace {

using ir::Dim;
using ir::Dims;

/// The strides that a size is divided by.
constexpr int64_t kMaxStride = 16;

/// Products of sizes that stand side by side, of each shape.
std::vector<Dim> runsOf(std::span<const Dims> shapes) {
  std::vector<Dim> runs;
  for (const Dims &shape : shapes)
    for (size_t first = 0; first < shape.size(); ++first) {
      Dim product = 1;
      for (size_t i = first; i < shape.size(); ++i)
        runs.push_back(product = product * shape[i]);
    }
  return runs;
}

} // namespace

TraceContent::Scalar scalarOf(rt::DType dtype, int64_t size, bool inverted) {
  TraceContent::Scalar scalar{dtype, {}};
  if (!inverted) {
    convertElements(&size, rt::DType::int64, scalar.value.data(), dtype, 1);
    return scalar;
  }
  // What the division gives in that dtype: half types divide in float.
  if (dtype == rt::DType::float64) {
    const double quotient = 1.0 / double(size);
    convertElements(&quotient, rt::DType::float64, scalar.value.data(), dtype, 1);
    return scalar;
  }
  float divisor = 0;
  convertElements(&size, rt::DType::int64, scalar.value.data(), dtype, 1);
  convertElements(scalar.value.data(), dtype, &divisor, rt::DType::float32, 1);
  const float quotient = 1.0f / divisor;
  scalar.value = {};
  convertElements(&quotient, rt::DType::float32, scalar.value.data(), dtype, 1);
  return scalar;
}

SizeFit::SizeFit(std::vector<std::vector<int64_t>> samples) : samples(std::move(samples)) {
  Dims symbols;
  for (size_t n = 0; n < this->samples.front().size(); ++n)
    symbols.push_back(Dim::symbol(uint32_t(n)));
  learn(symbols);
}

std::vector<int64_t> SizeFit::valuesOf(Dim d) const {
  std::vector<int64_t> values;
  for (const std::vector<int64_t> &symbols : samples)
    values.push_back(d.evaluate(symbols.data()));
  return values;
}

void SizeFit::learn(const Dims &shape) {
  for (Dim d : shape) {
    if (d.isConstant())
      continue;
    std::vector<int64_t> values = valuesOf(d);
    if (byValues.try_emplace(values, d).second)
      known.push_back({d, std::move(values)});
  }
}

std::optional<Dim> SizeFit::number(std::span<const int64_t> values, std::span<const Dims> operands) const {
  if (std::all_of(values.begin(), values.end(), [&](int64_t v) { return v == values[0]; }))
    return values[0];
  if (auto it = byValues.find({values.begin(), values.end()}); it != byValues.end())
    return it->second;
  // Expressions are interned for good, so candidates are tried as numbers first.
  auto all = [&](auto candidate) {
    for (size_t i = 0; i < values.size(); ++i)
      if (candidate(i) != values[i])
        return false;
    return true;
  };
  std::vector<Known> bases;
  std::set<std::vector<int64_t>> seen;
  auto addBase = [&](Dim d, std::vector<int64_t> v) {
    if (!d.isConstant() && v[0] > 0 && seen.insert(v).second)
      bases.push_back({d, std::move(v)});
  };
  for (Dim d : runsOf(operands))
    addBase(d, valuesOf(d));
  for (const Known &k : known)
    addBase(k.dim, k.values);
  const int64_t first = values[0];
  for (const auto &[d, v] : bases) {
    if (const int64_t c = first - v[0]; all([&](size_t i) { return ir::addSaturating(v[i], c); }))
      return d + c;
    if (const int64_t c = ir::addSaturating(first, v[0]); all([&](size_t i) { return c - v[i]; }))
      return c - d;
    if (const int64_t common = std::gcd(first, v[0]), p = first / common, q = v[0] / common;
        all([&](size_t i) { const int64_t scaled = ir::mulSaturating(v[i], p); return scaled % q ? values[i] - 1 : scaled / q; }))
      return floorDiv(d * p, q);
  }
  for (const auto &[a, v] : bases)
    for (const auto &[b, w] : bases) {
      if (all([&](size_t i) { return ir::mulSaturating(v[i], w[i]); }))
        return a * b;
      if (const int64_t c = first - v[0] - w[0]; all([&](size_t i) { return ir::addSaturating(v[i], w[i] + c); }))
        return a + b + c;
      if (const int64_t c = first - v[0] + w[0]; all([&](size_t i) { return ir::addSaturating(v[i], c - w[i]); }))
        return a - b + c;
    }
  for (const auto &[d, v] : bases)
    for (int64_t stride = 2; stride <= kMaxStride; ++stride) {
      if (const int64_t c = first - v[0] / stride * stride; all([&](size_t i) { return ir::addSaturating(v[i] / stride * stride, c); }))
        return floorDiv(d, stride) * stride + c;
      const int64_t lowest = ir::mulSaturating(first, stride) - v[0];
      for (int64_t c = lowest; c < lowest + stride; ++c)
        if (all([&](size_t i) { return ir::floorDivide(ir::addSaturating(v[i], c), stride); }))
          return floorDiv(d + c, stride);
    }
  return std::nullopt;
}

std::optional<SizeFit::Scalar> SizeFit::scalar(std::span<const TraceContent::Scalar> values, std::span<const Dims> shapes) const {
  const rt::DType dtype = values[0].dtype;
  if (rt::isBool(dtype) || rt::isComplex(dtype))
    return std::nullopt;
  auto fits = [&](Dim d, const std::vector<int64_t> &sizes, int64_t shift, bool inverted) -> std::optional<Scalar> {
    for (size_t i = 0; i < values.size(); ++i)
      if (scalarOf(dtype, sizes[i] + shift, inverted) != values[i])
        return std::nullopt;
    return Scalar{d + shift, inverted};
  };
  double first = 0;
  convertElements(values[0].value.data(), dtype, &first, rt::DType::float64, 1);
  std::set<std::vector<int64_t>> seen;
  auto tryProduct = [&](Dim d) -> std::optional<Scalar> {
    std::vector<int64_t> sizes = valuesOf(d);
    if (d.isConstant() || !seen.insert(sizes).second)
      return std::nullopt;
    for (bool inverted : {false, true})
      if (auto found = inverted && !rt::isFloat(dtype) ? std::nullopt : fits(d, sizes, 0, inverted))
        return found;
    // A count less its degrees of freedom, a last index.
    if (const double shift = first - double(sizes[0]); std::abs(shift) < 64 && shift == std::floor(shift))
      return fits(d, sizes, int64_t(shift), false);
    return std::nullopt;
  };
  for (const Known &k : known)
    if (auto found = tryProduct(k.dim))
      return found;
  // Sums, differences and multiples, and one divided by these.
  for (bool inverted : {false, true}) {
    std::vector<int64_t> numbers;
    for (const TraceContent::Scalar &value : values) {
      double v = 0;
      convertElements(value.value.data(), dtype, &v, rt::DType::float64, 1);
      v = inverted ? 1 / v : v;
      if (!(std::abs(v) < 1 << 24))
        break;
      numbers.push_back(std::llround(v));
    }
    if (numbers.size() == values.size())
      if (auto d = number(numbers, {}); d && !d->isConstant())
        if (auto found = fits(*d, numbers, 0, inverted))
          return found;
  }
  // What a reduction over any of the axes divides by.
  constexpr size_t kMaxRank = 6;
  std::set<std::vector<int64_t>> shapesSeen;
  for (const Dims &shape : shapes) {
    std::vector<int64_t> identity;
    for (Dim d : shape)
      identity.push_back(d.key());
    if (shape.size() > kMaxRank || !shapesSeen.insert(identity).second)
      continue;
    for (uint32_t axes = 1; axes < 1u << shape.size(); ++axes) {
      Dim product = 1;
      for (size_t i = 0; i < shape.size(); ++i)
        if (axes >> i & 1)
          product = product * shape[i];
      if (auto found = tryProduct(product))
        return found;
    }
  }
  return std::nullopt;
}

} // namespace mx::graph
