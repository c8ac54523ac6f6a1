// Hash.h over xxHash, inlined into this file only. XXH3 gives the same digest streamed or in one go, which is
// what lets the Hasher choose by length.
#include "runtime/base/Hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace mx::rt {
namespace {

XXH3_state_t *xxh(std::byte *state) { return reinterpret_cast<XXH3_state_t *>(state); }
Hash128 convert(XXH128_hash_t h) { return {h.low64, h.high64}; }

} // namespace

std::string Hash128::str() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(32, '0');
  for (int i = 0; i < 16; ++i) {
    text[15 - i] = kDigits[(hi >> (4 * i)) & 15];
    text[31 - i] = kDigits[(lo >> (4 * i)) & 15];
  }
  return text;
}

void Hasher::flush() {
  static_assert(sizeof(XXH3_state_t) <= kStateBytes && alignof(XXH3_state_t) <= 64);
  if (!streaming)
    XXH3_128bits_reset(xxh(state));
  streaming = true;
  XXH3_128bits_update(xxh(state), buffer, used);
  used = 0;
}

void Hasher::addSlow(const void *data, size_t bytes) {
  flush();
  if (bytes > kBuffer) {
    XXH3_128bits_update(xxh(state), data, bytes);
    return;
  }
  std::memcpy(buffer, data, bytes);
  used = bytes;
}

Hash128 Hasher::finish() {
  if (!streaming)
    return hashBytes(buffer, used);
  flush();
  return convert(XXH3_128bits_digest(xxh(state)));
}

Hash128 hashBytes(const void *data, size_t bytes) { return convert(XXH3_128bits(data, bytes)); }

} // namespace mx::rt
