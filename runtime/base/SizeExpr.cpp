// Evaluates size expressions on a small stack. The one thing to know: an overflow anywhere makes the
// whole expression kOverflow, so that a caller checks one value instead of every intermediate.
#include "runtime/base/SizeExpr.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace mx::rt {
namespace {

constexpr int64_t kOverflow = SizeExpr::kOverflow;

/// Rounds towards negative infinity; 0 for a zero divisor, as all integer division in mx.
int64_t floorDiv(int64_t a, int64_t b) {
  if (b == 0)
    return 0;
  int64_t q = a / b;
  return q - (a % b != 0 && (a < 0) != (b < 0));
}

int64_t ceilDiv(int64_t a, int64_t b) {
  if (b == 0)
    return 0;
  int64_t q = a / b;
  return q + (a % b != 0 && (a < 0) == (b < 0));
}

int64_t apply(SizeExpr::Op op, int64_t a, int64_t b) {
  using Op = SizeExpr::Op;
  int64_t r = 0;
  if (a == kOverflow || b == kOverflow)
    return kOverflow;
  switch (op) {
  case Op::Add: return __builtin_add_overflow(a, b, &r) ? kOverflow : r;
  case Op::Sub: return __builtin_sub_overflow(a, b, &r) ? kOverflow : r;
  case Op::Mul: return __builtin_mul_overflow(a, b, &r) ? kOverflow : r;
  // The most negative number over -1 is the one quotient that does not fit.
  case Op::FloorDiv: return b == -1 ? apply(Op::Sub, 0, a) : floorDiv(a, b);
  case Op::CeilDiv: return b == -1 ? apply(Op::Sub, 0, a) : ceilDiv(a, b);
  case Op::Mod: return b == 0 || b == -1 ? 0 : a - b * floorDiv(a, b);
  case Op::Max: return std::max(a, b);
  case Op::Min: return std::min(a, b);
  case Op::Const:
  case Op::Symbol: break;
  }
  assert(false && "not a binary operator");
  return 0;
}

/// Whether `x op value` is `x` for every x.
bool isRightIdentity(SizeExpr::Op op, int64_t value) {
  using Op = SizeExpr::Op;
  switch (op) {
  case Op::Add:
  case Op::Sub: return value == 0;
  case Op::Mul:
  case Op::FloorDiv:
  case Op::CeilDiv: return value == 1;
  default: return false;
  }
}

} // namespace

SizeExpr SizeExpr::symbol(uint32_t number) {
  SizeExpr e;
  e.code.push_back({Op::Symbol, number});
  return e;
}

SizeExpr SizeExpr::binary(Op op, const SizeExpr &a, const SizeExpr &b) {
  if (a.isConstant() && b.isConstant())
    return apply(op, a.value(), b.value());
  if (b.isConstant() && isRightIdentity(op, b.value()))
    return a;
  if (a.isConstant() && (op == Op::Add || op == Op::Mul) && isRightIdentity(op, a.value()))
    return b;
  if ((op == Op::Max || op == Op::Min) && a == b)
    return a;
  SizeExpr e;
  auto append = [&e](const SizeExpr &x) {
    if (x.isConstant())
      e.code.push_back({Op::Const, x.value()});
    else
      e.code.insert(e.code.end(), x.code.begin(), x.code.end());
  };
  append(a);
  append(b);
  e.code.push_back({op, 0});
  return e;
}

std::optional<SizeExpr> SizeExpr::fromCode(std::vector<Instr> code, uint32_t numSymbols) {
  size_t depth = 0;
  for (const Instr &i : code) {
    if (i.op == Op::Symbol && (i.arg < 0 || i.arg >= int64_t(numSymbols)))
      return std::nullopt;
    if (i.op != Op::Const && i.op != Op::Symbol && depth-- < 2)
      return std::nullopt;
    depth += i.op == Op::Const || i.op == Op::Symbol;
  }
  if (depth != 1)
    return std::nullopt;
  SizeExpr e;
  if (code.size() == 1 && code[0].op == Op::Const)
    e.constant = code[0].arg;
  else
    e.code = std::move(code);
  return e;
}

int64_t SizeExpr::evaluateCode(std::span<const int64_t> symbols) const {
  // Postfix code of n instructions needs at most (n + 1) / 2 slots.
  std::array<int64_t, 32> inlineStack;
  std::vector<int64_t> heapStack;
  int64_t *stack = inlineStack.data();
  if (code.size() / 2 + 1 > inlineStack.size()) {
    heapStack.resize(code.size() / 2 + 1);
    stack = heapStack.data();
  }
  size_t top = 0;
  for (const Instr &i : code) {
    if (i.op == Op::Const) {
      stack[top++] = i.arg;
    } else if (i.op == Op::Symbol) {
      assert(static_cast<size_t>(i.arg) < symbols.size() && "a symbol the call does not bring");
      stack[top++] = symbols[static_cast<size_t>(i.arg)];
    } else {
      --top;
      stack[top - 1] = apply(i.op, stack[top - 1], stack[top]);
    }
  }
  assert(top == 1 && "malformed postfix code");
  return stack[0];
}

} // namespace mx::rt
