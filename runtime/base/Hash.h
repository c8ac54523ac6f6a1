// 128-bit hashes for keys that live in memory (XXH3; not stable between versions of mx, not for untrusted
// files). The result depends on the bytes alone, not on how they were split over calls of add.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>

namespace mx::rt {

/// A hash that is taken as identity: 2^64 keys before a collision is likely.
struct Hash128 {
  uint64_t lo = 0, hi = 0;
  auto operator<=>(const Hash128 &) const = default;
  /// 32 hexadecimal digits.
  std::string str() const;
};

/// Collects bytes and hashes them. Short inputs stay in a buffer and are hashed in one go.
class Hasher {
public:
  /// Adds raw bytes.
  void addBytes(const void *data, size_t bytes) {
    if (bytes > kBuffer - used)
      return addSlow(data, bytes);
    if (bytes)
      std::memcpy(buffer + used, data, bytes);
    used += bytes;
  }
  /// Adds a value without padding bytes: integers, enums, floats (by their bits).
  template <typename T> void add(T value) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>, "only what has no padding");
    addBytes(&value, sizeof(T));
  }
  /// Adds a string and its length, so that "ab", "c" differs from "a", "bc".
  void add(std::string_view text) {
    add(static_cast<uint64_t>(text.size()));
    addBytes(text.data(), text.size());
  }
  void add(Hash128 h) {
    add(h.lo);
    add(h.hi);
  }
  /// The hash of all that was added; more may be added afterwards.
  Hash128 finish();
  /// Forgets everything.
  void reset() {
    used = 0;
    streaming = false;
  }

private:
  static constexpr size_t kBuffer = 1024, kStateBytes = 576;
  void addSlow(const void *data, size_t bytes);
  void flush();

  size_t used = 0;
  bool streaming = false;
  std::byte buffer[kBuffer];
  /// The XXH3 state, in use once the input is longer than the buffer.
  alignas(64) std::byte state[kStateBytes];
};

/// The hash of one stretch of bytes.
Hash128 hashBytes(const void *data, size_t bytes);

} // namespace mx::rt

template <> struct std::hash<mx::rt::Hash128> {
  size_t operator()(const mx::rt::Hash128 &h) const noexcept { return h.lo; }
};
