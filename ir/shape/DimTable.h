// The nodes behind symbolic Dims and the table that interns them. Every expression is a sum of products of atoms
// (symbols, quotients, maxima, minima); nodes are never freed, for a process sees few distinct ones.
#pragma once

#include "ir/shape/Dim.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <unordered_map>

namespace mx::ir {

/// What an expression is at its top.
enum class NodeKind : uint8_t { Symbol, Sum, Product, FloorDiv, Max, Min };

/// `factor` times the atoms, which are sorted; an atom that occurs twice is a square.
struct Term {
  int64_t factor;
  std::vector<Dim> atoms;
  bool operator==(const Term &) const = default;
};

/// `constant` plus the terms, sorted by monomial, leading one first; no factor is 0.
struct Sum {
  int64_t constant = 0;
  std::vector<Term> terms;
  bool operator==(const Sum &) const = default;
};

/// One expression.
struct Node {
  NodeKind kind;
  uint32_t symbol = 0;            // Symbol
  Sum sum = {};                   // Sum
  std::vector<Dim> operands = {}; // all others
  bool operator==(const Node &) const = default;
};

/// The process-wide table. Readers take no lock: a node's place never changes once its number is out.
struct DimTable {
  static DimTable &get();

  /// What a Dim that is no constant stands for.
  static const Node &node(Dim d) {
    auto [chunk, offset] = place(static_cast<uint64_t>(Dim::kFirstExpr - d.raw));
    return get().chunks[chunk].load(std::memory_order_acquire)[offset];
  }

  /// The one Dim of an expression in canonical form.
  Dim intern(Node node);

  /// A constant, kept clear of the numbers that mean expressions.
  static Dim constant(int64_t value) { return std::max(value, Dim::kFirstExpr + 1); }

private:
  static constexpr uint64_t kFirstChunk = 256;
  static std::pair<int, uint64_t> place(uint64_t index) {
    int chunk = std::bit_width(index / kFirstChunk + 1) - 1;
    return {chunk, index - kFirstChunk * ((uint64_t{1} << chunk) - 1)};
  }
  static Dim fromIndex(uint64_t index) {
    Dim d;
    d.raw = Dim::kFirstExpr - static_cast<int64_t>(index);
    return d;
  }

  std::mutex mutex;
  std::unordered_multimap<int64_t, uint64_t> byHash;
  uint64_t count = 0;
  std::array<std::atomic<Node *>, 48> chunks{};
};

/// a + b, at the end of the range where it overflows.
inline int64_t addSaturating(int64_t a, int64_t b) {
  int64_t r;
  return __builtin_add_overflow(a, b, &r) ? (a < 0 ? INT64_MIN : INT64_MAX) : r;
}
/// a * b, at the end of the range where it overflows.
inline int64_t mulSaturating(int64_t a, int64_t b) {
  int64_t r;
  return __builtin_mul_overflow(a, b, &r) ? ((a < 0) != (b < 0) ? INT64_MIN : INT64_MAX) : r;
}
/// a / b rounded down; 0 for a zero divisor, which only values that break a guard can give.
inline int64_t floorDivide(int64_t a, int64_t b) {
  if (b == 0)
    return 0;
  if (b == -1)
    return mulSaturating(a, b);
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

} // namespace mx::ir
