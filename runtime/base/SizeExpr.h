// Integer expressions over the sizes of one call: postfix code with a fast path for constants.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mx::rt {

/// A 64-bit size, stride or offset as a function of the call's symbols. Plain data, comparable, cheap when constant.
/// Division rounds as its name says; division and remainder by zero give 0.
class SizeExpr {
public:
  /// What an expression evaluates to when any step of it leaves 64 bits. Never a valid size.
  static constexpr int64_t kOverflow = INT64_MAX;

  /// Leaves and binary operators.
  enum class Op : uint8_t { Const, Symbol, Add, Sub, Mul, FloorDiv, CeilDiv, Mod, Max, Min };
  /// `arg` is the constant of Const and the symbol's number of Symbol.
  struct Instr {
    Op op;
    int64_t arg = 0;
    bool operator==(const Instr &) const = default;
  };

  SizeExpr(int64_t value = 0) : constant(value) {}
  /// The value that the call passes under `number`.
  static SizeExpr symbol(uint32_t number);
  /// Applies a binary operator; folds constants and neutral elements.
  static SizeExpr binary(Op op, const SizeExpr &a, const SizeExpr &b);
  /// Untrusted postfix code as an expression; nothing unless it leaves one value and its symbols are below `numSymbols`.
  static std::optional<SizeExpr> fromCode(std::vector<Instr> code, uint32_t numSymbols);

  bool isConstant() const { return code.empty(); }
  /// The value when isConstant().
  int64_t value() const { return constant; }
  /// The value for these symbols, kOverflow when it does not fit.
  int64_t evaluate(std::span<const int64_t> symbols) const {
    return code.empty() ? constant : evaluateCode(symbols);
  }
  /// The postfix code; empty for a constant.
  std::span<const Instr> instructions() const { return code; }
  bool operator==(const SizeExpr &) const = default;

private:
  int64_t evaluateCode(std::span<const int64_t> symbols) const;
  int64_t constant = 0;
  std::vector<Instr> code;
};

} // namespace mx::rt
