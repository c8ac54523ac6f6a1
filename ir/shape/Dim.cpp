// Arithmetic on size expressions: everything is brought to one canonical form, so equality is equality of numbers.
// Order among atoms follows their structure, never their number, so what is printed does not depend on threads.
#include "ir/shape/DimTable.h"

#include <numeric>

namespace mx::ir {
namespace {

/// A product of two sums with more terms than this stays unexpanded.
constexpr size_t kMaxTerms = 64;

int64_t hashOf(const Node &node) {
  uint64_t h = static_cast<uint64_t>(node.kind) * 31 + node.symbol;
  auto mix = [&](int64_t v) { h = (std::rotl(h, 23) ^ static_cast<uint64_t>(v)) * 0x9E3779B97F4A7C15ull; };
  mix(node.sum.constant);
  for (const Term &t : node.sum.terms) {
    mix(t.factor);
    for (Dim a : t.atoms)
      mix(a.key());
  }
  for (Dim d : node.operands)
    mix(d.key());
  return static_cast<int64_t>(h);
}

} // namespace

DimTable &DimTable::get() {
  static auto *table = new DimTable;
  return *table;
}

Dim DimTable::intern(Node node) {
  int64_t hash = hashOf(node);
  std::lock_guard lock(mutex);
  for (auto [it, end] = byHash.equal_range(hash); it != end; ++it) {
    Dim found = fromIndex(it->second);
    if (DimTable::node(found) == node)
      return found;
  }
  uint64_t index = count++;
  auto [chunk, offset] = place(index);
  if (!chunks[chunk].load(std::memory_order_relaxed))
    chunks[chunk].store(new Node[kFirstChunk << chunk], std::memory_order_release);
  chunks[chunk].load(std::memory_order_relaxed)[offset] = std::move(node);
  byHash.emplace(hash, index);
  return fromIndex(index);
}

namespace {

// --- Order ------------------------------------------------------------------------------------------------------

int compare(Dim a, Dim b);

int compareLists(const std::vector<Dim> &a, const std::vector<Dim> &b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (int c = compare(a[i], b[i]))
      return c;
  return a.size() < b.size() ? -1 : a.size() > b.size();
}

/// The graded order division needs: higher degree first, then by atoms.
int compareMonomials(const std::vector<Dim> &a, const std::vector<Dim> &b) {
  if (a.size() != b.size())
    return a.size() > b.size() ? -1 : 1;
  return compareLists(a, b);
}

template <typename T> int compareValues(T a, T b) { return a < b ? -1 : a > b; }

/// A total order by structure.
int compare(Dim a, Dim b) {
  if (a == b)
    return 0;
  if (a.isConstant() || b.isConstant())
    return a.isConstant() && b.isConstant() ? compareValues(a.value(), b.value()) : a.isConstant() ? -1 : 1;
  const Node &x = DimTable::node(a), &y = DimTable::node(b);
  if (x.kind != y.kind)
    return compareValues(x.kind, y.kind);
  if (x.kind == NodeKind::Symbol)
    return compareValues(x.symbol, y.symbol);
  if (x.kind != NodeKind::Sum)
    return compareLists(x.operands, y.operands);
  for (size_t i = 0; i < std::min(x.sum.terms.size(), y.sum.terms.size()); ++i) {
    if (int c = compareMonomials(x.sum.terms[i].atoms, y.sum.terms[i].atoms))
      return c;
    if (int c = compareValues(x.sum.terms[i].factor, y.sum.terms[i].factor))
      return c;
  }
  if (x.sum.terms.size() != y.sum.terms.size())
    return compareValues(x.sum.terms.size(), y.sum.terms.size());
  return compareValues(x.sum.constant, y.sum.constant);
}

bool before(Dim a, Dim b) { return compare(a, b) < 0; }

// --- Sums -------------------------------------------------------------------------------------------------------

Sum toSum(Dim d) {
  if (d.isConstant())
    return {d.value(), {}};
  const Node &node = DimTable::node(d);
  return node.kind == NodeKind::Sum ? node.sum : Sum{0, {{1, {d}}}};
}

Dim fromSum(Sum sum) {
  if (sum.terms.empty())
    return DimTable::constant(sum.constant);
  const Term &first = sum.terms.front();
  if (sum.constant == 0 && sum.terms.size() == 1 && first.factor == 1 && first.atoms.size() == 1)
    return first.atoms.front();
  return DimTable::get().intern({.kind = NodeKind::Sum, .sum = std::move(sum)});
}

/// a + factor * b.
Sum addScaled(const Sum &a, const Sum &b, int64_t factor) {
  Sum r{addSaturating(a.constant, mulSaturating(b.constant, factor)), {}};
  r.terms.reserve(a.terms.size() + b.terms.size());
  auto x = a.terms.begin(), y = b.terms.begin();
  while (x != a.terms.end() || y != b.terms.end()) {
    int c = x == a.terms.end() ? 1 : y == b.terms.end() ? -1 : compareMonomials(x->atoms, y->atoms);
    Term t = c <= 0 ? *x : Term{0, y->atoms};
    if (c >= 0)
      t.factor = addSaturating(t.factor, mulSaturating((y++)->factor, factor));
    if (c <= 0)
      ++x;
    if (t.factor != 0)
      r.terms.push_back(std::move(t));
  }
  return r;
}

/// A sum times a single term; atoms of the term may be empty.
Sum multiply(const Sum &a, const Term &t) {
  Sum r;
  auto append = [&](int64_t factor, const std::vector<Dim> &atoms) {
    Term p{mulSaturating(factor, t.factor), {}};
    std::merge(atoms.begin(), atoms.end(), t.atoms.begin(), t.atoms.end(), std::back_inserter(p.atoms), before);
    if (p.atoms.empty())
      r.constant = p.factor;
    else if (p.factor != 0)
      r.terms.push_back(std::move(p)); // multiplying keeps the order of monomials
  };
  for (const Term &x : a.terms)
    append(x.factor, x.atoms);
  append(a.constant, {});
  return r;
}

Sum multiply(const Sum &a, const Sum &b) {
  Sum r = multiply(a, Term{b.constant, {}});
  for (const Term &t : b.terms)
    r = addScaled(r, multiply(a, t), 1);
  return r;
}

/// The term t / by when it is one, by.factor being positive.
std::optional<Term> divideTerm(const Term &t, const Term &by) {
  if (t.factor % by.factor != 0 || !std::includes(t.atoms.begin(), t.atoms.end(), by.atoms.begin(), by.atoms.end(), before))
    return std::nullopt;
  Term q{t.factor / by.factor, {}};
  std::set_difference(t.atoms.begin(), t.atoms.end(), by.atoms.begin(), by.atoms.end(), std::back_inserter(q.atoms), before);
  return q;
}

/// a / b when it leaves no rest: long division by the leading term of b.
std::optional<Sum> divideExactly(Sum a, const Sum &b) {
  if (b.terms.empty() || b.terms.front().factor <= 0)
    return std::nullopt;
  Sum quotient;
  for (size_t step = 0; !a.terms.empty() && step < kMaxTerms; ++step) {
    auto t = divideTerm(a.terms.front(), b.terms.front());
    if (!t)
      return std::nullopt;
    Sum part = multiply(Sum{1, {}}, *t);
    quotient = addScaled(quotient, part, 1);
    a = addScaled(a, multiply(b, *t), -1);
  }
  if (a != Sum{})
    return std::nullopt;
  return quotient;
}

Dim makeFloorDiv(Dim a, Dim b) { return DimTable::get().intern({.kind = NodeKind::FloorDiv, .operands = {a, b}}); }

/// Quotient by a constant c > 1: multiples of c leave, common factors cancel, nested quotients join.
Dim floorDivByConstant(const Sum &a, int64_t c) {
  Sum whole{floorDivide(a.constant, c), {}}, rest{a.constant - floorDivide(a.constant, c) * c, {}};
  int64_t common = c;
  for (const Term &t : a.terms) {
    if (int64_t q = t.factor / c)
      whole.terms.push_back({q, t.atoms});
    if (int64_t r = t.factor % c) {
      rest.terms.push_back({r, t.atoms});
      common = std::gcd(common, r);
    }
  }
  if (rest.terms.empty())
    return fromSum(std::move(whole));
  for (Term &t : rest.terms)
    t.factor /= common;
  rest.constant = floorDivide(rest.constant, common);
  c /= common;

  const Term &first = rest.terms.front();
  if (rest.terms.size() == 1 && first.factor == 1 && first.atoms.size() == 1) {
    const Node &inner = DimTable::node(first.atoms.front());
    int64_t joined;
    if (inner.kind == NodeKind::FloorDiv && inner.operands[1].isConstant() &&
        !__builtin_mul_overflow(inner.operands[1].value(), c, &joined))
      return fromSum(whole) + floorDiv(inner.operands[0] + inner.operands[1] * Dim(rest.constant), Dim(joined));
  }
  return fromSum(whole) + makeFloorDiv(fromSum(std::move(rest)), Dim(c));
}

/// The larger (Max) or smaller (Min); operands of nested ones are merged, dominated ones dropped.
Dim extremum(NodeKind kind, Dim a, Dim b) {
  std::vector<Dim> operands;
  auto insert = [&](Dim d) {
    for (Dim &old : operands) {
      Dim difference = d - old;
      if (!difference.isConstant())
        continue;
      if (kind == NodeKind::Max ? difference.value() > 0 : difference.value() < 0)
        old = d;
      return;
    }
    operands.push_back(d);
  };
  for (Dim d : {a, b}) {
    if (!d.isConstant() && DimTable::node(d).kind == kind)
      for (Dim inner : DimTable::node(d).operands)
        insert(inner);
    else
      insert(d);
  }
  if (operands.size() == 1)
    return operands.front();
  std::sort(operands.begin(), operands.end(), before);
  return DimTable::get().intern({.kind = kind, .operands = std::move(operands)});
}

} // namespace

// --- Arithmetic -------------------------------------------------------------------------------------------------

Dim Dim::symbol(uint32_t number) { return DimTable::get().intern({.kind = NodeKind::Symbol, .symbol = number}); }

std::optional<uint32_t> Dim::asSymbol() const {
  if (isConstant() || DimTable::node(*this).kind != NodeKind::Symbol)
    return std::nullopt;
  return DimTable::node(*this).symbol;
}

Dim operator+(Dim a, Dim b) {
  if (a.isConstant() && b.isConstant())
    return DimTable::constant(addSaturating(a.value(), b.value()));
  return a.is(0) ? b : b.is(0) ? a : fromSum(addScaled(toSum(a), toSum(b), 1));
}

Dim operator-(Dim a, Dim b) {
  if (a.isConstant() && b.isConstant())
    return DimTable::constant(addSaturating(a.value(), -b.value()));
  return b.is(0) ? a : fromSum(addScaled(toSum(a), toSum(b), -1));
}

Dim operator*(Dim a, Dim b) {
  if (a.isConstant() && b.isConstant())
    return DimTable::constant(mulSaturating(a.value(), b.value()));
  if (a.is(1) || b.is(1))
    return a.is(1) ? b : a;
  Sum x = toSum(a), y = toSum(b);
  if (x.terms.size() * y.terms.size() <= kMaxTerms)
    return fromSum(multiply(x, y));
  return DimTable::get().intern({.kind = NodeKind::Product, .operands = before(a, b) ? Dims{a, b} : Dims{b, a}});
}

Dim floorDiv(Dim a, Dim b) {
  if (a.isConstant() && b.isConstant())
    return DimTable::constant(floorDivide(a.value(), b.value()));
  if (b.is(1) || a.is(0))
    return a;
  Sum x = toSum(a);
  if (b.isConstant())
    return b.value() > 1 ? floorDivByConstant(x, b.value()) : a;
  Sum y = toSum(b);
  if (auto quotient = divideExactly(x, y))
    return fromSum(std::move(*quotient));
  if (a.is(-1))
    return -1;

  // Terms that a single-term divisor divides leave the quotient.
  Sum whole, rest{x.constant, {}};
  if (y.terms.size() == 1 && y.constant == 0 && y.terms.front().factor > 0) {
    for (const Term &t : x.terms) {
      if (auto q = divideTerm(t, y.terms.front()))
        whole = addScaled(whole, multiply(Sum{1, {}}, *q), 1);
      else
        rest.terms.push_back(t);
    }
    if (whole != Sum{})
      return fromSum(std::move(whole)) + floorDiv(fromSum(std::move(rest)), b);
  }
  return makeFloorDiv(a, b);
}

Dim ceilDiv(Dim a, Dim b) {
  if (!a.isConstant() && !b.isConstant())
    if (auto quotient = divideExactly(toSum(a), toSum(b)))
      return fromSum(std::move(*quotient));
  return floorDiv(a + b - 1, b);
}

Dim max(Dim a, Dim b) {
  return a.isConstant() && b.isConstant() ? Dim(std::max(a.value(), b.value())) : extremum(NodeKind::Max, a, b);
}

Dim min(Dim a, Dim b) {
  return a.isConstant() && b.isConstant() ? Dim(std::min(a.value(), b.value())) : extremum(NodeKind::Min, a, b);
}

bool provablyDifferent(Dim a, Dim b) {
  if (a.isConstant() && b.isConstant())
    return a.value() != b.value();
  Dim difference = a - b;
  return difference.isConstant() && !difference.is(0);
}

std::vector<rt::SizeExpr> toSizeExprs(const Dims &dims) {
  std::vector<rt::SizeExpr> result;
  result.reserve(dims.size());
  for (Dim d : dims)
    result.push_back(d.toSizeExpr());
  return result;
}

Dim product(const Dims &dims) {
  Dim result = 1;
  for (Dim d : dims) {
    if (d.is(0))
      return 0;
    result = result * d;
  }
  return result;
}

} // namespace mx::ir
