// Shapes of values made from attributes or a key.
#include "ir/shape/Checks.h"
#include "ir/shape/Rules.h"

namespace mx::ir::shape {

rt::Result<TensorType> infer_iota(const OpRow &, std::span<const TensorType>, const Attrs &attrs) {
  const Dims &shape = attribute<Dims>(attrs, 0);
  auto dtype = dtypeAttribute(attrs, 1);
  if (!dtype)
    return dtype.error();
  if (isBool(*dtype) || isComplex(*dtype))
    return invalid(name(*dtype) + " does not count; use an integer or a real dtype");
  if (shape.size() != 1)
    return invalid("counts along one axis, got the shape " + str(shape) + "; reshape what it gives");
  if (auto status = checkSizes(shape); !status)
    return status.error();
  return TensorType{*dtype, shape};
}

rt::Result<TensorType> infer_size(const OpRow &, std::span<const TensorType>, const Attrs &attrs) {
  auto dtype = dtypeAttribute(attrs, 1);
  if (!dtype)
    return dtype.error();
  if (isBool(*dtype) || isComplex(*dtype))
    return invalid(name(*dtype) + " does not count; use an integer or a real dtype");
  if (auto status = checkSizes(attribute<Dims>(attrs, 0)); !status)
    return status.error();
  return TensorType{*dtype, {}};
}

rt::Result<TensorType> infer_random_bits(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  const Dims &key = inputs[0].dims, &shape = attribute<Dims>(attrs, 0);
  int64_t width = intAttribute(attrs, 1);
  if (inputs[0].dtype != rt::DType::uint32)
    return invalid("the key is uint32, got " + name(inputs[0].dtype) + "; make it with random::key");
  if (key.empty() || provablyDifferent(key.back(), 2))
    return invalid("the last axis of the key has size 2, got " + str(key) + "; make it with random::key");
  if (width != 1 && width != 2 && width != 4)
    return invalid("the width is 1, 2 or 4 bytes, got " + std::to_string(width) + "; two of 4 make one of 8");
  Dims dims(key.begin(), key.end() - 1);
  dims.insert(dims.end(), shape.begin(), shape.end());
  if (auto status = checkSizes(dims); !status)
    return status.error();
  rt::DType dtype = width == 1 ? rt::DType::uint8 : width == 2 ? rt::DType::uint16 : rt::DType::uint32;
  return TensorType{dtype, std::move(dims)};
}

} // namespace mx::ir::shape
