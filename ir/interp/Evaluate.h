// Evaluation of one table op on concrete values: one function per family, and the tensor movements they share.
// Sizes, dtypes and axes were checked by the op's shape rule before any of these runs.
#pragma once

#include "ir/OpTable.h"
#include "ir/interp/Elements.h"

namespace mx::ir::interp {

/// An op with concrete operands.
struct OpCall {
  const OpRow &row;
  std::vector<const Tensor *> inputs;
  /// Dtypes and sizes of the inputs.
  std::vector<TensorType> inputTypes;
  /// In the row's order; sizes and offsets are constants.
  Attrs attrs;
  /// What the shape rule gives.
  rt::DType dtype;
  std::vector<int64_t> shape;

  const Tensor &in(size_t i) const { return *inputs[i]; }
  int64_t number(size_t attr) const { return std::get<int64_t>(attrs[attr]); }
  const std::vector<int64_t> &list(size_t attr) const { return std::get<std::vector<int64_t>>(attrs[attr]); }
  const std::string &text(size_t attr) const { return std::get<std::string>(attrs[attr]); }
  /// Sizes or offsets.
  std::vector<int64_t> sizes(size_t attr) const;
};

/// The op's result, by its family.
rt::Result<Tensor> evaluate(const OpCall &call);
/// One per family; the error is an op that the family does not know.
rt::Result<Tensor> evaluateElementwise(const OpCall &call);
rt::Result<Tensor> evaluateViews(const OpCall &call);
rt::Result<Tensor> evaluateCreation(const OpCall &call);
rt::Result<Tensor> evaluateReduce(const OpCall &call);
rt::Result<Tensor> evaluateScan(const OpCall &call);
rt::Result<Tensor> evaluateIndexing(const OpCall &call);
rt::Result<Tensor> evaluateLinalg(const OpCall &call);
/// The error of an op that no case handles.
rt::Error unknownOp(const OpCall &call);

// --- Tensor movements -------------------------------------------------------------------------------------------

using Shape = std::vector<int64_t>;

/// Product of sizes.
int64_t countOf(std::span<const int64_t> shape);
/// A tensor of zero bytes.
Tensor zeros(rt::DType dtype, Shape shape);
/// Element strides of a row-major tensor.
Shape stridesOf(std::span<const int64_t> shape);
/// result[i] = x at element offset + sum of i * strides.
Tensor materialize(const Tensor &x, Shape shape, std::span<const int64_t> strides, int64_t offset = 0);
/// Axes permuted: result axis i is axis axes[i] of x.
Tensor permute(const Tensor &x, std::span<const int64_t> axes);
/// Size-1 and missing leading axes repeated.
Tensor broadcastTo(const Tensor &x, Shape shape);
/// Every element in another dtype.
Tensor convert(const Tensor &x, rt::DType dtype);

/// Calls f(n, offset) for every index of `shape` in row-major order: n counts, offset is base + sum of index * strides.
template <typename F> void forEachOffset(std::span<const int64_t> shape, std::span<const int64_t> strides, int64_t base, F f) {
  int64_t count = countOf(shape), offset = base;
  Shape index(shape.size(), 0);
  for (int64_t n = 0; n < count; ++n) {
    f(n, offset);
    for (size_t axis = shape.size(); axis-- > 0;) {
      offset += strides[axis];
      if (++index[axis] < shape[axis])
        break;
      offset -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

} // namespace mx::ir::interp
