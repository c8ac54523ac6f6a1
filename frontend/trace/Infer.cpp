// The fast path asks the table for the dtype only once per (op, dtypes): the answer does not depend on shapes.
#include "frontend/trace/Infer.h"

#include "frontend/trace/Errors.h"

#include <limits>

namespace mx::graph {
namespace {

/// dtype + 1 of an element-wise op without attributes over one operand (second index 0) or two; 0 while unknown.
std::atomic<uint8_t> knownDtypes[ir::kNumOps][rt::kNumDTypes][rt::kNumDTypes + 1];

std::atomic<uint8_t> &knownDtype(ir::OpKind kind, std::span<Node *const> inputs) {
  const int second = inputs.size() == 2 ? 1 + static_cast<int>(inputs[1]->dtype) : 0;
  return knownDtypes[static_cast<int>(kind)][static_cast<int>(inputs[0]->dtype)][second];
}

/// True when the elements take less than 2^63 bytes.
bool fits(const Shape &shape, rt::DType dtype) {
  int64_t bytes = rt::sizeOf(dtype);
  bool overflows = false;
  for (int32_t d : shape)
    overflows |= __builtin_mul_overflow(bytes, std::max(d, 1), &bytes);
  return !overflows;
}

/// False when the shapes do not broadcast.
bool broadcastInto(Shape &shape, const Shape &other) {
  const size_t rank = std::max(shape.size(), other.size());
  Shape wide(rank, 1);
  std::copy(shape.begin(), shape.end(), wide.end() - shape.size());
  for (size_t i = 0; i < other.size(); ++i) {
    int32_t &d = wide[rank - other.size() + i];
    if (d == 1)
      d = other[i];
    else if (other[i] != 1 && other[i] != d)
      return false;
  }
  shape = std::move(wide);
  return true;
}

bool inferFast(std::span<Node *const> inputs, uint8_t known, Shape &shape, rt::DType &dtype) {
  dtype = static_cast<rt::DType>(known - 1);
  shape = inputs[0]->shape;
  if (inputs.size() == 1 || inputs[1]->shape.empty() || inputs[0]->shape == inputs[1]->shape)
    return true;
  if (shape.empty()) {
    shape = inputs[1]->shape;
    return true;
  }
  return broadcastInto(shape, inputs[1]->shape) && fits(shape, dtype);
}

std::vector<Shape> shapesOf(std::span<Node *const> inputs) {
  std::vector<Shape> shapes;
  for (const Node *in : inputs)
    shapes.push_back(in->shape);
  return shapes;
}

[[noreturn]] void tooLarge(ir::OpKind kind, const ir::Dims &dims, std::span<Node *const> inputs) {
  raise({rt::ErrorCode::overflow, "[" + std::string(ir::rowOf(kind).api) + "] the result's shape " + ir::str(dims) +
                                      " has too many elements"},
        shapesOf(inputs));
}

} // namespace

ir::Dims dimsOf(const Shape &shape) { return ir::Dims(shape.begin(), shape.end()); }

void infer(ir::OpKind kind, std::span<Node *const> inputs, const ir::Attrs &attrs, Shape &shape, rt::DType &dtype) {
  const ir::OpRow &row = ir::rowOf(kind);
  const bool simple = row.isElementwise() && row.attrs.empty() && row.numInputs == inputs.size() && inputs.size() <= 2;
  if (simple)
    if (uint8_t known = knownDtype(kind, inputs).load(std::memory_order_relaxed))
      if (inferFast(inputs, known, shape, dtype))
        return;

  std::vector<ir::TensorType> types;
  types.reserve(inputs.size());
  for (const Node *in : inputs)
    types.push_back({in->dtype, dimsOf(in->shape)});
  auto result = ir::inferType(kind, types, attrs);
  if (!result)
    raise(result.error(), shapesOf(inputs));

  dtype = result->dtype;
  shape.resize(result->dims.size());
  for (size_t i = 0; i < shape.size(); ++i) {
    const int64_t d = result->dims[i].value();
    if (d > std::numeric_limits<int32_t>::max())
      tooLarge(kind, result->dims, inputs);
    shape[i] = static_cast<int32_t>(d);
  }
  if (!fits(shape, dtype))
    tooLarge(kind, result->dims, inputs);
  if (simple)
    knownDtype(kind, inputs).store(static_cast<uint8_t>(dtype) + 1, std::memory_order_relaxed);
}

} // namespace mx::graph
