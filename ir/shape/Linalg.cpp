// Contractions.
#include "ir/shape/Checks.h"
#include "ir/shape/Rules.h"

namespace mx::ir::shape {

rt::Result<TensorType> infer_matmul(const OpRow &row, std::span<const TensorType> inputs, const Attrs &) {
  const TensorType &a = inputs[0], &b = inputs[1];
  rt::DType dtype = promoteTypes(a.dtype, b.dtype);
  if (auto status = checkReal(row.api, dtype); !status)
    return status.error();
  if (!isFloat(dtype))
    return invalid("needs floating point, got " + name(a.dtype) + " and " + name(b.dtype) + "; convert with astype");
  if (a.dims.size() < 2 || b.dims.size() < 2)
    return invalid("operands have two axes or more, got " + str(a.dims) + " @ " + str(b.dims) + "; add an axis with expand_dims");
  Dim inner = a.dims.back(), other = b.dims[b.dims.size() - 2];
  if (provablyDifferent(inner, other))
    return invalid("inner sizes differ: " + str(a.dims) + " @ " + str(b.dims) + "; transpose or reshape one so that the columns of the first are as many as the rows of the second");

  Dims result(a.dims.begin(), a.dims.end() - 2);
  if (a.dims.size() > 2 || b.dims.size() > 2) {
    auto batch = broadcastDims(result, Dims(b.dims.begin(), b.dims.end() - 2));
    if (!batch)
      return invalid("leading axes cannot be broadcast: " + str(a.dims) + " @ " + str(b.dims) + "; they are equal or 1");
    result = std::move(*batch);
  }
  result.push_back(a.dims[a.dims.size() - 2]);
  result.push_back(b.dims.back());
  if (auto status = checkSizes(result); !status)
    return status.error();
  return TensorType{dtype, std::move(result)};
}

} // namespace mx::ir::shape
