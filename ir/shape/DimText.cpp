// Size expressions outside the table: values, the runtime's form and text.
#include "ir/shape/DimTable.h"

#include <charconv>

namespace mx::ir {

int64_t Dim::evaluate(const int64_t *symbols) const {
  return evaluateWith([symbols](uint32_t number) { return symbols[number]; });
}

int64_t Dim::evaluateWith(const std::function<int64_t(uint32_t)> &valueOf) const {
  if (isConstant())
    return value();
  const Node &node = DimTable::node(*this);
  auto fold = [&](auto combine) {
    int64_t r = node.operands.front().evaluateWith(valueOf);
    for (size_t i = 1; i < node.operands.size(); ++i)
      r = combine(r, node.operands[i].evaluateWith(valueOf));
    return r;
  };
  switch (node.kind) {
  case NodeKind::Symbol:
    return valueOf(node.symbol);
  case NodeKind::Sum: {
    int64_t r = node.sum.constant;
    for (const Term &t : node.sum.terms) {
      int64_t p = t.factor;
      for (Dim atom : t.atoms)
        p = mulSaturating(p, atom.evaluateWith(valueOf));
      r = addSaturating(r, p);
    }
    return r;
  }
  case NodeKind::Product:
    return fold(mulSaturating);
  case NodeKind::FloorDiv:
    return fold(floorDivide);
  case NodeKind::Max:
    return fold([](int64_t a, int64_t b) { return std::max(a, b); });
  case NodeKind::Min:
    return fold([](int64_t a, int64_t b) { return std::min(a, b); });
  }
  __builtin_unreachable();
}

rt::SizeExpr Dim::toSizeExpr() const {
  using rt::SizeExpr;
  if (isConstant())
    return value();
  const Node &node = DimTable::node(*this);
  auto fold = [&](SizeExpr::Op op) {
    SizeExpr r = node.operands.front().toSizeExpr();
    for (size_t i = 1; i < node.operands.size(); ++i)
      r = SizeExpr::binary(op, r, node.operands[i].toSizeExpr());
    return r;
  };
  switch (node.kind) {
  case NodeKind::Symbol:
    return SizeExpr::symbol(node.symbol);
  case NodeKind::Sum: {
    std::optional<SizeExpr> r;
    if (node.sum.constant != 0)
      r = SizeExpr(node.sum.constant);
    for (const Term &t : node.sum.terms) {
      SizeExpr p = t.atoms.front().toSizeExpr();
      for (size_t i = 1; i < t.atoms.size(); ++i)
        p = SizeExpr::binary(SizeExpr::Op::Mul, p, t.atoms[i].toSizeExpr());
      bool subtract = r && t.factor < 0 && t.factor != INT64_MIN;
      int64_t factor = subtract ? -t.factor : t.factor;
      if (factor != 1)
        p = SizeExpr::binary(SizeExpr::Op::Mul, p, factor);
      r = r ? SizeExpr::binary(subtract ? SizeExpr::Op::Sub : SizeExpr::Op::Add, *r, p) : p;
    }
    return *r;
  }
  case NodeKind::Product:
    return fold(SizeExpr::Op::Mul);
  case NodeKind::FloorDiv:
    return fold(SizeExpr::Op::FloorDiv);
  case NodeKind::Max:
    return fold(SizeExpr::Op::Max);
  case NodeKind::Min:
    return fold(SizeExpr::Op::Min);
  }
  __builtin_unreachable();
}

namespace {

/// Nesting that parse() follows, against texts made to overflow the stack.
constexpr int kMaxParseDepth = 64;

std::string join(const Dims &dims, std::string_view separator) {
  std::string r;
  for (size_t i = 0; i < dims.size(); ++i)
    r.append(i ? separator : "").append(dims[i].str());
  return r;
}

std::string termText(const Term &t) {
  if (t.factor == 1)
    return t.atoms.size() == 1 ? t.atoms.front().str() : "(" + join(t.atoms, " * ") + ")";
  return "(" + std::to_string(t.factor) + " * " + join(t.atoms, " * ") + ")";
}

std::string sumText(const Sum &sum) {
  if (sum.terms.size() == 1 && sum.constant == 0)
    return termText(sum.terms.front());
  std::string r = "(";
  for (size_t i = 0; i < sum.terms.size(); ++i) {
    Term t = sum.terms[i];
    bool subtract = i > 0 && t.factor < 0 && t.factor != INT64_MIN;
    if (subtract)
      t.factor = -t.factor;
    r.append(i == 0 ? "" : subtract ? " - " : " + ").append(termText(t));
  }
  if (sum.constant != 0)
    r += (sum.constant > 0 ? " + " : " - ") + std::to_string(sum.constant).substr(sum.constant < 0);
  return r + ")";
}

/// Recursive descent over the text that str() writes. Sums and products do not mix without parentheses.
struct Parser {
  std::string_view text;

