// Keys and bits against JAX 0.10 with jax_threefry_partitionable=False.
#include "frontend/lib/RandomKeys.h"

#include "frontend/trace/KeySource.h"
#include "tests/Advice.h"
#include "tests/lib/Support.h"

#include <set>
#include <thread>

namespace mx::test {
namespace {

using Words = std::vector<uint32_t>;

Words words(array a) {
  a = contiguous(astype(a, uint32));
  a.eval();
  return Words(a.data<uint32_t>(), a.data<uint32_t>() + a.size());
}

// A key is the seed's two halves.
TEST(RandomKeys, Key) {
  EXPECT_EQ(words(random::key(42)), (Words{0, 42}));
  EXPECT_EQ(words(random::key(0x123456789abcdef0)), (Words{0x12345678, 0x9abcdef0}));
}

// split gives JAX's keys, as a table and as a pair.
TEST(RandomKeys, Split) {
  EXPECT_EQ(words(random::split(random::key(0), 2)), (Words{0xf71f4ea9, 0x39a405d9, 0xa20e4081, 0x4bdfae2f}));
  EXPECT_EQ(words(random::split(random::key(42), 3)),
            (Words{0xbad56946, 0xde837c89, 0xdf4f11df, 0x354ba891, 0x2fc69b62, 0x8cdb9797}));
  const auto [first, second] = random::split(random::key(0x123456789abcdef0));
  EXPECT_EQ(first.shape(), Shape{2});
  EXPECT_EQ(words(first), (Words{0x612ee2fd, 0xf0bab799}));
  EXPECT_EQ(words(second), (Words{0xa86e0e45, 0x6fddca12}));
}

// 32-bit words for odd and even counts, and a shape of several axes.
TEST(RandomKeys, Bits32) {
  const array key = random::key(7);
  EXPECT_EQ(words(random::bits({}, key)), (Words{0xd817648b}));
  EXPECT_EQ(words(random::bits({1}, key)), (Words{0xd817648b}));
  EXPECT_EQ(words(random::bits({2}, key)), (Words{0x0ba028bf, 0xf22056bf}));
  EXPECT_EQ(words(random::bits({3}, key)), (Words{0x399897a9, 0x6d18d948, 0x741fbe03}));
  EXPECT_EQ(words(random::bits({5}, key)),
            (Words{0x107b9334, 0x33609431, 0xa6847f6e, 0x61dcd604, 0xace8297e}));
  EXPECT_EQ(words(random::bits({8}, key)), (Words{0x30e6e42, 0x6115f64d, 0x55db5be2, 0x17991aef, 0xb8150dc4,
                                                  0xffce793b, 0xde6bd262, 0xdcdebedb}));
  const array table = random::bits({2, 3}, key);
  EXPECT_EQ(table.shape(), (Shape{2, 3}));
  EXPECT_EQ(words(table), (Words{0x107b9334, 0x33609431, 0x71979c42, 0x61dcd604, 0xace8297e, 0x539bb5ac}));
  EXPECT_EQ(words(random::bits({0, 3}, key)), Words{});
}

// Narrow draws are the halves and quarters of the same words, low ones first.
TEST(RandomKeys, NarrowBits) {
  const array key = random::key(7);
  EXPECT_EQ(random::bits({3}, 2, key).dtype(), uint16);
  EXPECT_EQ(words(random::bits({1}, 2, key)), (Words{0x648b}));
  EXPECT_EQ(words(random::bits({3}, 2, key)), (Words{0x28bf, 0xba0, 0x56bf}));
  EXPECT_EQ(words(random::bits({9}, 2, key)),
            (Words{0x9334, 0x107b, 0x9431, 0x3360, 0x7f6e, 0xa684, 0xd604, 0x61dc, 0x297e}));
  EXPECT_EQ(random::bits({3}, 1, key).dtype(), uint8);
  EXPECT_EQ(words(random::bits({3}, 1, key)), (Words{0x8b, 0x64, 0x17}));
  EXPECT_EQ(words(random::bits({9}, 1, key)), (Words{0xa9, 0x97, 0x98, 0x39, 0x48, 0xd9, 0x18, 0x6d, 0x3}));
}

// The sequence splits its state as JAX code does by hand; n keys at once are n keys one by one.
TEST(RandomKeys, Sequence) {
  const std::vector<Words> want{{0x0f38d913, 0x0ff68959}, {0xe9da9d44, 0x51726399}, {0x51c2327a, 0xb378c7bd}};
  random::KeySequence one(42), many(0);
  for (const Words &key : want)
    EXPECT_EQ(words(one.next()), key);
  many.seed(42);
  const array table = many.next(3);
  EXPECT_EQ(table.shape(), (Shape{3, 2}));
  EXPECT_EQ(words(table), (Words{want[0][0], want[0][1], want[1][0], want[1][1], want[2][0], want[2][1]}));
  EXPECT_EQ(words(many.next()), words(one.next()));
}

// Draws without a key follow the seed of the process-wide sequence, and differ from each other.
TEST(RandomKeys, ImplicitKeysFollowTheSeed) {
  random::seed(3);
  const Words first = words(random::bits({4})), second = words(random::bits({4}));
  random::seed(3);
  EXPECT_EQ(words(random::bits({4})), first);
  EXPECT_EQ(words(random::bits({4})), second);
  EXPECT_NE(first, second);
}

// Threads that draw at once never get one key twice.
TEST(RandomKeys, ThreadsShareTheSequence) {
  constexpr int kThreads = 4, kDraws = 500;
  random::KeySequence sequence(1);
  std::vector<std::vector<Words>> drawn(kThreads);
  std::vector<std::thread> threads;
  for (auto &keys : drawn)
    threads.emplace_back([&sequence, &keys] {
      for (int i = 0; i < kDraws; ++i) {
        const array key = sequence.next();
        keys.push_back(Words(key.data<uint32_t>(), key.data<uint32_t>() + 2));
      }
    });
  for (std::thread &t : threads)
    t.join();
  std::set<Words> all;
  for (const auto &keys : drawn)
    all.insert(keys.begin(), keys.end());
  EXPECT_EQ(all.size(), size_t{kThreads} * kDraws);
}

/// Hands out numbered keys.
class CountingSource : public graph::KeySource {
public:
  array next() override { return array({0u, count++}); }
  uint32_t count = 0;
};

// While a trace has a key source, implicit draws come from it and leave the process-wide sequence alone; a
// nested scope ends where it began.
TEST(RandomKeys, ASourceReplacesTheSequence) {
  random::seed(5);
  const Words want = words(random::bits({2}));
  random::seed(5);
  CountingSource outer, inner;
  {
    graph::KeySourceScope scope(&outer);
    EXPECT_EQ(words(random::bits({1})), words(random::bits({1}, random::key(0))));
    {
      graph::KeySourceScope nested(&inner);
      random::bits({1});
    }
    EXPECT_EQ(words(random::implicitKey()), (Words{0, 1}));
    random::bits({1}, random::key(9));
  }
  EXPECT_EQ(outer.count, 2u);
  EXPECT_EQ(inner.count, 1u);
  EXPECT_EQ(words(random::bits({2})), want);
}

// Wrong keys and widths are refused by name.
TEST(RandomKeys, Errors) {
  EXPECT_THROW(random::bits({2}, 3, random::key(0)), InvalidArgument);
  EXPECT_THROW(random::bits({2}, array({1, 2})), InvalidArgument);
  EXPECT_THROW(random::bits({2}, random::split(random::key(0), 2)), InvalidArgument);
  EXPECT_THROW(random::bits({-1}, random::key(0)), InvalidArgument);
  try {
    random::bits({2}, array({1, 2}));
  } catch (const InvalidArgument &e) {
    EXPECT_TRUE(says(e.what(), "[random::bits] a key is uint32 of shape (2), got int32 of shape (2)"));
    EXPECT_EQ(e.op(), "random::bits");
  }
}

} // namespace
} // namespace mx::test
