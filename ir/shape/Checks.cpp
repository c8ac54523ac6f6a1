// The checks that shape rules share. They run at every eager op: success allocates nothing.
#include "ir/shape/Checks.h"

#include <algorithm>

namespace mx::ir::shape {
namespace {
/// Public shapes are int32.
constexpr int64_t kMaxSize = INT32_MAX;
/// Leaves room for byte counts of 8-byte elements in the planner's unsigned arithmetic.
constexpr int64_t kMaxElements = int64_t{1} << 62;
} // namespace

rt::Error invalid(std::string message) { return {rt::ErrorCode::invalidArgument, std::move(message)}; }

std::string name(rt::DType dtype) { return std::string(nameOf(dtype)); }

rt::Result<rt::DType> dtypeAttribute(const Attrs &attrs, size_t index) {
  int64_t value = intAttribute(attrs, index);
  if (value < 0 || value >= rt::kNumDTypes)
    return invalid("no dtype has the number " + std::to_string(value) + "; they count from 0 in the order of Dtype");
  return static_cast<rt::DType>(value);
}

rt::Status checkSizes(const Dims &dims) {
  int64_t count = 1;
  bool empty = false, overflows = false;
  for (Dim d : dims) {
    if (!d.isConstant())
      continue;
    if (d.value() < 0)
      return invalid("size " + d.str() + " is negative: " + str(dims) + "; sizes are 0 or more");
    if (d.value() > kMaxSize)
      return rt::Error{rt::ErrorCode::overflow, "size " + d.str() + " is above 2147483647: " + str(dims)};
    empty |= d.is(0);
    overflows |= __builtin_mul_overflow(count, std::max<int64_t>(d.value(), 1), &count);
  }
  if (!empty && (overflows || count > kMaxElements))
    return rt::Error{rt::ErrorCode::overflow, str(dims) + " has more than 2^62 elements"};
  return {};
}

rt::Status checkAxis(int64_t axis, const Dims &dims) {
  if (axis < 0 || axis >= static_cast<int64_t>(dims.size()))
    return invalid("axis " + std::to_string(axis) + " is out of range for " + str(dims) + "; axes count from 0, or from the end as -1, -2, ...");
  return {};
}

rt::Status checkAxes(std::span<const int64_t> axes, const Dims &dims) {
  for (size_t i = 0; i < axes.size(); ++i) {
    if (auto status = checkAxis(axes[i], dims); !status)
      return status;
    if (std::find(axes.begin(), axes.begin() + i, axes[i]) != axes.begin() + i)
      return invalid("axis " + std::to_string(axes[i]) + " occurs twice; name each once");
  }
  return {};
}

rt::Status checkLength(std::string_view what, size_t length, const Dims &dims) {
  if (length == dims.size())
    return {};
  return invalid(std::string(what) + " needs one entry per axis of " + str(dims) + ", got " + std::to_string(length) + "; give as many");
}

rt::Status checkWindow(const Dims &dims, const Dims &starts, const Dims &sizes, std::span<const int64_t> strides) {
  for (auto [what, length] : {std::pair{"starts", starts.size()}, {"sizes", sizes.size()}, {"strides", strides.size()}})
    if (auto status = checkLength(what, length, dims); !status)
      return status;
  for (size_t i = 0; i < dims.size(); ++i) {
    auto fail = [&](std::string message) { return invalid(message + " at axis " + std::to_string(i) + " of " + str(dims) + "; keep the window inside"); };
    if (strides[i] == 0)
      return fail("stride 0");
    if (!starts[i].isConstant() || !sizes[i].isConstant() || sizes[i].value() < 1)
      continue;
    Dim last = starts[i] + (sizes[i] - 1) * strides[i];
    Dim low = min(starts[i], last), high = max(starts[i], last);
    if (low.value() < 0 || (dims[i].isConstant() && high.value() >= dims[i].value()))
      return fail("elements " + starts[i].str() + " to " + last.str() + " are out of range");
  }
  return {};
}

rt::Status checkReal(std::string_view op, rt::DType dtype) {
  if (!isComplex(dtype))
    return {};
  return invalid("complex64 is a storage type: " + std::string(op) + " takes real operands; convert with astype");
}

} // namespace mx::ir::shape
