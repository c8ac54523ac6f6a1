// Distributions: known values of JAX 0.10, moments, bounds and wrong calls.
#include "tests/lib/Support.h"

namespace mx::test {
namespace {

const array &key() {
  static const array k = random::key(7);
  return k;
}

struct Moments {
  double mean, variance, low, high;
};
Moments moments(const array &a) {
  const std::vector<double> v = values(a);
  Moments m{0, 0, v[0], v[0]};
  for (double x : v) {
    m.mean += x / v.size();
    m.low = std::min(m.low, x);
    m.high = std::max(m.high, x);
  }
  for (double x : v)
    m.variance += (x - m.mean) * (x - m.mean) / v.size();
  return m;
}

constexpr int kDraws = 20000;

// uniform and normal are JAX's numbers within the stated distance.
TEST(RandomValues, KnownValues) {
  EXPECT_TRUE(near(random::uniform({6}, key()),
                   {0.06438553333282471, 0.20069241523742676, 0.44371962547302246, 0.38227593898773193,
                    0.675417423248291, 0.32659459114074707},
                   1.2e-7));
  EXPECT_TRUE(near(random::normal({6}, key()),
                   {-1.5189658403396606, -0.8391503691673279, -0.1415451169013977, -0.2995087206363678,
                    0.4549224078655243, -0.44933611154556274},
                   1e-5));
}

// uniform has the moments of [0, 1) and never reaches 1, in every floating-point dtype.
TEST(RandomValues, Uniform) {
  for (Dtype dtype : {float16, bfloat16, float32, float64}) {
    const array u = random::uniform({kDraws}, dtype, key());
    EXPECT_EQ(u.dtype(), dtype);
    const Moments m = moments(u);
    EXPECT_NEAR(m.mean, 0.5, 0.01);
    EXPECT_NEAR(m.variance, 1.0 / 12, 0.003);
    EXPECT_GE(m.low, 0);
    EXPECT_LT(m.high, 1);
  }
}

// Bounds broadcast to the shape, and templates take numbers.
TEST(RandomValues, UniformBounds) {
  const array u = random::uniform(array({0.0f, 10.0f}, Shape{2, 1}), array({1.0f, 20.0f}, Shape{2, 1}),
                                  {2, 1000}, float32, key());
  const std::vector<double> v = values(u);
  EXPECT_LT(*std::max_element(v.begin(), v.begin() + 1000), 1);
  EXPECT_GE(*std::min_element(v.begin() + 1000, v.end()), 10);
  EXPECT_LT(*std::max_element(v.begin() + 1000, v.end()), 20);
  const Moments m = moments(random::uniform(-1, 3.0, {kDraws}, float32, key()));
  EXPECT_NEAR(m.mean, 1, 0.05);
  EXPECT_GE(m.low, -1);
  EXPECT_LT(m.high, 3);
}

// normal has the mean and deviation asked for, and only finite values.
TEST(RandomValues, Normal) {
  for (Dtype dtype : {float16, bfloat16, float32, float64}) {
    const Moments m = moments(random::normal({kDraws}, dtype, 2, 3, key()));
    EXPECT_NEAR(m.mean, 2, 0.1);
    EXPECT_NEAR(m.variance, 9, 0.4);
    EXPECT_TRUE(std::isfinite(m.low) && std::isfinite(m.high));
  }
  EXPECT_TRUE(near(random::normal({6}, 2.0f, 3.0f, key()),
                   add(multiply(random::normal({6}, key()), array(3.0f)), array(2.0f)), 1e-6));
}

// randint stays in [low, high), meets every value, and is exact where float32 is not.
TEST(RandomValues, Randint) {
  for (Dtype dtype : {int8, uint8, int16, uint16, int32, uint32, int64, uint64}) {
    const array r = random::randint(3, 8, {kDraws}, dtype, key());
    EXPECT_EQ(r.dtype(), dtype);
    const Moments m = moments(r);
    EXPECT_EQ(m.low, 3);
    EXPECT_EQ(m.high, 7);
    EXPECT_NEAR(m.mean, 5, 0.05);
  }
  const Moments wide =
      moments(random::randint(int64_t{1} << 40, (int64_t{1} << 40) + 3, {1000}, int64, key()));
  EXPECT_EQ(wide.low, 0x1p40);
  EXPECT_EQ(wide.high, 0x1p40 + 2);
  const Moments all = moments(random::randint(INT64_MIN, INT64_MAX, {kDraws}, int64, key()));
  EXPECT_LT(all.low, -0x1.8p62);
  EXPECT_GT(all.high, 0x1.8p62);
  EXPECT_TRUE(near(random::randint(5, 5, {3}, int32, key()), std::vector<double>{5, 5, 5}, 0));
}

// bernoulli: always at p = 1, never at p = 0, in proportion between; p broadcasts.
TEST(RandomValues, Bernoulli) {
  EXPECT_EQ(random::bernoulli(0.3, {kDraws}, key()).dtype(), bool_);
  EXPECT_NEAR(moments(random::bernoulli(0.3, {kDraws}, key())).mean, 0.3, 0.02);
  EXPECT_EQ(moments(random::bernoulli(1.0f, {kDraws}, key())).low, 1);
  EXPECT_EQ(moments(random::bernoulli(0.0f, {kDraws}, key())).high, 0);
  EXPECT_EQ(random::bernoulli(array({0.5f, 0.5f, 0.5f}), key()).shape(), Shape{3});
  EXPECT_EQ(random::bernoulli(std::optional<array>(key())).shape(), Shape{});
}

// truncated_normal stays within its bounds.
TEST(RandomValues, TruncatedNormal) {
  const Moments m = moments(random::truncated_normal(array(-1.0f), array(2.0f), {kDraws}, float32, key()));
  EXPECT_GE(m.low, -1);
  EXPECT_LE(m.high, 2);
  EXPECT_NEAR(m.mean, 0.2296, 0.02); // (phi(-1) - phi(2)) / (Phi(2) - Phi(-1))
  EXPECT_EQ(
      random::truncated_normal(array({-1.0f, 0.0f}, Shape{2, 1}), array({1.0f, 2.0f, 3.0f}), float32, key())
          .shape(),
      (Shape{2, 3}));
}

// gumbel and laplace have their mean and variance.
TEST(RandomValues, GumbelAndLaplace) {
  const Moments g = moments(random::gumbel({kDraws}, float32, key()));
  EXPECT_NEAR(g.mean, 0.5772, 0.03);
  EXPECT_NEAR(g.variance, 1.6449, 0.1);
  const Moments l = moments(random::laplace({kDraws}, 1.0f, 2.0f, key()));
  EXPECT_NEAR(l.mean, 1, 0.1);
  EXPECT_NEAR(l.variance, 8, 0.6);
}

// categorical draws classes by their softmax weights, along any axis, with several samples and broadcast
// rows.
TEST(RandomValues, Categorical) {
  const array logits = log(array({0.1f, 0.6f, 0.3f}));
  const array drawn = random::categorical(logits, -1, kDraws, key());
  EXPECT_EQ(drawn.dtype(), uint32);
  EXPECT_EQ(drawn.shape(), Shape{kDraws});
  std::vector<double> share(3);
  for (double c : values(drawn))
    share.at(static_cast<size_t>(c)) += 1.0 / kDraws;
  EXPECT_TRUE(near(share, {0.1, 0.6, 0.3}, 0.02));

  const array table = zeros({4, 5, 6});
  EXPECT_EQ(random::categorical(table, -1, key()).shape(), (Shape{4, 5}));
  EXPECT_EQ(random::categorical(table, 1, key()).shape(), (Shape{4, 6}));
  EXPECT_EQ(random::categorical(table, 0, 7, key()).shape(), (Shape{5, 6, 7}));
  EXPECT_EQ(random::categorical(table, 2, Shape{3, 4, 5}, key()).shape(), (Shape{3, 4, 5}));
  // A class that is certain is always drawn.
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(moments(random::categorical(array({-inf, 0.0f, -inf}), 0, 100, key())).low, 1);
}

// A compiled function draws, call by call, what the same code draws eagerly, and leaves the sequence where
// that does.
TEST(RandomValues, CompiledDrawsAreEager) {
  auto draw = [](const Arrays &in) {
    const array noisy = add(in[0], random::normal({4}));
    return Arrays{where(random::bernoulli(0.5, {4}), noisy, in[0]), random::uniform({3}, float64),
                  random::bits({2}, key())};
  };
  const std::function<Arrays(const Arrays &)> compiled = compile(draw);
  auto run = [](const std::function<Arrays(const Arrays &)> &f) {
    random::seed(11);
    std::vector<std::vector<double>> all;
    for (int i = 0; i < 3; ++i)
      for (const array &a : f({array({1.0f, 2.0f, 3.0f, 4.0f})}))
        all.push_back(values(a));
    all.push_back(values(random::bits({2})));
    return all;
  };
  EXPECT_EQ(run(compiled), run(draw));
}

// Wrong dtypes, shapes and axes are refused by name.
TEST(RandomValues, Errors) {
  EXPECT_THROW(random::uniform({2}, int32, key()), InvalidArgument);
  EXPECT_THROW(random::uniform(zeros({3}), ones({3}), {2}, float32, key()), InvalidArgument);
  EXPECT_THROW(random::normal({2}, int32, key()), InvalidArgument);
  EXPECT_THROW(random::randint(0, 2, {2}, float32, key()), InvalidArgument);
  EXPECT_THROW(random::bernoulli(array(1), {2}, key()), InvalidArgument);
  EXPECT_THROW(random::bernoulli(zeros({3}), {2}, key()), InvalidArgument);
  EXPECT_THROW(random::categorical(zeros({3}), 1, key()), InvalidArgument);
  EXPECT_THROW(random::categorical(zeros({3, 4}), 1, Shape{2}, key()), InvalidArgument);
  EXPECT_THROW(random::categorical(zeros({3, 4}), 1, -1, key()), InvalidArgument);
}

} // namespace
} // namespace mx::test
