// Shapes of views. A view never changes the number of bytes it covers into more than the operand has, so sizes stay
// in range except in broadcast_to.
#include "ir/shape/Checks.h"
#include "ir/shape/Rules.h"

namespace mx::ir::shape {

rt::Result<TensorType> infer_reshape(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  const Dims &from = inputs[0].dims, &to = attribute<Dims>(attrs, 0);
  if (auto status = checkSizes(to); !status)
    return status.error();
  Dim have = product(from), want = product(to);
  if (provablyDifferent(have, want))
    return invalid("cannot reshape " + str(from) + " to " + str(to) + ": " + have.str() + " elements to " + want.str() + "; the product of the sizes stays the same");
  return TensorType{inputs[0].dtype, to};
}

rt::Result<TensorType> infer_transpose(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  const Dims &from = inputs[0].dims;
  const auto &axes = attribute<std::vector<int64_t>>(attrs, 0);
  if (auto status = checkLength("axes", axes.size(), from); !status)
    return status.error();
  if (auto status = checkAxes(axes, from); !status)
    return status.error();
  Dims to;
  to.reserve(axes.size());
  for (int64_t axis : axes)
    to.push_back(from[axis]);
  return TensorType{inputs[0].dtype, std::move(to)};
}

rt::Result<TensorType> infer_broadcast_to(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  const Dims &from = inputs[0].dims, &shape = attribute<Dims>(attrs, 0);
  auto fail = [&] { return invalid("cannot broadcast " + str(from) + " to " + str(shape) + "; sizes, counted from the last axis, are equal or 1"); };
  if (auto status = checkSizes(shape); !status)
    return status.error();
  if (from.size() > shape.size())
    return fail();
  Dims to = shape;
  for (size_t i = 0; i < from.size(); ++i) {
    Dim &size = to[shape.size() - from.size() + i];
    if (from[i].is(1))
      continue;
    if (provablyDifferent(from[i], size))
      return fail();
    size = known(size, from[i]);
  }
  return TensorType{inputs[0].dtype, std::move(to)};
}

rt::Result<TensorType> infer_slice(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  const Dims &starts = attribute<Dims>(attrs, 0), &sizes = attribute<Dims>(attrs, 1);
  if (auto status = checkSizes(sizes); !status)
    return status.error();
  if (auto status = checkWindow(inputs[0].dims, starts, sizes, attribute<std::vector<int64_t>>(attrs, 2)); !status)
    return status.error();
  return TensorType{inputs[0].dtype, sizes};
}

rt::Result<TensorType> infer_as_strided(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  const Dims &shape = attribute<Dims>(attrs, 0), &strides = attribute<Dims>(attrs, 1), &offset = attribute<Dims>(attrs, 2);
  if (auto status = checkSizes(shape); !status)
    return status.error();
  if (auto status = checkLength("strides", strides.size(), shape); !status)
    return status.error();
  if (offset.size() != 1)
    return invalid("takes one offset, got " + std::to_string(offset.size()) + "; it counts elements from the first");
  Dim lowest = offset[0], highest = offset[0], count = product(inputs[0].dims);
  for (size_t i = 0; i < shape.size(); ++i) {
    Dim reach = (shape[i] - 1) * strides[i];
    lowest = lowest + min(reach, 0);
    highest = highest + max(reach, 0);
  }
  bool below = lowest.isConstant() && lowest.value() < 0;
  Dim room = count - highest;
  if (!product(shape).is(0) && (below || (room.isConstant() && room.value() < 1)))
    return invalid("elements " + lowest.str() + " to " + highest.str() + " are out of range for " + count.str() + "; keep offset + (size - 1) * stride inside");
  return TensorType{inputs[0].dtype, shape};
}

rt::Result<TensorType> infer_view(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  auto dtype = dtypeAttribute(attrs, 0);
  if (!dtype)
    return dtype.error();
  TensorType result{*dtype, inputs[0].dims};
  int64_t from = sizeOf(inputs[0].dtype), to = sizeOf(*dtype);
  if (from == to)
    return result;
  auto fail = [&](const std::string &why) {
    return invalid("cannot view " + str(inputs[0].dims) + " of " + name(inputs[0].dtype) + " as " + name(*dtype) + ": " + why +
                   "; astype converts values instead");
  };
  if (result.dims.empty())
    return fail("a scalar only views as a dtype of its size");
  Dim &last = result.dims.back();
  Dim bytes = last * from;
  last = floorDiv(bytes, to);
  if (provablyDifferent(last * to, bytes))
    return fail("rows of " + bytes.str() + " bytes do not divide into elements of " + std::to_string(to));
  if (auto status = checkSizes(result.dims); !status)
    return status.error();
  return result;
}

} // namespace mx::ir::shape
