// The derivative and batching rules of the op table, written as ordinary ops on arrays, so that they compose to any
// order. The drivers in transforms/ take care of what every rule would repeat: a rule may return a cotangent of the
// broadcast shape and the promoted dtype, it is only asked for operands that need an answer, and cotangents and
// tangents it is given have the dtype of the value they belong to.
#pragma once

#include "frontend/trace/Node.h"
#include "mx/ops.h"

#include <optional>
#include <span>

namespace mx::rules {

/// A node as its rules see it.
struct OpView {
  std::span<const array> inputs;
  const ir::Attrs &attrs;
  const array &output;
  ir::OpKind kind;
};

/// An element-wise node. Its Jacobian is diagonal, hence its own transpose: one function that scales `t` by the
/// partial derivative serves forward and reverse mode.
struct Elementwise : OpView {
  /// Operand `i` in the dtype the op computes in.
  array x(int i = 0) const;
  /// A constant of the op's dtype.
  array constant(double value) const;
};

/// Cotangents: one per entry of `argnums`.
struct VjpArgs : OpView {
  const array &cotangent;
  std::span<const int> argnums;
};

/// Tangents of the operands; none stands for zero.
struct JvpArgs : OpView {
  std::span<const std::optional<array>> tangents;
  /// The tangent of operand `i`, zeros made explicit.
  array tangent(int i) const;
};

/// Operands, the mapped ones with the batch as axis 0. The result has it there too.
struct VmapArgs : OpView {
  std::span<const char> mapped;
  int32_t batch;
  /// Rank of operand `i` without the batch.
  int rank(int i) const;
  /// Operand `i` with the batch at axis 0 followed by `rank` axes, 1s inserted; as it is when not mapped.
  array aligned(int i, int rank) const;
  /// Operand `i` repeated along a batch axis unless it is mapped already.
  array broadcast(int i) const;
};

using DerivativeRule = array (*)(const Elementwise &op, int index, const array &t);
using VjpRule = std::vector<array> (*)(const VjpArgs &op);
using JvpRule = array (*)(const JvpArgs &op);
using VmapRule = array (*)(const VmapArgs &op);

/// The rules of a row; null where the row has none: derivative for element-wise ops, vjp and jvp for the other
/// differentiable ones, vmap for all but BatchRule::None.
struct RuleRow {
  DerivativeRule derivative;
  VjpRule vjp;
  JvpRule jvp;
  VmapRule vmap;
};
const RuleRow &rulesOf(ir::OpKind kind);

// Every row names its rules; one that is missing is a link error.
#define MX_OP(Name, mnemonic, ...)                                                                                     \
  array derivative_##mnemonic(const Elementwise &op, int index, const array &t);                                      \
  std::vector<array> vjp_##mnemonic(const VjpArgs &op);                                                                \
  array jvp_##mnemonic(const JvpArgs &op);                                                                             \
  array vmap_##mnemonic(const VmapArgs &op);
#include "ir/OpTable.inc"
#undef MX_OP
/// The one batching rule of element-wise ops.
array vmapElementwise(const VmapArgs &op);

// Attributes, by position in the row.
int64_t intAttr(const OpView &op, int index);
const std::string &textAttr(const OpView &op, int index);
/// Axes and strides.
const std::vector<int64_t> &intsAttr(const OpView &op, int index);
/// A shape or offsets.
const ir::Dims &dimsAttr(const OpView &op, int index);

// Conversions between the frontend's and the op table's lists.
ir::Dims toDims(const Shape &shape);
Shape toShape(const ir::Dims &dims);
/// `head` followed by `tail`.
template <typename List> List prepend(typename List::value_type head, const List &tail) {
  List result;
  result.reserve(tail.size() + 1);
  result.push_back(head);
  result.insert(result.end(), tail.begin(), tail.end());
  return result;
}
/// `axes` of the unbatched operand, one further back.
std::vector<int64_t> shifted(const std::vector<int64_t> &axes);

// Shared by several rules.
/// The node's op on other operands, with its own attributes or others.
array again(const OpView &op, std::span<const array> inputs);
array again(const OpView &op, std::initializer_list<array> inputs);
array again(const OpView &op, std::initializer_list<array> inputs, ir::Attrs attrs);
/// `a` summed over the axes along which `shape` was broadcast.
array reduceTo(const array &a, const Shape &shape);
/// `t` where `mask`, zero elsewhere.
array masked(const array &mask, const array &t);
/// A constant of `like`'s dtype.
array scalarLike(double value, const array &like);
/// result[i] = a[i + distance] along `axis`, zero where that is outside.
array shiftAlong(const array &a, int axis, int distance);
/// 0, 1, 2, ... along `axis` of an int32 array of that rank, whose other axes are 1.
array indexAlong(int axis, int rank, int32_t size);
/// The window of `x` at `starts`, of `sizes`, strided.
array window(const array &x, const ir::Dims &starts, const Shape &sizes, const std::vector<int64_t> &strides);
/// `x` with the window at `starts` replaced by `update`.
array withWindow(const array &x, const array &update, const ir::Dims &starts, const std::vector<int64_t> &strides);

} // namespace mx::rules
