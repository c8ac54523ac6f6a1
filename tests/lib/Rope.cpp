// Rotary positions against the rotation of each pair in double.
#include "tests/lib/Support.h"

namespace mx::test {
namespace {

struct Options {
  int dims;
  bool traditional;
  double base, scale;
  std::vector<int> offsets; ///< one, or one per batch entry
};

/// x of shape (B, H, T, D).
std::vector<double> rotated(std::vector<double> x, const Shape &shape, const Options &o) {
  const int half = o.dims / 2;
  for (int b = 0; b < shape[0]; ++b)
    for (int h = 0; h < shape[1]; ++h)
      for (int t = 0; t < shape[2]; ++t)
        for (int i = 0; i < half; ++i) {
          double *row = &x[((b * shape[1] + h) * shape[2] + t) * shape[3]];
          const int offset = o.offsets[o.offsets.size() == 1 ? 0 : b];
          const double angle = (t + offset) * o.scale * std::pow(o.base, -2.0 * i / o.dims);
          double &first = row[o.traditional ? 2 * i : i], &second = row[o.traditional ? 2 * i + 1 : i + half];
          const double u = first, v = second;
          first = u * std::cos(angle) - v * std::sin(angle);
          second = u * std::sin(angle) + v * std::cos(angle);
        }
  return x;
}

// Both layouts, part of the axis, scales and offsets.
TEST(Rope, Definition) {
  const Shape shape{2, 3, 5, 8};
  const array x = noise(shape, float32, 1);
  for (const Options &o : {Options{8, false, 10000, 1, {0}},
                           {8, true, 10000, 1, {0}},
                           {4, false, 100, 0.5, {3}},
                           {6, true, 100, 2, {7}}}) {
    const array y = fast::rope(x, o.dims, o.traditional, o.base, o.scale, o.offsets[0]);
    EXPECT_TRUE(near(y, rotated(values(x), shape, o), 1e-5));
    EXPECT_TRUE(near(fast::rope(x, o.dims, o.traditional, o.base, o.scale, array({o.offsets[0]})), y, 0));
  }
}

// One offset per batch entry; frequencies instead of a base; three and five axes.
TEST(Rope, OffsetsFrequenciesAndRanks) {
  const Shape shape{2, 3, 5, 8};
  const array x = noise(shape, float32, 1);
  EXPECT_TRUE(near(fast::rope(x, 8, false, 10000, 1, array({3, 11})),
                   rotated(values(x), shape, {8, false, 10000, 1, {3, 11}}), 1e-5));
  const array freqs = array({1.0f, 10.0f, 100.0f, 1000.0f});
  const array y = fast::rope(x, 8, false, 10000, 1, 2);
  EXPECT_TRUE(near(fast::rope(x, 8, false, std::nullopt, 1, 2, freqs), y, 1e-5));
  EXPECT_TRUE(near(fast::rope(reshape(x, {6, 5, 8}), 8, false, 10000, 1, 2), reshape(y, {6, 5, 8}), 0));
  EXPECT_TRUE(
      near(fast::rope(reshape(x, {2, 3, 1, 5, 8}), 8, false, 10000, 1, 2), reshape(y, {2, 3, 1, 5, 8}), 0));
  EXPECT_EQ(fast::rope(astype(x, bfloat16), 8, true, 10000, 1, 0).dtype(), bfloat16);
}

// Gradients of first and second order, and that of the frequencies.
TEST(Rope, Gradients) {
  const array x = noise({2, 1, 3, 6}, float64, 2);
  for (bool traditional : {false, true})
    checkGradient([&](const array &a) { return fast::rope(a, 4, traditional, 100, 1, 2); }, x);
  // Angles are float32 inside, so the frequencies' gradient is checked against one step of that precision.
  const array freqs = array({1.0f, 7.0f});
  auto f = [&](const array &w) {
    return sum(square(subtract(fast::rope(x, 4, false, std::nullopt, 1, 2, w), array(0.5, float64))));
  };
  const array slope = vjp(f, freqs, array(1.0, float64)).second;
  EXPECT_EQ(slope.dtype(), float32);
  for (int i : {0, 1}) {
    std::vector<double> up{1, 7}, down{1, 7};
    up[i] += 0x1p-8;
    down[i] -= 0x1p-8;
    const double difference =
        values(f(array(up.begin(), {2}, float32)))[0] - values(f(array(down.begin(), {2}, float32)))[0];
    EXPECT_NEAR(values(slope)[i], difference / 0x1p-7, 2e-3);
  }
}

// Wrong ranks, dtypes, sizes and combinations are refused by name.
TEST(Rope, Errors) {
  const array x = zeros({2, 3, 4, 8});
  EXPECT_THROW(fast::rope(zeros({4, 8}), 8, false, 10000, 1, 0), InvalidArgument);
  EXPECT_THROW(fast::rope(astype(x, int32), 8, false, 10000, 1, 0), InvalidArgument);
  EXPECT_THROW(fast::rope(x, 7, false, 10000, 1, 0), InvalidArgument);
  EXPECT_THROW(fast::rope(x, 10, false, 10000, 1, 0), InvalidArgument);
  EXPECT_THROW(fast::rope(x, 0, false, 10000, 1, 0), InvalidArgument);
  EXPECT_THROW(fast::rope(x, 8, false, std::nullopt, 1, 0), InvalidArgument);
  EXPECT_THROW(fast::rope(x, 8, false, 10000, 1, 0, ones({4})), InvalidArgument);
  EXPECT_THROW(fast::rope(x, 8, false, std::nullopt, 1, 0, ones({8})), InvalidArgument);
  EXPECT_THROW(fast::rope(x, 8, false, 10000, 1, array({1.5f})), InvalidArgument);
  EXPECT_THROW(fast::rope(x, 8, false, 10000, 1, array({1, 2, 3})), InvalidArgument);
}

} // namespace
} // namespace mx::test
