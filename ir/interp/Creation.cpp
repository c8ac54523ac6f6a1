// Values from attributes or a key.
#include "ir/interp/Evaluate.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mx::ir::interp {
namespace {

Tensor iota(const OpCall &call) {
  Tensor counts = zeros(rt::DType::int64, call.shape);
  int64_t next = 0;
  for (int64_t &c : elements<int64_t>(counts))
    c = next++;
  return convert(counts, call.dtype);
}

Tensor size(const OpCall &call) {
  Tensor count = zeros(rt::DType::int64, {});
  elements<int64_t>(count)[0] = countOf(call.sizes(0));
  return convert(count, call.dtype);
}

struct Pair { uint32_t first, second; };

/// Threefry-2x32 with 20 rounds. Source: Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (2011).
Pair threefry2x32(Pair key, Pair x) {
  constexpr int rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  const uint32_t keys[3] = {key.first, key.second, key.first ^ key.second ^ 0x1BD11BDA};
  x.first += keys[0];
  x.second += keys[1];
  for (uint32_t group = 0; group < 5; ++group) {
    for (int distance : rotations[group % 2]) {
      x.first += x.second;
      x.second = std::rotl(x.second, distance) ^ x.first;
    }
    x.first += keys[(group + 1) % 3];
    x.second += keys[(group + 2) % 3] + group + 1;
  }
  return x;
}

/// `count` random words: the counters 0 ... count-1, with a 0 behind an odd count, hashed as pairs of one from the first
/// half and one from the second; the words lie as the counters did.
std::vector<uint32_t> randomWords(Pair key, int64_t count) {
  int64_t half = (count + 1) / 2;
  std::vector<uint32_t> words(2 * half);
  for (int64_t i = 0; i < half; ++i) {
    int64_t second = half + i < count ? half + i : 0;
    Pair r = threefry2x32(key, {static_cast<uint32_t>(i), static_cast<uint32_t>(second)});
    words[i] = r.first;
    words[half + i] = r.second;
  }
  return words;
}

/// Each key gives the bytes of its own stream of words, least significant first.
Tensor randomBits(const OpCall &call) {
  Tensor result = zeros(call.dtype, call.shape);
  auto keys = elements<uint32_t>(call.in(0));
  int64_t numKeys = keys.size() / 2, bytes = numKeys ? result.data.size() / numKeys : 0;
  for (int64_t k = 0; k < numKeys && bytes; ++k) {
    auto words = randomWords({keys[2 * k], keys[2 * k + 1]}, (bytes + 3) / 4);
    std::memcpy(&result.data[k * bytes], words.data(), bytes);
  }
  return result;
}

} // namespace

rt::Result<Tensor> evaluateCreation(const OpCall &call) {
  switch (call.row.kind) {
  case OpKind::Iota:
    return iota(call);
  case OpKind::Size:
    return size(call);
  case OpKind::RandomBits:
    return randomBits(call);
  default:
    return unknownOp(call);
  }
}

} // namespace mx::ir::interp