  void skipSpace() { text.remove_prefix(std::min(text.find_first_not_of(' '), text.size())); }
  bool eat(std::string_view token) {
    skipSpace();
    if (!text.starts_with(token))
      return false;
    text.remove_prefix(token.size());
    return true;
  }

  template <typename T> std::optional<T> number() {
    T value;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc())
      return std::nullopt;
    text.remove_prefix(end - text.data());
    return value;
  }

  std::optional<Dim> dim(int depth) {
    if (depth > kMaxParseDepth)
      return std::nullopt;
    if (eat("("))
      return chain(depth);
    if (eat("max("))
      return call(depth, [](Dim a, Dim b) { return max(a, b); });
    if (eat("min("))
      return call(depth, [](Dim a, Dim b) { return min(a, b); });
    if (eat("s")) {
      auto n = number<uint32_t>();
      return n ? std::optional(Dim::symbol(*n)) : std::nullopt;
    }
    auto value = number<int64_t>();
    if (!value || DimTable::constant(*value).value() != *value)
      return std::nullopt;
    return Dim(*value);
  }

  /// `a + b - c)`, `a * b)` or `a floordiv b)`.
  std::optional<Dim> chain(int depth) {
    auto left = dim(depth + 1);
    char first = 0;
    while (left && !eat(")")) {
      char op = eat("floordiv ") ? '/' : eat("ceildiv ") ? '^' : eat("*") ? '*' : eat("+") ? '+' : eat("-") ? '-' : 0;
      bool sum = op == '+' || op == '-';
      if (!op || (first && (sum ? first != '+' : first != '*' || op != '*')))
        return std::nullopt;
      first = sum ? '+' : op;
      auto right = dim(depth + 1);
      if (!right)
        return std::nullopt;
      left = op == '+'   ? *left + *right
             : op == '-' ? *left - *right
             : op == '*' ? *left * *right
             : op == '/' ? floorDiv(*left, *right)
                         : ceilDiv(*left, *right);
    }
    return left;
  }

  std::optional<Dim> call(int depth, Dim (*combine)(Dim, Dim)) {
    auto left = dim(depth + 1);
    while (left && !eat(")")) {
      auto right = eat(",") ? dim(depth + 1) : std::nullopt;
      if (!right)
        return std::nullopt;
      left = combine(*left, *right);
    }
    return left;
  }
};

} // namespace

std::string Dim::str() const {
  if (isConstant())
    return std::to_string(value());
  const Node &node = DimTable::node(*this);
  switch (node.kind) {
  case NodeKind::Symbol:
    return "s" + std::to_string(node.symbol);
  case NodeKind::Sum:
    return sumText(node.sum);
  case NodeKind::Product:
    return "(" + join(node.operands, " * ") + ")";
  case NodeKind::FloorDiv:
    return "(" + join(node.operands, " floordiv ") + ")";
  case NodeKind::Max:
    return "max(" + join(node.operands, ", ") + ")";
  case NodeKind::Min:
    return "min(" + join(node.operands, ", ") + ")";
  }
  __builtin_unreachable();
}

std::optional<Dim> Dim::parse(std::string_view &text) {
  Parser parser{text};
  auto result = parser.dim(0);
  if (result)
    text = parser.text;
  return result;
}

std::string str(const Dims &dims) { return "(" + join(dims, ", ") + ")"; }

} // namespace mx::ir
