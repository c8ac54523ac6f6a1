// softmax and logsumexp against sums in double.
#include "tests/lib/Support.h"

namespace mx::test {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// Softmax over rows of `width`, and each row's logsumexp.
std::pair<std::vector<double>, std::vector<double>> rows(const std::vector<double> &x, size_t width) {
  std::vector<double> p(x.size()), total;
  for (size_t i = 0; i < x.size(); i += width) {
    double sum = 0;
    for (size_t k = 0; k < width; ++k)
      sum += std::exp(x[i + k]);
    for (size_t k = 0; k < width; ++k)
      p[i + k] = std::exp(x[i + k]) / sum;
    total.push_back(std::log(sum));
  }
  return {p, total};
}

// Rows of odd lengths in every dtype, within a few rounding errors of the dtype.
TEST(Softmax, ClosedForm) {
  for (auto [dtype, tolerance] :
       {std::pair{float64, 1e-14}, {float32, 1e-6}, {float16, 1e-3}, {bfloat16, 1e-2}})
    for (int width : {1, 7, 64, 129}) {
      const array x = noise({3, width}, dtype, width);
      const auto [p, total] = rows(values(x), width);
      const array y = softmax(x, -1);
      EXPECT_EQ(y.dtype(), dtype);
      EXPECT_TRUE(near(y, p, tolerance));
      EXPECT_EQ(logsumexp(x, -1).shape(), Shape{3});
      EXPECT_TRUE(near(logsumexp(x, -1), total, tolerance));
      EXPECT_EQ(logsumexp(x, -1, true).shape(), (Shape{3, 1}));
    }
}

// Any axes, all axes, none; integers become float32.
TEST(Softmax, AxesAndDtypes) {
  const array x = noise({2, 3, 4}, float64, 1);
  EXPECT_TRUE(
      near(softmax(x, std::vector<int>{0, -1}),
           transpose(reshape(softmax(reshape(transpose(x, {1, 0, 2}), {3, 8}), -1), {3, 2, 4}), {1, 0, 2}),
           1e-14));
  EXPECT_TRUE(near(softmax(x), reshape(softmax(reshape(x, {24}), 0), {2, 3, 4}), 1e-14));
  EXPECT_TRUE(near(logsumexp(x), reshape(logsumexp(reshape(x, {24}), 0), {}), 1e-14));
  EXPECT_EQ(logsumexp(x, true).shape(), (Shape{1, 1, 1}));
  EXPECT_TRUE(near(softmax(array(3.0f)), std::vector<double>{1}, 0));
  EXPECT_EQ(softmax(array({1, 2})).dtype(), float32);
  EXPECT_TRUE(near(softmax(array({0, 0})), std::vector<double>{0.5, 0.5}, 0));
  EXPECT_EQ(softmax(zeros({0, 3}), -1).shape(), (Shape{0, 3}));
}

// Large values do not overflow; infinities and NaN follow the definition.
TEST(Softmax, Extremes) {
  EXPECT_TRUE(near(softmax(array({1e4f, 1e4f, -1e4f})), std::vector<double>{0.5, 0.5, 0}, 0));
  EXPECT_TRUE(near(softmax(array({0.0, -kInf}, float32)), std::vector<double>{1, 0}, 0));
  EXPECT_TRUE(near(logsumexp(array({1e4f, 1e4f})), std::vector<double>{1e4 + std::log(2)}, 1e-6));
  EXPECT_TRUE(near(logsumexp(array({-kInf, -kInf}, float32)), std::vector<double>{-kInf}, 0));
  EXPECT_TRUE(near(logsumexp(array({kInf, 1.0}, float32)), std::vector<double>{kInf}, 0));
  EXPECT_TRUE(near(logsumexp(array({std::nan(""), 1.0}, float32)), std::vector<double>{std::nan("")}, 0));
}

// Gradients of first and second order, for one axis and for two.
TEST(Softmax, Gradients) {
  const array x = noise({3, 5}, float64, 2), z = noise({2, 3, 2}, float64, 3);
  checkGradient([](const array &a) { return softmax(a, -1); }, x);
  checkGradient([](const array &a) { return softmax(a, std::vector<int>{0, 2}); }, z);
  checkGradient([](const array &a) { return logsumexp(a, 1); }, x);
  checkGradient([](const array &a) { return logsumexp(a, std::vector<int>{0, 2}, true); }, z);
  // A row of minus infinity has no gradient, rather than NaN.
  const array dead = array({-kInf, -kInf}, float64);
  EXPECT_TRUE(near(vjp([](const array &a) { return logsumexp(a, 0); }, dead, array(1.0, float64)).second,
                   std::vector<double>{0, 0}, 0));
}

// Wrong axes and dtypes are refused by name.
TEST(Softmax, Errors) {
  const array x = zeros({2, 3});
  EXPECT_THROW(softmax(x, 2), InvalidArgument);
  EXPECT_THROW(softmax(x, std::vector<int>{0, -2}), InvalidArgument);
  EXPECT_THROW(logsumexp(x, -3), InvalidArgument);
  EXPECT_THROW(softmax(array({complex64_t{1, 2}})), InvalidArgument);
}

} // namespace
} // namespace mx::test
