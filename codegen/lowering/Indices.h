// Index arithmetic while emitting: an index is the same for all lanes, or runs over the lanes with a constant
// step, or is arbitrary per lane. What can stay cheap stays cheap; everything folds and is emitted once.
#pragma once

#include "codegen/lowering/Scopes.h"
#include "ir/shape/Dim.h"

namespace mx::codegen {

/// Vector lanes of map and reduction kernels, on every target: 16. Wider or narrower machines split or pair
/// registers; the order of every reduction follows these virtual lanes, so results do not depend on the machine.
inline constexpr int64_t kLanes = 16;

/// A coordinate. Uniform: `base` for all lanes. Strided: base + lane * step. Varying: `base` is vector<lanes x index>.
struct Index {
  mlir::Value base;
  int64_t step = 0;
  bool varying = false;
  bool isUniform() const { return !varying && step == 0; }
  bool operator==(const Index &) const = default;
};

/// Builds Index values through Scopes.
class IndexBuilder {
public:
  explicit IndexBuilder(Scopes &scopes, int64_t lanes = kLanes) : scopes(scopes), numLanes(lanes) {}

  Index constant(int64_t v);
  static Index uniform(mlir::Value v) { return {v}; }
  /// v + lane.
  static Index lanes(mlir::Value v) { return {v, 1}; }
  /// The constant when the index is uniform and known.
  static std::optional<int64_t> asConstant(const Index &i);

  Index add(const Index &a, const Index &b);
  Index sub(const Index &a, const Index &b);
  Index mul(const Index &a, const Index &b);
  /// Non-negative dividend, positive divisor.
  Index div(const Index &a, const Index &b);
  Index rem(const Index &a, const Index &b);
  Index max(const Index &a, const Index &b);
  Index min(const Index &a, const Index &b);
  /// Signed comparison, i1 or vector<lanes x i1>.
  mlir::Value less(const Index &a, const Index &b);
  /// The index as vector<lanes x index>.
  mlir::Value vector(const Index &i);
  /// A power of two that divides the value, whatever its arguments are: the largest that can be told, at most 64.
  int64_t factorOf(mlir::Value v);
  /// A uniform index divided by a power of two that divides it (factorOf).
  Index exactDiv(const Index &i, int64_t divisor);

  Scopes &scopes;
  const int64_t numLanes;
  /// Width of an index on the target.
  int bits = 64;

private:
  enum class Op { Add, Sub, Mul, Div, Rem, Max, Min };
  mlir::Value scalar(Op op, mlir::Value a, mlir::Value b);
  int64_t factorOf(mlir::Value v, int budget);
  Index binary(Op op, const Index &a, const Index &b);
};

} // namespace mx::codegen
