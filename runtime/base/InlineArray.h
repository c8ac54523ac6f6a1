// A fixed-length array of trivial values that lives on the stack when it is short.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

namespace mx::rt {

/// `size` uninitialised values; from the heap only when there are more than N.
template <typename T, size_t N> class InlineArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
  explicit InlineArray(size_t size) : count(size) {
    if (size > N) [[unlikely]] {
      heap = std::make_unique_for_overwrite<T[]>(size);
      begin = heap.get();
    }
  }
  InlineArray(const InlineArray &) = delete;
  InlineArray &operator=(const InlineArray &) = delete;

  T &operator[](size_t i) { return begin[i]; }
  const T &operator[](size_t i) const { return begin[i]; }
  T *data() { return begin; }
  size_t size() const { return count; }
  operator std::span<const T>() const { return {begin, count}; }

private:
  size_t count;
  T local[N];
  T *begin = local;
  std::unique_ptr<T[]> heap;
};

} // namespace mx::rt
