// Overflow-checked sizes: the one type for byte counts and products of dimensions. An overflow sticks:
// a chain of operations is checked once, at its end.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace mx::rt {

/// A size in [0, 2^63), or "too large". Anything negative counts as too large as well.
class CheckedSize {
public:
  constexpr CheckedSize(int64_t value) : count(value >= 0 ? value : kBad) {}

  /// True when every step so far fitted.
  constexpr bool valid() const { return count != kBad; }
  /// The size, when it fitted.
  constexpr std::optional<int64_t> get() const { return valid() ? std::optional<int64_t>(count) : std::nullopt; }
  /// The size, or `fallback` when it did not fit.
  constexpr int64_t valueOr(int64_t fallback) const { return valid() ? count : fallback; }

  /// Rounded up to a multiple of `alignment`, a power of two.
  constexpr CheckedSize alignedTo(int64_t alignment) const {
    CheckedSize sum = *this + CheckedSize(alignment - 1);
    if (sum.valid())
      sum.count &= ~(alignment - 1);
    return sum;
  }

  friend constexpr CheckedSize operator+(CheckedSize a, CheckedSize b) {
    int64_t r = 0;
    return !a.valid() || !b.valid() || __builtin_add_overflow(a.count, b.count, &r) ? bad() : CheckedSize(r);
  }
  friend constexpr CheckedSize operator*(CheckedSize a, CheckedSize b) {
    int64_t r = 0;
    return !a.valid() || !b.valid() || __builtin_mul_overflow(a.count, b.count, &r) ? bad() : CheckedSize(r);
  }
  constexpr CheckedSize &operator+=(CheckedSize o) { return *this = *this + o; }
  constexpr CheckedSize &operator*=(CheckedSize o) { return *this = *this * o; }

private:
  static constexpr int64_t kBad = -1;
  static constexpr CheckedSize bad() { return CheckedSize(kBad); }
  int64_t count;
};

/// The number of elements of a shape. A zero dimension gives 0 only when the other ones fit: a shape that
/// overflows in some order of multiplication is refused in every order.
constexpr CheckedSize numElements(std::span<const int64_t> shape) {
  CheckedSize n = 1;
  bool empty = false;
  for (int64_t d : shape) {
    empty |= d == 0;
    n *= d == 0 ? CheckedSize(1) : CheckedSize(d);
  }
  return empty && n.valid() ? CheckedSize(0) : n;
}

} // namespace mx::rt
