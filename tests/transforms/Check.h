// Comparison of arrays, finite differences, and samples of the op table as parameters of tests.
#pragma once

#include "mx/mx.h"
#include "tests/ops/Samples.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace mx::test {

using Arrays = std::vector<array>;
using ArraysFunction = std::function<Arrays(const Arrays &)>;

/// The elements in row-major order, as double; evaluates.
std::vector<double> elements(const array &a);
/// Passes when shape and dtype agree and elements differ by at most `tolerance` times the largest magnitude (at least
/// 1); NaN equals NaN.
testing::AssertionResult close(const array &got, const array &want, double tolerance);
/// The same for one expected list of elements, in float64.
testing::AssertionResult close(const array &got, const std::vector<double> &want, double tolerance = 1e-12);

/// Sum of the products of two lists of arrays.
double dot(const Arrays &a, const Arrays &b);
/// Positions of the floating-point arrays.
std::vector<int> floats(const Arrays &arrays);
/// `function` of only its floating-point arguments, the others fixed.
ArraysFunction restricted(ArraysFunction function, Arrays arguments);
/// Derivative of `function` along `tangents`, by central differences with one step of extrapolation.
Arrays finiteDifference(const ArraysFunction &function, const Arrays &primals, const Arrays &tangents);
/// Arrays like the given ones with other, deterministic values in [-1, 1].
Arrays randomLike(const Arrays &arrays, uint64_t seed);

/// A test for one sample, and what it is called.
struct Case {
  const Sample *sample;
};
void PrintTo(const Case &c, std::ostream *os);
std::string caseName(const testing::TestParamInfo<Case> &info);

} // namespace mx::test
