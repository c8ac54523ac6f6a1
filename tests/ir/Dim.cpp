// Size expressions: equal sizes are equal numbers, text and the runtime's form mean the same as the expression.
#include "ir/shape/Dim.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <thread>

namespace mx::ir {
namespace {

const Dim a = Dim::symbol(0), b = Dim::symbol(1), c = Dim::symbol(2);

TEST(Dim, ConstantsFold) {
  EXPECT_EQ(Dim(3) + 4, Dim(7));
  EXPECT_EQ(Dim(3) - 4, Dim(-1));
  EXPECT_EQ(Dim(3) * 4, Dim(12));
  EXPECT_EQ(floorDiv(Dim(-7), 2), Dim(-4));
  EXPECT_EQ(ceilDiv(Dim(7), 2), Dim(4));
  EXPECT_EQ(max(Dim(3), 4), Dim(4));
  EXPECT_EQ(min(Dim(3), 4), Dim(3));
}

TEST(Dim, EqualExpressionsAreEqual) {
  EXPECT_EQ(a + b, b + a);
  EXPECT_EQ((a + b) + c, a + (c + b));
  EXPECT_EQ((a * b) * c, a * (c * b));
  EXPECT_EQ(a - a, Dim(0));
  EXPECT_EQ(Dim(2) * a, a + a);
  EXPECT_EQ((a + 1) * (b + 2), a * b + 2 * a + b + 2);
  EXPECT_EQ((a + b) * (a - b), a * a - b * b);
  EXPECT_EQ(max(a, b), max(b, a));
  EXPECT_EQ(max(max(a, b), a), max(a, b));
  EXPECT_EQ(min(a, min(b, c)), min(min(c, a), b));
  EXPECT_NE(a, b);
  EXPECT_NE(a * a, a + a);
}

TEST(Dim, QuotientsSimplify) {
  EXPECT_EQ(floorDiv(a, 1), a);
  EXPECT_EQ(floorDiv(4 * a, 4), a);
  EXPECT_EQ(ceilDiv(4 * a, 4), a);
  EXPECT_EQ(floorDiv(a, a), Dim(1));
  EXPECT_EQ(floorDiv(a * b, a), b);
  EXPECT_EQ(ceilDiv(a * b, a), b);
  EXPECT_EQ(floorDiv(4 * a * b, 2 * a), 2 * b);
  EXPECT_EQ(floorDiv((a + 1) * (b + 2), b + 2), a + 1);
  EXPECT_EQ(floorDiv(a + 4, 4), floorDiv(a, 4) + 1);
  EXPECT_EQ(floorDiv(6 * a, 4), floorDiv(3 * a, 2));
  EXPECT_EQ(floorDiv(floorDiv(a, 2), 3), floorDiv(a, 6));
  EXPECT_EQ(ceilDiv(ceilDiv(a, 2), 3), ceilDiv(a, 6));
  EXPECT_EQ(floorDiv(a * b + c, a), b + floorDiv(c, a));
  EXPECT_EQ(floorDiv(4 * a + 3, 4), a);
  EXPECT_NE(floorDiv(a, 2) * 2, a);
}

TEST(Dim, ExtremaDropWhatIsDominated) {
  EXPECT_EQ(max(a, a + 1), a + 1);
  EXPECT_EQ(min(a, a - 3), a - 3);
  EXPECT_EQ(max(max(a, 4), 7), max(a, 7));
  EXPECT_EQ(max(a, a), a);
}

// Only a difference that is a nonzero constant proves two sizes different.
TEST(Dim, ProvablyDifferent) {
  EXPECT_TRUE(provablyDifferent(3, 4));
  EXPECT_TRUE(provablyDifferent(a, a + 1));
  EXPECT_FALSE(provablyDifferent(a, a));
  EXPECT_FALSE(provablyDifferent(a, 4));
  EXPECT_FALSE(provablyDifferent(a, b));
  EXPECT_FALSE(provablyDifferent(a, 2 * a));
}

// Products past int64 stay very large: an overflow check after them cannot be fooled.
TEST(Dim, ConstantArithmeticSaturates) {
  EXPECT_EQ((Dim(INT64_MAX) * 4).value(), INT64_MAX);
  EXPECT_EQ((Dim(INT64_MAX) + 1).value(), INT64_MAX);
  EXPECT_TRUE((Dim(INT64_MAX) * -4).isConstant());
  EXPECT_LT((Dim(INT64_MAX) * -4).value(), INT64_MIN / 4);
  EXPECT_EQ(product({1 << 30, 1 << 30, 1 << 30}).value(), INT64_MAX);
  EXPECT_EQ(product({1 << 30, 1 << 30, 1 << 30, 0}), Dim(0));
}

TEST(Dim, PrintsAndParses) {
  struct { Dim dim; const char *text; } cases[] = {
      {12, "12"}, {-3, "-3"}, {a, "s0"}, {a * b, "(s0 * s1)"}, {2 * a, "(2 * s0)"}, {a + 4, "(s0 + 4)"},
      {b - a - 4, "((-1 * s0) + s1 - 4)"}, {a - b, "(s0 - s1)"}, {a * b + a + 1, "((s0 * s1) + s0 + 1)"},
      {floorDiv(a, 2), "(s0 floordiv 2)"}, {ceilDiv(a, 2), "((s0 + 1) floordiv 2)"}, {max(a, 4), "max(4, s0)"},
      {min(a, b), "min(s0, s1)"}, {floorDiv(a * a, b) * 3, "(3 * ((s0 * s0) floordiv s1))"},
  };
  for (auto &[dim, text] : cases) {
    EXPECT_EQ(dim.str(), text);
    std::string_view rest = text;
    auto parsed = Dim::parse(rest);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, dim) << text;
    EXPECT_EQ(rest, "") << text;
  }
  std::string_view tail = "s0, 4";
  EXPECT_EQ(Dim::parse(tail), a);
  EXPECT_EQ(tail, ", 4");
  std::string_view ceil = "(s0 ceildiv 2)";
  EXPECT_EQ(Dim::parse(ceil), ceilDiv(a, 2));
}

TEST(Dim, ParseRefusesWhatIsNoSize) {
  std::string deep(100000, '(');
  for (std::string_view text : {"", "x", "s", "s-1", "s99999999999", "(s0", "(s0 +", "(s0 + 1 * s1)", "(s0 floordiv 2 floordiv 2)",
                                "()", "max(s0", "max()", "99999999999999999999", "-9223372036854775808", deep.c_str()}) {
    std::string_view rest = text;
    EXPECT_FALSE(Dim::parse(rest)) << text;
    EXPECT_EQ(rest, text);
  }
}

// Text and the runtime's postfix form of random expressions give the value of plain arithmetic.
TEST(Dim, RandomExpressionsKeepTheirValue) {
  std::mt19937 random(7);
  auto below = [&](int n) { return static_cast<int>(random() % n); };
  auto floorOf = [](int64_t x, int64_t y) { return x / y - (x % y < 0); };
  for (int round = 0; round < 2000; ++round) {
    std::array<int64_t, 3> symbols{1 + below(40), 1 + below(40), 1 + below(40)};
    std::vector<std::pair<Dim, int64_t>> pool{{a, symbols[0]}, {b, symbols[1]}, {c, symbols[2]}, {2, 2}, {5, 5}, {1, 1}};
    for (int step = 0; step < 6; ++step) {
      auto [x, vx] = pool[below(pool.size())];
      auto [y, vy] = pool[below(pool.size())];
      switch (below(7)) {
      case 0: pool.emplace_back(x + y, vx + vy); break;
      case 1: pool.emplace_back(x - y, vx - vy); break;
      case 2: pool.emplace_back(x * y, vx * vy); break;
      case 3: if (vy > 0) pool.emplace_back(floorDiv(x, y), floorOf(vx, vy)); break;
      case 4: if (vy > 0) pool.emplace_back(ceilDiv(x, y), -floorOf(-vx, vy)); break;
      case 5: pool.emplace_back(max(x, y), std::max(vx, vy)); break;
      case 6: pool.emplace_back(min(x, y), std::min(vx, vy)); break;
      }
      auto [dim, value] = pool.back();
      ASSERT_EQ(dim.evaluate(symbols.data()), value) << dim.str();
      ASSERT_EQ(dim.toSizeExpr().evaluate(symbols), value) << dim.str();
      std::string text = dim.str();
      std::string_view rest = text;
      ASSERT_EQ(Dim::parse(rest), dim) << text;
    }
  }
}

// Threads that intern the same expressions agree on them.
TEST(Dim, InterningIsThreadSafe) {
  constexpr int kThreads = 4, kCount = 2000;
  std::array<std::vector<Dim>, kThreads> made;
  std::vector<std::thread> threads;
  for (auto &list : made)
    threads.emplace_back([&list] {
      for (int i = 0; i < kCount; ++i)
        list.push_back(Dim::symbol(1000 + i) * Dim::symbol(1000 + i / 2) + i);
    });
  for (auto &t : threads)
    t.join();
  for (auto &list : made)
    EXPECT_EQ(list, made[0]);
}

} // namespace
} // namespace mx::ir
