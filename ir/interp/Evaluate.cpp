// The family of an op, and tensor movements: every one is a strided copy or an element-wise conversion.
#include "ir/interp/Evaluate.h"

#include <algorithm>
#include <cstring>

namespace mx::ir::interp {

Shape OpCall::sizes(size_t attr) const {
  Shape result;
  for (Dim d : std::get<Dims>(attrs[attr]))
    result.push_back(d.value());
  return result;
}

rt::Result<Tensor> evaluate(const OpCall &call) {
  switch (call.row.kind) {
#define MX_OP(Name, mnemonic, api, Family, ...)                                                                        \
  case OpKind::Name:                                                                                                   \
    return evaluate##Family(call);
#include "ir/OpTable.inc"
#undef MX_OP
  }
  __builtin_unreachable();
}

rt::Error unknownOp(const OpCall &call) {
  return {rt::ErrorCode::internal, "the interpreter does not know mx." + std::string(call.row.mnemonic)};
}

int64_t countOf(std::span<const int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

Tensor zeros(rt::DType dtype, Shape shape) {
  size_t bytes = countOf(shape) * sizeOf(dtype);
  return {dtype, std::move(shape), std::vector<std::byte>(bytes)};
}

Shape stridesOf(std::span<const int64_t> shape) {
  Shape strides(shape.size());
  int64_t step = 1;
  for (size_t axis = shape.size(); axis-- > 0; step *= shape[axis])
    strides[axis] = step;
  return strides;
}

Tensor materialize(const Tensor &x, Shape shape, std::span<const int64_t> strides, int64_t offset) {
  Tensor result = zeros(x.dtype, std::move(shape));
  int64_t bytes = sizeOf(x.dtype);
  forEachOffset(result.shape, strides, offset, [&](int64_t n, int64_t from) {
    std::memcpy(&result.data[n * bytes], &x.data[from * bytes], bytes);
  });
  return result;
}

Tensor permute(const Tensor &x, std::span<const int64_t> axes) {
  Shape shape, strides, from = stridesOf(x.shape);
  for (int64_t axis : axes) {
    shape.push_back(x.shape[axis]);
    strides.push_back(from[axis]);
  }
  return materialize(x, std::move(shape), strides);
}

Tensor broadcastTo(const Tensor &x, Shape shape) {
  if (x.shape == shape)
    return x;
  Shape strides(shape.size(), 0), from = stridesOf(x.shape);
  size_t missing = shape.size() - x.shape.size();
  for (size_t axis = 0; axis < x.shape.size(); ++axis)
    strides[missing + axis] = x.shape[axis] == 1 ? 0 : from[axis];
  return materialize(x, std::move(shape), strides);
}

Tensor convert(const Tensor &x, rt::DType dtype) {
  if (x.dtype == dtype)
    return x;
  Tensor result = zeros(dtype, x.shape);
  visit(x.dtype, [&]<typename From>(std::type_identity<From>) {
    visit(dtype, [&]<typename To>(std::type_identity<To>) {
      std::ranges::transform(elements<From>(x), elements<To>(result).begin(), convertElement<To, From>);
    });
  });
  return result;
}

} // namespace mx::ir::interp
