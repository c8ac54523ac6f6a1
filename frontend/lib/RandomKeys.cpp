// Keys, their process-wide sequence, and random bits. The sequence runs threefry on the host: its state is
// two words, so an implicit draw costs a leaf of eight bytes and no graph.
#include "frontend/lib/RandomKeys.h"
#include "frontend/include/mx/ops.h"
#include "frontend/include/mx/random.h"
#include "frontend/lib/Checks.h"
#include "frontend/trace/KeySource.h"
#include "frontend/trace/Node.h"

#include <bit>
#include <chrono>
#include <vector>

namespace mx {

thread_local graph::KeySource *graph::currentKeySource = nullptr;

namespace random {
namespace {

using Words = std::pair<uint32_t, uint32_t>;

/// threefry2x32 with 20 rounds. Source: Salmon et al., SC 2011, and its reference code Random123.
Words threefry(const uint32_t (&key)[2], Words x) {
  constexpr int rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  const uint32_t schedule[3] = {key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDAu};
  x.first += schedule[0];
  x.second += schedule[1];
  for (uint32_t group = 0; group < 5; ++group) {
    for (int r : rotations[group % 2]) {
      x.first += x.second;
      x.second = std::rotl(x.second, r) ^ x.first;
    }
    x.first += schedule[(group + 1) % 3];
    x.second += schedule[(group + 2) % 3] + group + 1;
  }
  return x;
}

uint64_t seedFromClock() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace

KeySequence::KeySequence(uint64_t seed) { this->seed(seed); }

void KeySequence::seed(uint64_t seed) {
  std::lock_guard lock(mutex);
  words[0] = static_cast<uint32_t>(seed >> 32);
  words[1] = static_cast<uint32_t>(seed);
}

std::pair<uint32_t, uint32_t> KeySequence::draw() {
  // bits(key, {2, 2}) counts 0 ... 3 in two halves: counters (0, 2) and (1, 3). First words make the first
  // key.
  const Words a = threefry(words, {0, 2}), b = threefry(words, {1, 3});
  words[0] = a.first;
  words[1] = b.first;
  return {a.second, b.second};
}

array KeySequence::next() {
  std::lock_guard lock(mutex);
  const auto [k0, k1] = draw();
  return array({k0, k1});
}

array KeySequence::next(int n) {
  std::vector<uint32_t> keys;
  {
    std::lock_guard lock(mutex);
    for (int i = 0; i < n; ++i) {
      const auto [k0, k1] = draw();
      keys.insert(keys.end(), {k0, k1});
    }
  }
  return array(keys.begin(), Shape{n, 2}, uint32);
}

KeySequence &KeySequence::default_() {
  static KeySequence *sequence = new KeySequence(seedFromClock());
  return *sequence;
}

array implicitKey() {
  return graph::currentKeySource ? graph::currentKeySource->next() : KeySequence::default_().next();
}

array key(uint64_t seed) { return array({static_cast<uint32_t>(seed >> 32), static_cast<uint32_t>(seed)}); }

void seed(uint64_t seed) { KeySequence::default_().seed(seed); }

array bits(const Shape &shape, int width, const std::optional<array> &key, StreamOrDevice s) {
  MX_API_SCOPE;
  if (width != 1 && width != 2 && width != 4)
    graph::fail("random::bits", "width " + std::to_string(width) + " is not 1, 2 or 4 bytes; give one of them");
  const array k = key ? *key : implicitKey();
  if (k.dtype() != uint32 || k.shape() != Shape{2})
    graph::fail("random::bits",
                "a key is uint32 of shape (2), got " + to_string(k.dtype()) + " of shape " +
                    graph::str(k.shape()) + "; make one with random::key or random::split",
                {k.shape()});
  return graph::make(ir::OpKind::RandomBits, {k}, {ir::Dims(shape.begin(), shape.end()), int64_t{width}}, s);
}

array split(const array &key, int num, StreamOrDevice s) {
  MX_API_SCOPE;
  return bits(Shape{num, 2}, 4, key, s);
}

std::pair<array, array> split(const array &key, StreamOrDevice s) {
  MX_API_SCOPE;
  const array keys = random::split(key, 2, s);
  auto row = [&](int i) { return reshape(slice(keys, Shape{i, 0}, Shape{i + 1, 2}, s), Shape{2}, s); };
  return {row(0), row(1)};
}

} // namespace random
} // namespace mx
