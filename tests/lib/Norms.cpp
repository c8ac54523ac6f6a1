// rms_norm and layer_norm against sums in double.
#include "tests/Advice.h"
#include "tests/lib/Support.h"

namespace mx::test {
namespace {

constexpr float kEps = 1e-5f;

/// Rows normalised by their mean square, less their mean when `centred`.
std::vector<double> normalised(const std::vector<double> &x, size_t width, bool centred,
                               std::vector<double> w, std::vector<double> b) {
  std::vector<double> y(x.size());
  for (size_t i = 0; i < x.size(); i += width) {
    double mean = 0, square = 0;
    for (size_t k = 0; k < width && centred; ++k)
      mean += x[i + k] / width;
    for (size_t k = 0; k < width; ++k)
      square += (x[i + k] - mean) * (x[i + k] - mean) / width;
    for (size_t k = 0; k < width; ++k)
      y[i + k] =
          (x[i + k] - mean) / std::sqrt(square + kEps) * (w.empty() ? 1 : w[k]) + (b.empty() ? 0 : b[k]);
  }
  return y;
}

// Rows of odd lengths in every dtype, with and without weight and bias.
TEST(Norms, ClosedForm) {
  for (auto [dtype, tolerance] :
       {std::pair{float64, 1e-13}, {float32, 2e-6}, {float16, 2e-3}, {bfloat16, 2e-2}})
    for (int width : {1, 7, 64, 129}) {
      const array x = noise({2, 3, width}, dtype, width), w = noise({width}, dtype, 5),
                  b = noise({width}, dtype, 6);
      EXPECT_TRUE(
          near(fast::rms_norm(x, w, kEps), normalised(values(x), width, false, values(w), {}), tolerance));
      EXPECT_TRUE(near(fast::rms_norm(x, std::nullopt, kEps), normalised(values(x), width, false, {}, {}),
                       tolerance));
      EXPECT_TRUE(near(fast::layer_norm(x, w, b, kEps),
                       normalised(values(x), width, true, values(w), values(b)), tolerance));
      EXPECT_TRUE(near(fast::layer_norm(x, w, std::nullopt, kEps),
                       normalised(values(x), width, true, values(w), {}), tolerance));
      EXPECT_TRUE(near(fast::layer_norm(x, std::nullopt, b, kEps),
                       normalised(values(x), width, true, {}, values(b)), tolerance));
      EXPECT_EQ(fast::layer_norm(x, std::nullopt, std::nullopt, kEps).dtype(), dtype);
    }
}

// Statistics of float16 rows are taken in float32: their squares alone would overflow.
TEST(Norms, HalfRowsDoNotOverflow) {
  const array x = array({300.0f, -300.0f, 300.0f, -300.0f}, float16);
  EXPECT_TRUE(near(fast::rms_norm(x, std::nullopt, kEps), std::vector<double>{1, -1, 1, -1}, 1e-3));
  EXPECT_TRUE(
      near(fast::layer_norm(x, std::nullopt, std::nullopt, kEps), std::vector<double>{1, -1, 1, -1}, 1e-3));
}

// The result has the dtype that x and the parameters promote to.
TEST(Norms, Promotion) {
  const array x = zeros({2, 4}, float16);
  EXPECT_EQ(fast::rms_norm(x, ones({4}, float32), kEps).dtype(), float32);
  EXPECT_EQ(fast::layer_norm(x, std::nullopt, ones({4}, bfloat16), kEps).dtype(), float32);
}

// Gradients of first and second order for x, weight and bias.
TEST(Norms, Gradients) {
  const array x = noise({2, 3, 5}, float64, 2), w = noise({5}, float64, 3), b = noise({5}, float64, 4);
  checkGradients([](const Arrays &in) { return Arrays{fast::rms_norm(in[0], in[1], kEps)}; }, {x, w});
  checkGradients([](const Arrays &in) { return Arrays{fast::rms_norm(in[0], std::nullopt, kEps)}; }, {x});
  checkGradients([](const Arrays &in) { return Arrays{fast::layer_norm(in[0], in[1], in[2], kEps)}; },
                 {x, w, b});
  checkGradients([](const Arrays &in) { return Arrays{fast::layer_norm(in[0], std::nullopt, in[1], kEps)}; },
                 {x, b});
  checkGradients([](const Arrays &in) { return Arrays{fast::layer_norm(in[0], in[1], std::nullopt, kEps)}; },
                 {x, w});
}

// Wrong shapes and dtypes are refused by name.
TEST(Norms, Errors) {
  const array x = zeros({2, 4});
  EXPECT_THROW(fast::rms_norm(array(1.0f), std::nullopt, kEps), InvalidArgument);
  EXPECT_THROW(fast::rms_norm(x, ones({5}), kEps), InvalidArgument);
  EXPECT_THROW(fast::rms_norm(x, ones({1, 4}), kEps), InvalidArgument);
  EXPECT_THROW(fast::rms_norm(array({1, 2}), std::nullopt, kEps), InvalidArgument);
  EXPECT_THROW(fast::layer_norm(x, std::nullopt, ones({2}), kEps), InvalidArgument);
  try {
    fast::layer_norm(x, ones({5}), std::nullopt, kEps);
    FAIL();
  } catch (const InvalidArgument &e) {
    EXPECT_TRUE(says(e.what(), "[layer_norm] weight of shape (5); x of shape (2, 4) wants (4)"));
  }
}

} // namespace
} // namespace mx::test
