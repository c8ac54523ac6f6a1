// Integer expressions over the sizes of one call: postfix code with a fast path for constants.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mx::rt {

/// A non-negative 64-bit size as a function of the call's symbols. Plain data, comparable, cheap when constant.
class SizeExpr {
public:
  enum class Op : uint8_t { Const, Symbol, Add, Sub, Mul, FloorDiv, CeilDiv, Mod, Max, Min };
  /// `arg` is the constant of Const and the symbol's number of Symbol.
  struct Instr {
    Op op;
    int64_t arg = 0;
    bool operator==(const Instr &) const = default;
  };

  SizeExpr(int64_t value = 0) : constant(value) {}
  static SizeExpr symbol(uint32_t number);
  /// Applies a binary operator; folds when both sides are constant.
  static SizeExpr binary(Op op, const SizeExpr &a, const SizeExpr &b);

  bool isConstant() const { return code.empty(); }
  /// The value when isConstant().
  int64_t value() const { return constant; }
  int64_t evaluate(std::span<const int64_t> symbols) const {
    return code.empty() ? constant : evaluateCode(symbols);
  }
  std::span<const Instr> instructions() const { return code; }
  bool operator==(const SizeExpr &) const = default;

private:
  int64_t evaluateCode(std::span<const int64_t> symbols) const;
  int64_t constant = 0;
  std::vector<Instr> code;
};

} // namespace mx::rt
