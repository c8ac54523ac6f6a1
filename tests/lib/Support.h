// Values as double, and gradients against finite differences: what the tests of composites share.
#pragma once

#include "mx/mx.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace mx::test {

using Arrays = std::vector<array>;
using ArraysFunction = std::function<Arrays(const Arrays &)>;

/// The elements in row-major order as double; evaluates.
inline std::vector<double> values(const array &a) {
  array wide = contiguous(astype(a, float64));
  wide.eval();
  return std::vector<double>(wide.data<double>(), wide.data<double>() + wide.size());
}

/// Passes when every element is within `tolerance` times the larger of 1 and the wanted magnitude; infinities
/// and NaN must be met.
inline testing::AssertionResult near(const std::vector<double> &got, const std::vector<double> &want,
                                     double tolerance) {
  if (got.size() != want.size())
    return testing::AssertionFailure() << got.size() << " elements, want " << want.size();
  for (size_t i = 0; i < got.size(); ++i) {
    const bool same = got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i]));
    if (!same && !(std::abs(got[i] - want[i]) <= tolerance * std::max(1.0, std::abs(want[i]))))
      return testing::AssertionFailure() << "element " << i << " is " << got[i] << ", want " << want[i];
  }
  return testing::AssertionSuccess();
}
inline testing::AssertionResult near(const array &got, const std::vector<double> &want, double tolerance) {
  return near(values(got), want, tolerance);
}
inline testing::AssertionResult near(const array &got, const array &want, double tolerance) {
  if (got.shape() != want.shape())
    return testing::AssertionFailure() << "shapes differ in rank or size";
  return near(values(got), values(want), tolerance);
}

/// Deterministic normal values.
inline std::vector<double> noise(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> result(count);
  for (double &v : result)
    v = normal(random);
  return result;
}
inline array noise(const Shape &shape, Dtype dtype, unsigned seed) {
  size_t count = 1;
  for (int32_t d : shape)
    count *= d;
  const std::vector<double> v = noise(count, seed);
  return array(v.begin(), shape, dtype);
}

/// Sum of products over lists of arrays.
inline double dot(const Arrays &a, const Arrays &b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const std::vector<double> x = values(a[i]), y = values(b[i]);
    for (size_t k = 0; k < x.size(); ++k)
      sum += x[k] * y[k];
  }
  return sum;
}

/// Compares the vjp of `f` at float64 primals with central differences along one random direction per primal,
/// then the vjp of that vjp as well when `order` is 2.
inline void checkGradients(const ArraysFunction &f, const Arrays &primals, int order = 2, unsigned seed = 7) {
  Arrays cotangents;
  for (const array &out : f(primals))
    cotangents.push_back(noise(out.shape(), out.dtype(), seed++));
  const Arrays gradients = vjp(f, primals, cotangents).second;
  ASSERT_EQ(gradients.size(), primals.size());
  constexpr double h = 1e-4;
  for (size_t i = 0; i < primals.size(); ++i) {
    ASSERT_EQ(gradients[i].shape(), primals[i].shape());
    ASSERT_EQ(gradients[i].dtype(), primals[i].dtype());
    const array direction = noise(primals[i].shape(), float64, seed++);
    auto at = [&](double step) {
      Arrays moved = primals;
      moved[i] = add(primals[i], multiply(array(step, float64), direction));
      return dot(cotangents, f(moved));
    };
    // Two steps of Richardson's extrapolation: an error of order h^4.
    const double wide = (at(h) - at(-h)) / (2 * h), narrow = (at(h / 2) - at(-h / 2)) / h;
    const double want = (4 * narrow - wide) / 3, got = dot({gradients[i]}, {direction});
    EXPECT_NEAR(got, want, 1e-7 * std::max(1.0, std::abs(want)))
        << "primal " << i << ", order left " << order;
  }
  if (order > 1)
    checkGradients([&](const Arrays &x) { return vjp(f, x, cotangents).second; }, primals, order - 1,
                   seed + 100);
}
/// The same of a function of one array.
inline void checkGradient(const std::function<array(const array &)> &f, const array &x, int order = 2) {
  checkGradients([&](const Arrays &in) { return Arrays{f(in[0])}; }, {x}, order);
}

} // namespace mx::test
