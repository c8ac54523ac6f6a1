// Functions that make arrays: ramps, constants, triangles and grids.
#include "frontend/include/mx/ops.h"
#include "frontend/ops/Common.h"
#include "frontend/trace/Tracing.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace mx {
using ir::OpKind;

namespace {

int checkedLength(const char *op, double length) {
  if (!std::isfinite(length))
    graph::fail(op, "the length is no finite number; give finite bounds and a step other than 0");
  if (length > std::numeric_limits<int32_t>::max())
    graph::raise({rt::ErrorCode::overflow, "[" + std::string(op) + "] the result has too many elements"});
  return static_cast<int>(std::max(length, 0.0));
}

array iota(int length, Dtype dtype, const StreamOrDevice &s) {
  return graph::make(OpKind::Iota, std::span<graph::Node *const>(), {graph::dimsAttr(Shape{length}), graph::dtypeAttr(dtype)}, s);
}

/// start + i * step for i in [0, length).
array ramp(double start, double step, int length, Dtype dtype, const StreamOrDevice &s) {
  // Positions past 2048 (256) are not exact in the short formats.
  const Dtype wide = dtype == float16 || dtype == bfloat16 ? float32 : dtype;
  array result = iota(length, wide, s);
  if (step != 1)
    result = multiply(result, array(step, wide), s);
  // A start may be made of sizes, and 0 for these alone.
  if (start != 0 || graph::AnySizesScope::active())
    result = add(result, array(start, wide), s);
  return astype(result, dtype, s);
}

void checkSizes(const char *op, const Shape &shape) {
  if (std::any_of(shape.begin(), shape.end(), [](int32_t d) { return d < 0; }))
    graph::fail(op, "negative size in shape " + graph::str(shape) + "; sizes are 0 or more", {shape});
}

/// True where row + k >= column.
array lowerMask(int n, int m, int k, const StreamOrDevice &s) {
  checkSizes("tri", Shape{n, m});
  const array rows = expand_dims(ramp(k, 1, n, int32, s), 1, s);
  return greater_equal(rows, expand_dims(iota(m, int32, s), 0, s), s);
}

} // namespace

array arange(double start, double stop, double step, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  return ramp(start, step, checkedLength("arange", std::ceil((stop - start) / step)), dtype, s);
}
array arange(double start, double stop, double step, StreamOrDevice s) {
  MX_API_SCOPE;
  return arange(start, stop, step, float32, s);
}
array arange(double start, double stop, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  return arange(start, stop, 1.0, dtype, s);
}
array arange(double start, double stop, StreamOrDevice s) {
  MX_API_SCOPE;
  return arange(start, stop, 1.0, float32, s);
}
array arange(double stop, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  return arange(0.0, stop, 1.0, dtype, s);
}
array arange(double stop, StreamOrDevice s) {
  MX_API_SCOPE;
  return arange(0.0, stop, 1.0, float32, s);
}
array arange(int start, int stop, int step, StreamOrDevice s) {
  MX_API_SCOPE;
  return arange(double(start), double(stop), double(step), int32, s);
}
array arange(int start, int stop, StreamOrDevice s) {
  MX_API_SCOPE;
  return arange(double(start), double(stop), 1.0, int32, s);
}
array arange(int stop, StreamOrDevice s) {
  MX_API_SCOPE;
  return arange(0.0, double(stop), 1.0, int32, s);
}

array linspace(double start, double stop, int num, bool endpoint, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  if (num < 0)
    graph::fail("linspace", "num is negative: " + std::to_string(num) + "; it counts the points");
  const Dtype wide = dtype == float64 ? float64 : float32;
  const int intervals = endpoint ? num - 1 : num;
  // Weighted from both ends, so that the last value is `stop` itself.
  const array t = divide(iota(num, wide, s), array(std::max(intervals, 1), wide), s);
  const array head = multiply(subtract(array(1, wide), t, s), array(start, wide), s);
  return astype(add(head, multiply(t, array(stop, wide), s), s), dtype, s);
}
array linspace(double start, double stop, int num, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  return linspace(start, stop, num, true, dtype, s);
}

array full(const Shape &shape, const array &vals, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  checkSizes("full", shape);
  return broadcast_to(astype(vals, dtype, s), shape, s);
}
array full(const Shape &shape, const array &vals, StreamOrDevice s) {
  MX_API_SCOPE;
  return full(shape, vals, vals.dtype(), s);
}
array full_like(const array &a, const array &vals, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  return full(a.shape(), vals, dtype, s);
}
array full_like(const array &a, const array &vals, StreamOrDevice s) {
  MX_API_SCOPE;
  return full(a.shape(), vals, a.dtype(), s);
}
array zeros(const Shape &shape, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  return full(shape, array(0, dtype), dtype, s);
}
array zeros(const Shape &shape, StreamOrDevice s) {
  MX_API_SCOPE;
  return zeros(shape, float32, s);
}
array zeros_like(const array &a, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  return zeros(a.shape(), dtype, s);
}
array zeros_like(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return zeros(a.shape(), a.dtype(), s);
}
array ones(const Shape &shape, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  return full(shape, array(1, dtype), dtype, s);
}
array ones(const Shape &shape, StreamOrDevice s) {
  MX_API_SCOPE;
  return ones(shape, float32, s);
}
array ones_like(const array &a, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  return ones(a.shape(), dtype, s);
}
array ones_like(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return ones(a.shape(), a.dtype(), s);
}

