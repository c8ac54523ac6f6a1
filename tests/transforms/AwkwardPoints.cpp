// Derivatives where a formula taken literally goes wrong: ties, zeros, infinities, branches not taken.
#include "tests/transforms/Check.h"

#include <cmath>
#include <limits>

namespace mx::test {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

array vec(std::initializer_list<double> values) {
  return array(values.begin(), {static_cast<int>(values.size())}, float64);
}

/// Gradient of the sum of `f`.
array gradient(const std::function<array(const array &)> &f, const array &x) {
  return grad([&](const array &a) { return sum(f(a)); })(x);
}
/// Gradients of the sum of `f` with respect to both arguments.
Arrays gradients(const std::function<array(const array &, const array &)> &f, const array &a, const array &b) {
  return grad([&](const Arrays &in) { return sum(f(in[0], in[1])); }, {0, 1})({a, b});
}

// At equal operands the whole cotangent goes to the second one, none is lost and none counted twice.
TEST(AwkwardPoints, MaximumAndMinimumAtTies) {
  array a = vec({1, 2, 3}), b = vec({1, 3, 2});
  Arrays g = gradients([](const array &x, const array &y) { return maximum(x, y); }, a, b);
  EXPECT_TRUE(close(g[0], {0, 0, 1}));
  EXPECT_TRUE(close(g[1], {1, 1, 0}));
  g = gradients([](const array &x, const array &y) { return minimum(x, y); }, a, b);
  EXPECT_TRUE(close(g[0], {0, 1, 0}));
  EXPECT_TRUE(close(g[1], {1, 0, 1}));
}

// Equal extrema of a reduction share the cotangent.
TEST(AwkwardPoints, ExtremaShareTheCotangent) {
  array x = vec({3, 1, 3, 2, 3, 0});
  EXPECT_TRUE(close(gradient([](const array &a) { return max(a); }, x), {1. / 3, 0, 1. / 3, 0, 1. / 3, 0}));
  EXPECT_TRUE(close(gradient([](const array &a) { return min(a); }, x), {0, 0, 0, 0, 0, 1}));
}

// A running extremum belongs to the first element that attains it.
TEST(AwkwardPoints, RunningExtremaBelongToTheFirst) {
  array x = vec({2, 1, 2, 3, 3, 0});
  EXPECT_TRUE(close(gradient([](const array &a) { return cummax(a, 0); }, x), {3, 0, 0, 3, 0, 0}));
  EXPECT_TRUE(close(gradient([](const array &a) { return cummax(a, 0, true); }, x), {0, 0, 0, 0, 5, 1}));
  EXPECT_TRUE(close(gradient([](const array &a) { return cummin(a, 0); }, x), {1, 4, 0, 0, 0, 1}));
}

TEST(AwkwardPoints, AbsoluteValueAtZero) {
  EXPECT_TRUE(close(gradient([](const array &a) { return abs(a); }, vec({-2, 0, 3})), {-1, 0, 1}));
}

TEST(AwkwardPoints, SquareRootAtZeroIsInfinite) {
  EXPECT_TRUE(close(gradient([](const array &a) { return sqrt(a); }, vec({0, 4})), {kInf, 0.25}));
}

// x^0, 0^y and powers of negative numbers with constant exponents.
TEST(AwkwardPoints, Powers) {
  auto exponent = [](double y) { return [y](const array &a) { return power(a, array(y, float64)); }; };
  EXPECT_TRUE(close(gradient(exponent(0), vec({0, 2, -1})), {0, 0, 0}));
  EXPECT_TRUE(close(gradient(exponent(1), vec({0, 2, -1})), {1, 1, 1}));
  EXPECT_TRUE(close(gradient(exponent(2), vec({0, 2, -1})), {0, 4, -2}));
  EXPECT_TRUE(close(gradient(exponent(3), vec({0, -2})), {0, 12}));
  EXPECT_TRUE(close(gradient(exponent(-1), vec({-2, 4})), {-0.25, -0.0625}));
  Arrays g = gradients([](const array &x, const array &y) { return power(x, y); }, vec({0, 0, 2}), vec({2, 1, 3}));
  EXPECT_TRUE(close(g[0], {0, 1, 12}));
  EXPECT_TRUE(close(g[1], {0, 0, 8 * std::log(2.)}));
  // An integer exponent has no gradient and does not disturb that of the base.
  array cubed = gradient([](const array &a) { return power(a, array(3)); }, vec({0, -2}));
  EXPECT_TRUE(close(cubed, {0, 12}));
}

// The branch that was not taken may be NaN or infinite.
TEST(AwkwardPoints, WhereKeepsTheOtherBranchOut) {
  auto safe = [](const array &a) {
    array positive = a > array(0.0, float64);
    return where(positive, sqrt(where(positive, a, array(1.0, float64))), array(0.0, float64));
  };
  EXPECT_TRUE(close(gradient(safe, vec({-1, 0, 4})), {0, 0, 0.25}));
  // The infinite cotangent of the first branch stays out of the second one.
  array condition = array({true, false}, bool_);
  array weight = vec({kInf, 1});
  Arrays g = gradients([&](const array &x, const array &y) { return where(condition, x, y) * weight; }, vec({1, 2}),
                       vec({3, 4}));
  EXPECT_TRUE(close(g[0], {kInf, 0}));
  EXPECT_TRUE(close(g[1], {0, 1}));
}

TEST(AwkwardPoints, ClipPassesTheGradientInside) {
  auto clipped = [](const array &a) { return clip(a, array(-1.0, float64), array(1.0, float64)); };
  EXPECT_TRUE(close(gradient(clipped, vec({-2, -0.5, 0.5, 3})), {0, 1, 1, 0}));
}

// Products with none, one and two zeros.
TEST(AwkwardPoints, ProductsWithZeros) {
  auto product = [](const array &a) { return prod(a); };
  EXPECT_TRUE(close(gradient(product, vec({2, 3, 4})), {12, 8, 6}));
  EXPECT_TRUE(close(gradient(product, vec({2, 0, 4})), {0, 8, 0}));
  EXPECT_TRUE(close(gradient(product, vec({0, 3, 0})), {0, 0, 0}));
  auto running = [](const array &a) { return cumprod(a, 0); };
  EXPECT_TRUE(close(gradient(running, vec({2, 0, 3, 5})), {1, 2 + 6 + 30, 0, 0}));
  EXPECT_TRUE(close(gradient(running, vec({2, 0, 3, 0})), {1, 2 + 6, 0, 0}));
  // The second derivative of abc by a and b is c, also at 0.
  array x = vec({0, 0, 5});
  array row = grad([&](const array &a) { return take(grad(product)(a), 0, 0); })(x);
  EXPECT_TRUE(close(row, {0, 5, 0}));
}

// Of updates to one place the last stays, and only it has a gradient; the value that was there has none.
TEST(AwkwardPoints, OverwrittenUpdates) {
  array index({1, 0, 1}, int32);
  auto write = [&](const array &x, const array &u) { return scatter(x, index, reshape(u, {3, 1}), 0); };
  array weight = vec({10, 20, 30, 40});
  Arrays g = gradients([&](const array &x, const array &u) { return write(x, u) * weight; }, vec({1, 2, 3, 4}),
                       vec({5, 6, 7}));
  EXPECT_TRUE(close(g[0], {0, 0, 30, 40}));
  EXPECT_TRUE(close(g[1], {0, 10, 20}));
}

// Products by scatter with a zero among the factors.
TEST(AwkwardPoints, ScatteredProductsWithZeros) {
  array index({0, 0, 1}, int32);
  auto write = [&](const array &x, const array &u) { return scatter_prod(x, index, reshape(u, {3, 1}), 0); };
  Arrays g = gradients(write, vec({2, 0}), vec({0, 3, 5}));
  EXPECT_TRUE(close(g[0], {0, 5}));
  EXPECT_TRUE(close(g[1], {6, 0, 0}));
}

TEST(AwkwardPoints, Arctan2OnTheAxes) {
  Arrays g = gradients([](const array &a, const array &b) { return arctan2(a, b); }, vec({0, 1}), vec({2, 0}));
  EXPECT_TRUE(close(g[0], {0.5, 0}));
  EXPECT_TRUE(close(g[1], {0, -1}));
}

// Values far out, where exp overflows.
TEST(AwkwardPoints, LogarithmOfSumsFarOut) {
  EXPECT_TRUE(close(gradient([](const array &a) { return logsumexp(a); }, vec({1000, 1000, -1000})), {0.5, 0.5, 0}));
  Arrays g = gradients([](const array &a, const array &b) { return logaddexp(a, b); }, vec({1000, -1000}),
                       vec({-1000, -1000}));
  EXPECT_TRUE(close(g[0], {1, 0.5}));
  EXPECT_TRUE(close(g[1], {0, 0.5}));
  EXPECT_TRUE(close(gradient([](const array &a) { return sigmoid(a); }, vec({-1000, 0, 1000})), {0, 0.25, 0}));
  EXPECT_TRUE(close(gradient([](const array &a) { return tanh(a); }, vec({-1000, 0, 1000})), {0, 1, 0}));
}

// Steps have no gradient, and neither has what passes through an integer.
TEST(AwkwardPoints, StepsHaveNone) {
  for (auto step : {floor, ceil, trunc, sign}) {
    EXPECT_TRUE(close(gradient([step](const array &a) { return step(a, {}) * a; }, vec({2.5})),
                      elements(step(vec({2.5}), {}))));
  }
  EXPECT_TRUE(close(gradient([](const array &a) { return astype(astype(a, int32), float64); }, vec({2.5})), {0}));
  EXPECT_TRUE(close(gradient([](const array &a) { return stop_gradient(a) * a; }, vec({2.5})), {2.5}));
}

} // namespace
} // namespace mx::test
