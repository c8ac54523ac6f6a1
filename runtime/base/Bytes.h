// Little-endian bytes of files: a writer, and a reader over untrusted bytes. What a reader is asked for beyond the end
// reads as zero or empty and marks the reader as failed: a chain of reads is checked once, before its result is used.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace mx::rt {

static_assert(std::endian::native == std::endian::little, "files are written as memory holds them");

/// Numbers, texts and blocks one after the other. Equal calls give equal bytes.
class ByteWriter {
public:
  template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void add(T value) {
    addBytes(std::as_bytes(std::span(&value, 1)));
  }
  /// A number of things that follow.
  void addCount(size_t n) { add(static_cast<uint32_t>(n)); }
  /// A text behind its length.
  void add(std::string_view text) {
    addCount(text.size());
    addBytes(std::as_bytes(std::span(text)));
  }
  void addBytes(std::span<const std::byte> data) { bytes.insert(bytes.end(), data.begin(), data.end()); }
  /// Zeros up to a multiple of `alignment`.
  void alignTo(size_t alignment) { bytes.resize((bytes.size() + alignment - 1) / alignment * alignment); }

  std::vector<std::byte> bytes;
};

/// Reads what a ByteWriter wrote.
class ByteReader {
public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest(bytes), size(bytes.size()) {}

  /// False once a read went past the end or met what cannot be; then everything reads as zero.
  bool ok() const { return good; }
  bool atEnd() const { return rest.empty(); }
  size_t offset() const { return size - rest.size(); }
  /// Marks the input as wrong.
  void fail() {
    good = false;
    rest = {};
  }

  template <typename T>
    requires std::is_arithmetic_v<T>
  T read() {
    T value{};
    std::span<const std::byte> from = readBytes(sizeof(T));
    if (!from.empty())
      std::memcpy(&value, from.data(), sizeof(T));
    return value;
  }
  /// An enumerator up to `last`; anything else fails.
  template <typename E>
    requires std::is_enum_v<E>
  E read(E last) {
    auto value = read<std::underlying_type_t<E>>();
    if (value > static_cast<std::underlying_type_t<E>>(last))
      fail();
    return good ? static_cast<E>(value) : E{};
  }
  /// A bool; anything but 0 and 1 fails.
  bool readFlag() {
    auto value = read<uint8_t>();
    if (value > 1)
      fail();
    return value == 1 && good;
  }
  /// How many things follow, each of `leastBytes` or more: never more than the bytes that are left hold, so that it is safe
  /// to allocate for them.
  size_t readCount(size_t leastBytes) {
    size_t n = read<uint32_t>();
    if (n > rest.size() / leastBytes) {
      fail();
      n = 0;
    }
    return n;
  }
  std::string readText(size_t longest = size_t(1) << 16) {
    size_t n = readCount(1);
    if (n > longest) {
      fail();
      n = 0;
    }
    std::span<const std::byte> text = readBytes(n);
    return {reinterpret_cast<const char *>(text.data()), text.size()};
  }
  /// The next `n` bytes, empty when there are fewer.
  std::span<const std::byte> readBytes(size_t n) {
    if (n > rest.size()) {
      fail();
      return {};
    }
    std::span<const std::byte> taken = rest.first(n);
    rest = rest.subspan(n);
    return taken;
  }

private:
  std::span<const std::byte> rest;
  size_t size;
  bool good = true;
};

} // namespace mx::rt
