// Sizes that may be symbolic. A Dim is eight bytes: a constant, or the number of an interned expression
// over symbols. Shape rules work on Dims alone, so they serve concrete and symbolic traces alike.
#pragma once

#include "runtime/base/SizeExpr.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mx::ir {

/// A size or an offset. Two Dims compare equal when they are provably the same (expressions are interned in a
/// canonical form). Constants may be negative (offsets, strides); arithmetic on them saturates at the ends of the
/// range, so that a product past int64 is a very large size and never a wrong small one.
class Dim {
public:
  constexpr Dim(int64_t value = 0) : raw(value) {}
  /// The symbol s<number>.
  static Dim symbol(uint32_t number);

  constexpr bool isConstant() const { return raw > kFirstExpr; }
  /// The value when isConstant().
  constexpr int64_t value() const { return raw; }
  constexpr bool is(int64_t v) const { return raw == v; }
  /// The symbol's number when this is a plain symbol.
  std::optional<uint32_t> asSymbol() const;

  friend constexpr bool operator==(Dim a, Dim b) { return a.raw == b.raw; }
  friend Dim operator+(Dim a, Dim b);
  friend Dim operator-(Dim a, Dim b);
  friend Dim operator*(Dim a, Dim b);
  /// Rounded down; the divisor is positive.
  friend Dim floorDiv(Dim a, Dim b);
  /// Rounded up; the divisor is positive.
  friend Dim ceilDiv(Dim a, Dim b);
  friend Dim max(Dim a, Dim b);
  friend Dim min(Dim a, Dim b);

  /// The value with symbols replaced: symbols[i] stands for s<i>.
  int64_t evaluate(const int64_t *symbols) const;
  /// The same with a function from a symbol's number to its value.
  int64_t evaluateWith(const std::function<int64_t(uint32_t)> &valueOf) const;
  /// The same expression for the runtime.
  rt::SizeExpr toSizeExpr() const;
  /// `12`, `s0`, `(s0 * s1)`.
  std::string str() const;
  /// Reads what str() writes and advances `text` past it; nullopt when it is no size.
  static std::optional<Dim> parse(std::string_view &text);
  /// Opaque identity for hashing.
  constexpr int64_t key() const { return raw; }

private:
  friend struct DimTable;
  static constexpr int64_t kFirstExpr = INT64_MIN / 2;
  int64_t raw;
};

using Dims = std::vector<Dim>;

/// True when no values of the symbols make the two equal; constants that differ, or `s0` and `(s0 + 1)`.
bool provablyDifferent(Dim a, Dim b);
/// Product of all sizes; 1 for rank 0.
Dim product(const Dims &dims);
/// The same expressions for the runtime.
std::vector<rt::SizeExpr> toSizeExprs(const Dims &dims);
/// `(4, s0)`, as error messages print shapes.
std::string str(const Dims &dims);

} // namespace mx::ir
