// Nested blocks under construction. A value is emitted in the outermost block where its operands exist, so
// loop-invariant work lands outside the loop without a pass, and each block remembers what it has computed.
#pragma once

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"

#include <unordered_map>
#include <vector>

namespace mx::codegen {

/// Identifies a computed value: what was computed (an op kind or a tensor value) and from which operands.
using MemoKey = std::vector<uint64_t>;

class Scopes {
public:
  /// Builds into `entry`, the kernel's body, whose last op may be a terminator.
  Scopes(mlir::OpBuilder &b, mlir::Block *entry);

  mlir::OpBuilder &builder() { return b; }
  mlir::Location loc() const { return location; }
  void setLoc(mlir::Location loc) { location = loc; }

  /// Emits into `block`, nested in the current one inside `anchor`, until leave().
  void enter(mlir::Block *block, mlir::Operation *anchor);
  void leave();
  int depth() const { return static_cast<int>(stack.size()) - 1; }
  /// The scope a value becomes available in.
  int depthOf(mlir::Value v) const;
  int depthOf(mlir::ValueRange vs) const;

  /// Runs `make` with the builder placed in scope `depth`, once per key: a second call returns the same value.
  mlir::Value once(const MemoKey &key, int depth, llvm::function_ref<mlir::Value()> make);
  /// Runs `make` placed in scope `depth`.
  mlir::Value emitAt(int depth, llvm::function_ref<mlir::Value()> make);
  /// What `key` computed in an open scope, or null.
  mlir::Value find(const MemoKey &key) const;
  void remember(const MemoKey &key, int depth, mlir::Value v) { stack[depth].memo[key] = v; }

  /// for (i = lo; i < hi; i += step), `body` gets i and the carried values and returns their successors.
  mlir::ValueRange loop(mlir::Value lo, mlir::Value hi, mlir::Value step, mlir::ValueRange init,
                        llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)> body);
  /// if (condition) { body } yielding its values, else `otherwise`.
  mlir::ValueRange when(mlir::Value condition, mlir::ValueRange otherwise,
                        llvm::function_ref<llvm::SmallVector<mlir::Value>()> body);

private:
  struct KeyHash {
    size_t operator()(const MemoKey &k) const { return llvm::hash_combine_range(k.begin(), k.end()); }
  };
  struct Scope {
    mlir::Block *block;
    /// The op of this block that holds the next inner scope; null for the innermost.
    mlir::Operation *anchor = nullptr;
    std::unordered_map<MemoKey, mlir::Value, KeyHash> memo;
  };
  void place(const Scope &scope);

  mlir::OpBuilder &b;
  mlir::Location location;
  std::vector<Scope> stack;
};

} // namespace mx::codegen
