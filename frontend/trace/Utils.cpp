// Limits of dtypes, promotion and broadcasting of whole arguments, and axis numbers.
#include "frontend/include/mx/utils.h"

#include "frontend/trace/Axes.h"
#include "frontend/trace/Dtypes.h"
#include "frontend/trace/Errors.h"
#include "frontend/trace/Infer.h"

#include <bit>
#include <limits>

namespace mx {

finfo::finfo(Dtype dtype) : dtype(dtype) {
  switch (dtype.val()) {
  case Dtype::Val::float16:
    max = 65504, eps = 0x1p-10;
    break;
  case Dtype::Val::bfloat16:
    max = 0x1.fep127, eps = 0x1p-7;
    break;
  case Dtype::Val::float32:
    max = std::numeric_limits<float>::max(), eps = std::numeric_limits<float>::epsilon();
    break;
  case Dtype::Val::float64:
    max = std::numeric_limits<double>::max(), eps = std::numeric_limits<double>::epsilon();
    break;
  default:
    graph::fail("finfo", to_string(dtype) + " is not a floating point dtype; use iinfo");
  }
  min = -max;
}

iinfo::iinfo(Dtype dtype) : dtype(dtype) {
  if (!issubdtype(dtype, integer))
    graph::fail("iinfo", to_string(dtype) + " is not an integer dtype; use finfo");
  const int bits = 8 * dtype.size();
  const bool isSigned = issubdtype(dtype, signedinteger);
  max = std::numeric_limits<uint64_t>::max() >> (64 - bits + isSigned);
  min = isSigned ? -static_cast<int64_t>(max) - 1 : 0;
}

Dtype result_type(const array &a, const array &b) { return promote_types(a.dtype(), b.dtype()); }
Dtype result_type(const array &a, const array &b, const array &c) { return promote_types(result_type(a, b), c.dtype()); }
Dtype result_type(const std::vector<array> &arrays) {
  Dtype dtype = bool_;
  for (const array &a : arrays)
    dtype = promote_types(dtype, a.dtype());
  return dtype;
}

Shape broadcast_shapes(const Shape &s1, const Shape &s2) {
  auto dims = ir::broadcastDims(graph::dimsOf(s1), graph::dimsOf(s2));
  if (!dims)
    graph::raise({dims.error().code, "[broadcast_shapes] " + dims.error().message}, {s1, s2});
  Shape result(dims->size());
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<int32_t>((*dims)[i].value());
  return result;
}

int normalize_axis_index(int axis, int ndim, const std::string &msg_prefix) {
  if (axis < -ndim || axis >= ndim)
    graph::raise({rt::ErrorCode::invalidArgument, msg_prefix + graph::axisOutOfRange(axis, ndim)});
  return axis < 0 ? axis + ndim : axis;
}

bool is_power_of_2(int n) { return n > 0 && std::has_single_bit(static_cast<unsigned>(n)); }
int next_power_of_2(int n) { return n <= 1 ? 1 : static_cast<int>(std::bit_ceil(static_cast<unsigned>(n))); }

} // namespace mx
