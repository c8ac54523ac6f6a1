// Attention against loops in double.
#include "tests/Advice.h"
#include "tests/lib/Support.h"

namespace mx::test {
namespace {

constexpr const char *kMaskMode = "array";

/// Sizes: batch, heads of queries and of keys, lengths of queries and keys, widths of keys and values.
struct Sizes {
  int b, h, g, l, m, d, e;
};

/// Attention over flattened operands; `bias(b, h, i, j)` is added to a logit, minus infinity hides it.
template <typename Bias>
std::vector<double> attended(const Sizes &z, const std::vector<double> &q, const std::vector<double> &k,
                             const std::vector<double> &v, double scale, Bias bias,
                             const std::vector<double> &sinks = {}) {
  std::vector<double> out;
  for (int b = 0; b < z.b; ++b)
    for (int h = 0; h < z.h; ++h)
      for (int i = 0; i < z.l; ++i) {
        const int head = b * z.g + h / (z.h / z.g);
        std::vector<double> weight(z.m);
        double total = sinks.empty() ? 0 : std::exp(sinks[h]);
        for (int j = 0; j < z.m; ++j) {
          double logit = 0;
          for (int c = 0; c < z.d; ++c)
            logit += q[((b * z.h + h) * z.l + i) * z.d + c] * k[(head * z.m + j) * z.d + c];
          total += weight[j] = std::exp(scale * logit + bias(b, h, i, j));
        }
        for (int c = 0; c < z.e; ++c) {
          double sum = 0;
          for (int j = 0; j < z.m; ++j)
            sum += weight[j] / total * v[(head * z.m + j) * z.e + c];
          out.push_back(sum);
        }
      }
  return out;
}
double unmasked(int, int, int, int) { return 0; }

struct Operands {
  array q, k, v;
};
Operands operands(const Sizes &z, Dtype dtype) {
  return {noise({z.b, z.h, z.l, z.d}, dtype, 1), noise({z.b, z.g, z.m, z.d}, dtype, 2),
          noise({z.b, z.g, z.m, z.e}, dtype, 3)};
}

const Sizes kSizes[] = {{2, 2, 2, 5, 5, 4, 4}, {1, 4, 2, 3, 7, 4, 6}, {2, 6, 1, 1, 9, 8, 3}};

// Single, grouped and shared heads, unequal lengths and widths, in every dtype.
TEST(Attention, Definition) {
  for (const Sizes &z : kSizes)
    for (auto [dtype, tolerance] :
         {std::pair{float64, 1e-13}, {float32, 3e-6}, {float16, 5e-3}, {bfloat16, 4e-2}}) {
      const auto [q, k, v] = operands(z, dtype);
      const array y = fast::scaled_dot_product_attention(q, k, v, 0.5f);
      EXPECT_EQ(y.dtype(), dtype);
      EXPECT_EQ(y.shape(), (Shape{z.b, z.h, z.l, z.e}));
      EXPECT_TRUE(near(y, attended(z, values(q), values(k), values(v), 0.5, unmasked), tolerance));
    }
}

// A causal query sees the keys up to its own place, counted from the end.
TEST(Attention, Causal) {
  for (const Sizes &z : kSizes) {
    const auto [q, k, v] = operands(z, float64);
    auto bias = [&](int, int, int i, int j) {
      return j <= i + z.m - z.l ? 0 : -std::numeric_limits<double>::infinity();
    };
    EXPECT_TRUE(near(fast::scaled_dot_product_attention(q, k, v, 0.5f, "causal"),
                     attended(z, values(q), values(k), values(v), 0.5, bias), 1e-13));
  }
}

// Boolean and additive masks of every rank that broadcasts, with grouped heads too.
TEST(Attention, Masks) {
  for (const Sizes &z : kSizes)
    for (const Shape &shape : {Shape{z.m}, Shape{z.l, z.m}, Shape{z.l, 1}, Shape{z.h, 1, z.m},
                               Shape{1, z.l, z.m}, Shape{z.b, 1, z.l, z.m}, Shape{z.b, z.h, z.l, z.m}}) {
      const auto [q, k, v] = operands(z, float64);
      const array full = noise(shape, float64, 4);
      const std::vector<double> added = values(broadcast_to(full, {z.b, z.h, z.l, z.m}));
      auto at = [&](int b, int h, int i, int j) { return added[((b * z.h + h) * z.l + i) * z.m + j]; };
      EXPECT_TRUE(near(fast::scaled_dot_product_attention(q, k, v, 0.5f, kMaskMode, full),
                       attended(z, values(q), values(k), values(v), 0.5, at), 1e-13));
      // Visible where above -1.5, which leaves every row something to see.
      auto hide = [&](int b, int h, int i, int j) {
        return at(b, h, i, j) > -1.5 ? 0 : -std::numeric_limits<double>::infinity();
      };
      EXPECT_TRUE(near(fast::scaled_dot_product_attention(q, k, v, 0.5f, "", greater(full, array(-1.5))),
                       attended(z, values(q), values(k), values(v), 0.5, hide), 1e-13));
    }
}

// A query that sees nothing gets the mean of the values, not NaN, and gives no gradient to queries.
TEST(Attention, BlindQueries) {
  const Sizes z{1, 1, 1, 2, 4, 3, 3};
  const auto [q, k, v] = operands(z, float64);
  const array mask = array({false, false, false, false, true, true, true, true}, Shape{2, 4});
  const array y = fast::scaled_dot_product_attention(q, k, v, 1.0f, kMaskMode, mask);
  EXPECT_TRUE(near(reshape(slice(y, {0, 0, 0, 0}, {1, 1, 1, 3}), {3}), reshape(mean(v, 2), {3}), 1e-14));
  const array slope =
      vjp([&](const array &a) { return fast::scaled_dot_product_attention(a, k, v, 1.0f, kMaskMode, mask); },
          q, ones(y.shape(), float64))
          .second;
  EXPECT_TRUE(near(reshape(slice(slope, {0, 0, 0, 0}, {1, 1, 1, 3}), {3}), std::vector<double>{0, 0, 0}, 0));
}

// Sinks take their share of the softmax and add no value.
TEST(Attention, Sinks) {
  for (const Sizes &z : kSizes) {
    const auto [q, k, v] = operands(z, float64);
    const array sinks = noise({z.h}, float64, 5);
    EXPECT_TRUE(near(fast::scaled_dot_product_attention(q, k, v, 0.5f, "", {}, sinks),
                     attended(z, values(q), values(k), values(v), 0.5, unmasked, values(sinks)), 1e-13));
  }
}

// Gradients for all operands, single and shared heads; of second order for the grouped ones.
TEST(Attention, Gradients) {
  for (const Sizes &z : kSizes) {
    const auto [q, k, v] = operands(z, float64);
    checkGradients(
        [](const Arrays &in) {
          return Arrays{fast::scaled_dot_product_attention(in[0], in[1], in[2], 0.5f)};
        },
        {q, k, v}, z.g == 2 && z.h == 4 ? 2 : 1);
  }
}

// Gradients under a causal mask, and those of an additive mask and of sinks.
TEST(Attention, MaskedGradients) {
  const Sizes &z = kSizes[1];
  const auto [q, k, v] = operands(z, float64);
  checkGradients(
      [](const Arrays &in) {
        return Arrays{fast::scaled_dot_product_attention(in[0], in[1], in[2], 0.5f, "causal")};
      },
      {q, k, v}, 1);
  checkGradients(
      [](const Arrays &in) {
        return Arrays{fast::scaled_dot_product_attention(in[0], in[1], in[2], 0.5f, kMaskMode, in[3], in[4])};
      },
      {q, k, v, noise({z.h, 1, z.m}, float64, 6), noise({z.h}, float64, 7)}, 1);
}

/// The message of a wrong call, without `[scaled_dot_product_attention] `.
template <typename F> std::string refusal(F f) {
  try {
    f();
  } catch (const InvalidArgument &e) {
    EXPECT_EQ(e.op(), "scaled_dot_product_attention");
    return std::string(e.what()).substr(e.op().size() + 3);
  }
  return "nothing thrown";
}

// Wrong shapes, dtypes and modes are refused by name.
TEST(Attention, Errors) {
  auto call = [](Shape q, Shape k, Shape v, std::string mode = "", std::optional<array> mask = {},
                 std::optional<array> sinks = {}) {
    return refusal(
        [&] { fast::scaled_dot_product_attention(zeros(q), zeros(k), zeros(v), 1.0f, mode, mask, sinks); });
  };
  const Shape s{2, 4, 3, 5};
  EXPECT_TRUE(says(call({4, 3, 5}, s, s),
            "operands must have 4 axes: queries (4, 3, 5), keys (2, 4, 3, 5), values (2, 4, 3, 5)"));
  EXPECT_TRUE(says(call(s, {1, 4, 3, 5}, s),
            "batch sizes differ: queries (2, 4, 3, 5), keys (1, 4, 3, 5), values (2, 4, 3, 5)"));
  EXPECT_TRUE(says(call(s, {2, 4, 3, 6}, s), "queries and keys differ in the last axis: queries (2, 4, 3, 5), keys "
                                      "(2, 4, 3, 6), values (2, 4, 3, 5)"));
  EXPECT_TRUE(says(call(s, s, {2, 4, 2, 5}), "keys and values differ in heads or length: queries (2, 4, 3, 5), keys "
                                      "(2, 4, 3, 5), values (2, 4, 2, 5)"));
  EXPECT_TRUE(says(call(s, {2, 3, 3, 5}, {2, 3, 3, 5}), "heads of queries are no multiple of heads of keys: queries "
                                                 "(2, 4, 3, 5), keys (2, 3, 3, 5), values (2, 3, 3, 5)"));
  EXPECT_TRUE(says(call(s, s, s, "bogus"), "mask_mode 'bogus' is none of '', 'causal', 'array'"));
  EXPECT_TRUE(says(call(s, s, s, "causal", zeros({3, 3})), "mask_mode 'causal' takes no mask array"));
  EXPECT_TRUE(says(call(s, s, s, "array"), "mask_mode 'array' wants a mask array"));
  EXPECT_TRUE(says(call(s, s, s, "", zeros({4, 3})), "mask of shape (4, 3) does not broadcast to (2, 4, 3, 3)"));
  EXPECT_TRUE(says(call(s, s, s, "", zeros({3, 3}, float64)), "mask of dtype float64 does not promote to float32"));
  EXPECT_TRUE(says(call(s, s, s, "", {}, zeros({3})), "sinks of shape (3) does not broadcast to (4)"));
  const array i = zeros(s, int32);
  EXPECT_TRUE(says(refusal([&] { fast::scaled_dot_product_attention(i, i, i, 1.0f); }),
            "wants a real floating-point dtype, got int32; convert with astype"));
}

} // namespace
} // namespace mx::test