array eye(int n, int m, int k, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  checkSizes("eye", Shape{n, m});
  const array rows = expand_dims(ramp(k, 1, n, int32, s), 1, s);
  return astype(equal(rows, expand_dims(iota(m, int32, s), 0, s), s), dtype, s);
}
array eye(int n, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  return eye(n, n, 0, dtype, s);
}
array eye(int n, int m, StreamOrDevice s) {
  MX_API_SCOPE;
  return eye(n, m, 0, float32, s);
}
array eye(int n, int m, int k, StreamOrDevice s) {
  MX_API_SCOPE;
  return eye(n, m, k, float32, s);
}
array eye(int n, StreamOrDevice s) {
  MX_API_SCOPE;
  return eye(n, n, 0, float32, s);
}
array identity(int n, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  return eye(n, n, 0, dtype, s);
}
array identity(int n, StreamOrDevice s) {
  MX_API_SCOPE;
  return eye(n, n, 0, float32, s);
}

array tri(int n, int m, int k, Dtype type, StreamOrDevice s) {
  MX_API_SCOPE;
  return astype(lowerMask(n, m, k, s), type, s);
}
array tri(int n, Dtype type, StreamOrDevice s) {
  MX_API_SCOPE;
  return tri(n, n, 0, type, s);
}

array tril(const array &x, int k, StreamOrDevice s) {
  MX_API_SCOPE;
  if (x.ndim() < 2)
    graph::fail("tril", "needs two axes or more, got shape " + graph::str(x.shape()) + "; add axes with expand_dims", {x.shape()});
  return where(lowerMask(x.shape(-2), x.shape(-1), k, s), x, array(0, x.dtype()), s);
}

array triu(const array &x, int k, StreamOrDevice s) {
  MX_API_SCOPE;
  if (x.ndim() < 2)
    graph::fail("triu", "needs two axes or more, got shape " + graph::str(x.shape()) + "; add axes with expand_dims", {x.shape()});
  return where(lowerMask(x.shape(-2), x.shape(-1), k - 1, s), array(0, x.dtype()), x, s);
}

array diag(const array &a, int k, StreamOrDevice s) {
  MX_API_SCOPE;
  if (a.ndim() == 2)
    return diagonal(a, k, 0, 1, s);
  if (a.ndim() != 1)
    graph::fail("diag", "needs one or two axes, got shape " + graph::str(a.shape()) + "; reshape or flatten it", {a.shape()});
  const int n = a.shape(0) + std::abs(k);
  // Above the main diagonal the row is the position in a, below it the column.
  const array values = pad(a, {0}, Shape{0}, Shape{n - a.shape(0)}, array(0), "constant", s);
  return where(eye(n, n, k, bool_, s), expand_dims(values, k >= 0 ? 1 : 0, s), array(0, a.dtype()), s);
}

std::vector<array> meshgrid(const std::vector<array> &arrays, bool sparse, const std::string &indexing, StreamOrDevice s) {
  MX_API_SCOPE;
  if (indexing != "xy" && indexing != "ij")
    graph::fail("meshgrid", "indexing '" + indexing + "' is neither xy nor ij; give one of them");
  const size_t rank = arrays.size();
  std::vector<array> grid;
  grid.reserve(rank);
  for (size_t i = 0; i < rank; ++i) {
    if (arrays[i].ndim() > 1)
      graph::fail("meshgrid", "needs 1-d arrays, got shape " + graph::str(arrays[i].shape()) + "; flatten it first", {arrays[i].shape()});
    const size_t axis = indexing == "xy" && rank > 1 && i < 2 ? 1 - i : i;
    Shape shape(rank, 1);
    shape[axis] = static_cast<int32_t>(arrays[i].size());
    grid.push_back(reshape(arrays[i], shape, s));
  }
  return sparse ? grid : broadcast_arrays(grid, s);
}

// --- Windows ------------------------------------------------------------------------------------------------------

namespace {

/// a0 - a1 cos(2 pi n / (M - 1)) + a2 cos(4 pi n / (M - 1)).
array cosineWindow(const char *op, int M, double a0, double a1, double a2, const StreamOrDevice &s) {
  checkSizes(op, Shape{M});
  if (M == 1)
    return ones({1}, s);
  const array turn = ramp(0, 2 * std::numbers::pi / (M - 1), M, float32, s);
  array window = subtract(array(a0), multiply(array(a1), cos(turn, s), s), s);
  if (a2 != 0)
    window = add(window, multiply(array(a2), cos(multiply(turn, array(2.0), s), s), s), s);
  return window;
}

} // namespace

array hanning(int M, StreamOrDevice s) {
  MX_API_SCOPE;
  return cosineWindow("hanning", M, 0.5, 0.5, 0, s);
}
array hamming(int M, StreamOrDevice s) {
  MX_API_SCOPE;
  return cosineWindow("hamming", M, 0.54, 0.46, 0, s);
}
array blackman(int M, StreamOrDevice s) {
  MX_API_SCOPE;
  return cosineWindow("blackman", M, 0.42, 0.5, 0.08, s);
}
array bartlett(int M, StreamOrDevice s) {
  MX_API_SCOPE;
  checkSizes("bartlett", Shape{M});
  if (M == 1)
    return ones({1}, s);
  return subtract(array(1.0), abs(subtract(ramp(0, 2.0 / (M - 1), M, float32, s), array(1.0), s), s), s);
}

} // namespace mx
