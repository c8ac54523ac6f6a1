// Activations and cross-entropy against their definitions in double.
#include "tests/lib/Support.h"

#include <numbers>

namespace mx::test {
namespace {

double gelu(double x) { return x * (1 + std::erf(x / std::numbers::sqrt2)) / 2; }
double geluApprox(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}
double silu(double x) { return x / (1 + std::exp(-x)); }
double relu(double x) { return std::max(x, 0.0); }

struct Activation {
  array (*function)(const array &, StreamOrDevice);
  double (*definition)(double);
};
const Activation kActivations[] = {
    {nn::gelu, gelu}, {nn::gelu_approx, geluApprox}, {nn::silu, silu}, {nn::relu, relu}};

// Every dtype: float16 and bfloat16 are within one rounding.
TEST(Activations, Definitions) {
  for (const Activation &a : kActivations)
    for (auto [dtype, tolerance] :
         {std::pair{float64, 1e-14}, {float32, 5e-7}, {float16, 6e-4}, {bfloat16, 5e-3}}) {
      const array x = multiply(noise({101}, dtype, 3), array(3.0, dtype));
      std::vector<double> want = values(x);
      for (double &v : want)
        v = a.definition(v);
      const array y = a.function(x, {});
      EXPECT_EQ(y.dtype(), dtype);
      EXPECT_TRUE(near(y, want, tolerance));
    }
}

// Integers become float32, but for relu, which keeps the dtype.
TEST(Activations, Integers) {
  EXPECT_TRUE(near(nn::gelu(array({-1, 2})), std::vector<double>{gelu(-1), gelu(2)}, 1e-6));
  EXPECT_EQ(nn::silu(array({1})).dtype(), float32);
  EXPECT_EQ(nn::relu(array({-1, 2}, int8)).dtype(), int8);
  EXPECT_TRUE(near(nn::relu(array({-1, 2}, int8)), std::vector<double>{0, 2}, 0));
  EXPECT_TRUE(near(nn::relu(array({std::nan("")}, float32)), std::vector<double>{std::nan("")}, 0));
}

// Gradients of first and second order.
TEST(Activations, Gradients) {
  const array x = multiply(noise({17}, float64, 4), array(2.0, float64));
  for (const Activation &a : kActivations)
    checkGradient([&](const array &v) { return a.function(v, {}); }, x);
}

// Cross-entropy is -log of the target's softmax share, along any axis.
TEST(CrossEntropy, Definition) {
  for (auto [dtype, tolerance] :
       {std::pair{float64, 1e-13}, {float32, 1e-6}, {float16, 2e-3}, {bfloat16, 2e-2}}) {
    const array x = noise({4, 7}, dtype, 5), targets = array({0, 6, 3, -1});
    const std::vector<double> v = values(x);
    std::vector<double> want;
    for (int row = 0; row < 4; ++row) {
      double sum = 0;
      for (int k = 0; k < 7; ++k)
        sum += std::exp(v[row * 7 + k]);
      const int target[] = {0, 6, 3, 6};
      want.push_back(std::log(sum) - v[row * 7 + target[row]]);
    }
    const array loss = nn::cross_entropy(x, targets);
    EXPECT_EQ(loss.dtype(), dtype);
    EXPECT_TRUE(near(loss, want, tolerance));
    EXPECT_TRUE(near(nn::cross_entropy(transpose(x), targets, 0), want, tolerance));
  }
  EXPECT_EQ(nn::cross_entropy(noise({2, 3, 4}, float32, 1), zeros({2, 4}, int32), 1).shape(), (Shape{2, 4}));
}

// Every integer dtype of targets; out of range reads clamped, and the gradient is that of the class that was
// read.
TEST(CrossEntropy, Targets) {
  const array x = noise({3, 5}, float64, 6);
  const array want = nn::cross_entropy(x, array({1, 4, 0}));
  for (Dtype dtype : {uint8, uint16, uint32, uint64, int8, int16, int32, int64})
    EXPECT_TRUE(near(nn::cross_entropy(x, array({1, 4, 0}, dtype)), want, 0));
  const array wild = array({1, 99, -99});
  EXPECT_TRUE(near(nn::cross_entropy(x, wild), want, 0));
  auto gradient = [&](const array &targets) {
    return vjp([&](const array &a) { return nn::cross_entropy(a, targets); }, x, ones({3}, float64)).second;
  };
  const array slope = gradient(array({1, 4, 0}));
  EXPECT_TRUE(near(gradient(wild), slope, 0));
  EXPECT_TRUE(near(gradient(array({-4, -1, -5}, int8)), slope, 0));
  EXPECT_TRUE(near(gradient(array({1u, 200u, 0u}, uint8)), slope, 0));
  EXPECT_TRUE(near(sum(slope, 1), std::vector<double>{0, 0, 0}, 1e-14));
}

// Gradients of first and second order along any axis.
TEST(CrossEntropy, Gradients) {
  const array targets = array({2, 0, 1, 3});
  checkGradient([&](const array &x) { return nn::cross_entropy(x, targets); }, noise({4, 5}, float64, 7));
  checkGradient([&](const array &x) { return nn::cross_entropy(x, targets, 0); }, noise({5, 4}, float64, 8));
}

// Wrong targets are refused by name.
TEST(CrossEntropy, Errors) {
  const array x = zeros({2, 3});
  EXPECT_THROW(nn::cross_entropy(x, zeros({2})), InvalidArgument);
  EXPECT_THROW(nn::cross_entropy(x, zeros({3}, int32)), InvalidArgument);
  EXPECT_THROW(nn::cross_entropy(x, zeros({2, 3}, int32)), InvalidArgument);
  EXPECT_THROW(nn::cross_entropy(x, zeros({2}, int32), 2), InvalidArgument);
}

} // namespace
} // namespace mx::test
