// Tests of runtime/base: size expressions, checked sizes, hashes, bounded maps, environment, log.
#include "runtime/base/CheckedSize.h"
#include "runtime/base/Env.h"
#include "runtime/base/Hash.h"
#include "runtime/base/Log.h"
#include "runtime/base/RecentMap.h"
#include "runtime/base/SizeExpr.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <set>
#include <vector>

namespace mx::rt {
namespace {

using Op = SizeExpr::Op;

int64_t applied(Op op, int64_t a, int64_t b) {
  // One side symbolic, so that the code is evaluated and not folded.
  int64_t symbols[] = {a};
  return SizeExpr::binary(op, SizeExpr::symbol(0), b).evaluate(symbols);
}

TEST(SizeExpr, OperatorsRoundAsTheirNamesSay) {
  struct Row {
    Op op;
    int64_t a, b, expected;
  };
  for (Row r : {Row{Op::Add, 7, 3, 10}, {Op::Sub, 3, 7, -4}, {Op::Mul, -7, 3, -21}, {Op::FloorDiv, 7, 2, 3},
                {Op::FloorDiv, -7, 2, -4}, {Op::CeilDiv, 7, 2, 4}, {Op::CeilDiv, -7, 2, -3}, {Op::CeilDiv, 8, 2, 4},
                {Op::Mod, 7, 3, 1}, {Op::Mod, -7, 3, 2}, {Op::Max, 7, 3, 7}, {Op::Min, 7, 3, 3},
                {Op::FloorDiv, 7, 0, 0}, {Op::CeilDiv, 7, 0, 0}, {Op::Mod, 7, 0, 0}, {Op::Mod, INT64_MIN, -1, 0}}) {
    EXPECT_EQ(applied(r.op, r.a, r.b), r.expected) << int(r.op) << " of " << r.a << ", " << r.b;
    EXPECT_EQ(SizeExpr::binary(r.op, r.a, r.b), SizeExpr(r.expected)) << "folded";
  }
}

TEST(SizeExpr, AnyOverflowSticks) {
  EXPECT_EQ(applied(Op::Mul, int64_t(1) << 40, int64_t(1) << 40), SizeExpr::kOverflow);
  EXPECT_EQ(applied(Op::FloorDiv, INT64_MIN, -1), SizeExpr::kOverflow);
  SizeExpr n = SizeExpr::symbol(0);
  SizeExpr squareMinusSquare = SizeExpr::binary(Op::Sub, SizeExpr::binary(Op::Mul, n, n), SizeExpr::binary(Op::Mul, n, n));
  int64_t small[] = {1000}, large[] = {int64_t(1) << 33};
  EXPECT_EQ(squareMinusSquare.evaluate(small), 0);
  EXPECT_EQ(squareMinusSquare.evaluate(large), SizeExpr::kOverflow) << "a later operator must not hide it";
}

TEST(SizeExpr, NeutralElementsLeaveNoCode) {
  SizeExpr n = SizeExpr::symbol(3);
  EXPECT_EQ(SizeExpr::binary(Op::Mul, n, 1), n);
  EXPECT_EQ(SizeExpr::binary(Op::Add, 0, n), n);
  EXPECT_EQ(SizeExpr::binary(Op::FloorDiv, n, 1), n);
  EXPECT_EQ(SizeExpr::binary(Op::Max, n, n), n);
  EXPECT_NE(SizeExpr::binary(Op::Sub, 0, n), n) << "subtraction has a neutral element on the right only";
  EXPECT_TRUE(SizeExpr::binary(Op::Mul, 6, 7).isConstant());
}

TEST(SizeExpr, DeepExpressionsOutgrowTheInlineStack) {
  // A right-leaning sum keeps all its terms on the stack.
  SizeExpr sum = SizeExpr::symbol(0);
  for (int i = 0; i < 200; ++i)
    sum = SizeExpr::binary(Op::Add, SizeExpr::symbol(0), sum);
  int64_t symbols[] = {5};
  EXPECT_EQ(sum.evaluate(symbols), 201 * 5);
}

TEST(CheckedSize, OverflowSticksThroughLaterSteps) {
  EXPECT_EQ((CheckedSize(3) * CheckedSize(4) + CheckedSize(5)).get(), 17);
  CheckedSize bad = CheckedSize(INT64_MAX) + CheckedSize(1);
  EXPECT_FALSE(bad.valid());
  EXPECT_FALSE((bad * CheckedSize(0)).valid());
  EXPECT_FALSE(CheckedSize(-1).valid());
  EXPECT_EQ(CheckedSize(65).alignedTo(64).get(), 128);
  EXPECT_FALSE(CheckedSize(INT64_MAX - 3).alignedTo(64).valid());
}

TEST(CheckedSize, ShapeWithAZeroMustStillFit) {
  EXPECT_EQ(numElements(std::vector<int64_t>{4, 0, 5}).get(), 0);
  EXPECT_EQ(numElements(std::vector<int64_t>{}).get(), 1);
  int64_t big = int64_t(1) << 40;
  EXPECT_FALSE(numElements(std::vector<int64_t>{0, big, big}).valid());
  EXPECT_FALSE(numElements(std::vector<int64_t>{big, big, 0}).valid());
}

TEST(Hash, ResultDoesNotDependOnHowBytesAreSplit) {
  std::mt19937 random(1);
  for (size_t size : {0, 1, 16, 17, 240, 241, 1023, 1024, 1025, 5000, 100000}) {
    std::vector<uint8_t> bytes(size);
    for (uint8_t &b : bytes)
      b = static_cast<uint8_t>(random());
    Hash128 expected = hashBytes(bytes.data(), size);
    for (int trial = 0; trial < 20; ++trial) {
      Hasher h;
      for (size_t at = 0; at < size;) {
        size_t part = std::min<size_t>(size - at, random() % (trial % 2 ? 3000 : 20) + 1);
        h.addBytes(bytes.data() + at, part);
        at += part;
      }
      EXPECT_EQ(h.finish(), expected) << size << " bytes";
    }
  }
}

TEST(Hash, FinishLeavesTheHasherUsable) {
  Hasher a, b;
  std::string text(3000, 'x');
  a.addBytes(text.data(), text.size());
  (void)a.finish();
  a.add(7);
  b.addBytes(text.data(), text.size());
  b.add(7);
  EXPECT_EQ(a.finish(), b.finish());
  a.reset();
  EXPECT_EQ(a.finish(), Hasher().finish());
}

TEST(Hash, StringsCarryTheirLength) {
  Hasher a, b;
  a.add(std::string_view("ab"));
  a.add(std::string_view("c"));
  b.add(std::string_view("a"));
  b.add(std::string_view("bc"));
  EXPECT_NE(a.finish(), b.finish());
}

TEST(Hash, PrintsHighHalfFirst) {
  EXPECT_EQ((Hash128{0x0123456789abcdef, 0xfedcba9876543210}).str(), "fedcba98765432100123456789abcdef");
}

TEST(RecentMap, DropsWhatWasNotAskedForTheLongest) {
  auto value = [](int n) { return std::make_shared<const int>(n); };
  RecentMap<std::shared_ptr<const int>> map(2);
  const Hash128 a{1, 0}, b{2, 0}, c{3, 0};
  map.insert(a, value(1));
  map.insert(b, value(2));
  EXPECT_EQ(*map.find(a), 1);
  map.insert(c, value(3));
  EXPECT_EQ(map.find(b), nullptr);
  EXPECT_EQ(*map.find(a), 1);
  EXPECT_EQ(*map.find(c), 3);
  // A new value for a key takes the place of the old one, and of no other.
  map.insert(a, value(4));
  EXPECT_EQ(*map.find(a), 4);
  EXPECT_EQ(*map.find(c), 3);
  EXPECT_EQ(map.size(), 2u);
}

TEST(Env, TableHasEveryVariableOnceInOrder) {
  std::set<std::string> names;
  for (size_t i = 0; i < envTable().size(); ++i) {
    const EnvRow &row = envTable()[i];
    EXPECT_EQ(static_cast<size_t>(row.var), i);
    EXPECT_EQ(std::string(row.name).substr(0, 3), "MX_");
    EXPECT_TRUE(names.insert(row.name).second);
  }
}

TEST(Env, MalformedValuesWarnAndCountAsUnset) {
  std::vector<std::string> lines;
  setLogLevel(LogLevel::warning);
  setLogSink([&](LogLevel, std::string_view text) { lines.emplace_back(text); });
  setenv("MX_NUM_THREADS", "two", 1);
  EXPECT_EQ(envInt(EnvVar::NumThreads, 1, 8), std::nullopt);
  setenv("MX_NUM_THREADS", "9", 1);
  EXPECT_EQ(envInt(EnvVar::NumThreads, 1, 8), std::nullopt);
  EXPECT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], "MX_NUM_THREADS='two' is ignored: it takes an integer from 1 to 8");
  setenv("MX_NUM_THREADS", "8", 1);
  EXPECT_EQ(envInt(EnvVar::NumThreads, 1, 8), 8);
  unsetenv("MX_NUM_THREADS");
  EXPECT_EQ(envInt(EnvVar::NumThreads, 1, 8), std::nullopt);
  EXPECT_EQ(lines.size(), 2u);
  setLogSink({});
}

TEST(Env, BytesTakeSuffixes) {
  EXPECT_EQ(parseBytes("1024"), 1024);
  EXPECT_EQ(parseBytes("4K"), 4096);
  EXPECT_EQ(parseBytes("3g"), int64_t(3) << 30);
  EXPECT_EQ(parseBytes("2T"), int64_t(2) << 40);
  for (const char *bad : {"", "K", "4KB", "-1", "4 K", "99999999T", "1e9", "0x10"})
    EXPECT_EQ(parseBytes(bad), std::nullopt) << bad;
}

TEST(Log, LevelFilters) {
  int count = 0;
  setLogSink([&](LogLevel, std::string_view) { ++count; });
  setLogLevel(LogLevel::error);
  logMessage(LogLevel::warning, "hidden");
  EXPECT_EQ(count, 0);
  logMessage(LogLevel::error, "shown");
  EXPECT_EQ(count, 1);
  setLogLevel(LogLevel::off);
  logMessage(LogLevel::error, "hidden");
  EXPECT_EQ(count, 1);
  setLogLevel(LogLevel::warning);
  setLogSink({});
}

} // namespace
} // namespace mx::rt
