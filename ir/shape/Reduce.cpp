// Reductions and scans. An empty list of axes reduces nothing; "all axes" is the frontend's to spell out.
#include "ir/shape/Checks.h"
#include "ir/shape/Rules.h"

#include <algorithm>

namespace mx::ir::shape {
namespace {

/// What sums and products of `dtype` are accumulated and returned in.
rt::DType accumulated(rt::DType dtype) {
  if (sizeOf(dtype) >= 4 || isFloat(dtype))
    return dtype;
  return isUnsigned(dtype) ? rt::DType::uint32 : rt::DType::int32;
}

rt::Status checkNotEmpty(int64_t axis, const Dims &dims) {
  if (!dims[axis].is(0))
    return {};
  return invalid("axis " + std::to_string(axis) + " of " + str(dims) + " is empty: there is no such element; reduce axes that have entries");
}

Dims reduced(const Dims &dims, std::span<const int64_t> axes, bool keepdims) {
  Dims result;
  result.reserve(dims.size());
  for (size_t i = 0; i < dims.size(); ++i) {
    if (std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) == axes.end())
      result.push_back(dims[i]);
    else if (keepdims)
      result.push_back(1);
  }
  return result;
}

} // namespace

rt::Result<TensorType> infer_reduce(const OpRow &row, std::span<const TensorType> inputs, const Attrs &attrs) {
  const TensorType &x = inputs[0];
  const auto &axes = attribute<std::vector<int64_t>>(attrs, 0);
  if (auto status = checkReal(row.api, x.dtype); !status)
    return status.error();
  if (auto status = checkAxes(axes, x.dims); !status)
    return status.error();
  rt::DType dtype = x.dtype;
  switch (row.kind) {
  case OpKind::Max:
  case OpKind::Min:
    for (int64_t axis : axes)
      if (auto status = checkNotEmpty(axis, x.dims); !status)
        return status.error();
    break;
  case OpKind::All:
  case OpKind::Any:
    dtype = rt::DType::bool_;
    break;
  default:
    dtype = accumulated(dtype);
  }
  return TensorType{dtype, reduced(x.dims, axes, intAttribute(attrs, 1))};
}

rt::Result<TensorType> infer_arg_reduce(const OpRow &row, std::span<const TensorType> inputs, const Attrs &attrs) {
  const TensorType &x = inputs[0];
  int64_t axis = intAttribute(attrs, 0);
  if (auto status = checkReal(row.api, x.dtype); !status)
    return status.error();
  if (auto status = checkAxis(axis, x.dims); !status)
    return status.error();
  if (auto status = checkNotEmpty(axis, x.dims); !status)
    return status.error();
  return TensorType{rt::DType::uint32, reduced(x.dims, {&axis, 1}, intAttribute(attrs, 1))};
}

rt::Result<TensorType> infer_scan(const OpRow &row, std::span<const TensorType> inputs, const Attrs &attrs) {
  const TensorType &x = inputs[0];
  if (auto status = checkReal(row.api, x.dtype); !status)
    return status.error();
  if (auto status = checkAxis(intAttribute(attrs, 0), x.dims); !status)
    return status.error();
  return TensorType{row.kind == OpKind::Cumsum ? accumulated(x.dtype) : x.dtype, x.dims};
}

} // namespace mx::ir::shape
