// Contractions over one row, matmul: everything else permutes and reshapes around it.
#include "frontend/include/mx/ops.h"
#include "frontend/include/mx/utils.h"
#include "frontend/ops/Common.h"

#include <algorithm>
#include <numeric>

namespace mx {
using ir::OpKind;

namespace {

int rankOf(const array &a) { return static_cast<int>(a.ndim()); }

std::string operands(const array &a, const array &b) { return graph::str(a.shape()) + " @ " + graph::str(b.shape()); }

int32_t productOf(const Shape &shape, const std::vector<int> &axes) {
  int64_t product = 1;
  for (int axis : axes)
    product *= shape[axis];
  return static_cast<int32_t>(std::min<int64_t>(product, std::numeric_limits<int32_t>::max()));
}

/// The axes that are not in `axes`.
std::vector<int> otherAxes(int rank, const std::vector<int> &axes) {
  std::vector<int> rest;
  for (int i = 0; i < rank; ++i)
    if (std::find(axes.begin(), axes.end(), i) == axes.end())
      rest.push_back(i);
  return rest;
}

std::vector<int> joined(std::vector<int> a, const std::vector<int> &b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

} // namespace

array matmul(const array &a, const array &b, StreamOrDevice s) {
  MX_API_SCOPE;
  if (a.ndim() == 0 || b.ndim() == 0)
    graph::fail("matmul", "a scalar has no axis to contract: " + operands(a, b) + "; multiply with *", {a.shape(), b.shape()});
  if (a.ndim() > 1 && b.ndim() > 1)
    return graph::makeBinary(OpKind::Matmul, a, b, s);
  if (a.shape(-1) != b.shape(b.ndim() == 1 ? 0 : -2))
    graph::fail("matmul", "inner sizes differ: " + operands(a, b) + "; transpose or reshape one so that the columns of the first are as many as the rows of the second", {a.shape(), b.shape()});
  const array row = a.ndim() == 1 ? expand_dims(a, 0, s) : a, column = b.ndim() == 1 ? expand_dims(b, 1, s) : b;
  const array product = graph::makeBinary(OpKind::Matmul, row, column, s);
  std::vector<int> gone;
  if (a.ndim() == 1)
    gone.push_back(-2);
  if (b.ndim() == 1)
    gone.push_back(-1);
  return squeeze(product, gone, s);
}

array addmm(const array &c, const array &a, const array &b, const float &alpha, const float &beta, StreamOrDevice s) {
  MX_API_SCOPE;
  array product = matmul(a, b, s);
  if (alpha != 1)
    product = multiply(product, array(alpha, product.dtype()), s);
  if (beta == 0)
    return broadcast_to(product, broadcast_shapes(product.shape(), c.shape()), s);
  return add(product, beta == 1 ? c : multiply(c, array(beta, graph::floatDtype(c.dtype())), s), s);
}

array tensordot(const array &a, const array &b, const std::vector<int> &axes_a, const std::vector<int> &axes_b,
                StreamOrDevice s) {
  MX_API_SCOPE;
  if (axes_a.size() != axes_b.size())
    graph::fail("tensordot", "needs as many axes of both, got " + std::to_string(axes_a.size()) + " and " +
                                 std::to_string(axes_b.size()) + "; they are contracted in pairs");
  const std::vector<int> ca = graph::normalizeAxes("tensordot", axes_a, rankOf(a));
  const std::vector<int> cb = graph::normalizeAxes("tensordot", axes_b, rankOf(b));
  for (size_t i = 0; i < ca.size(); ++i)
    if (a.shape(ca[i]) != b.shape(cb[i]))
      graph::fail("tensordot", "axis " + std::to_string(ca[i]) + " of " + graph::str(a.shape()) + " and axis " +
                                   std::to_string(cb[i]) + " of " + graph::str(b.shape()) + " differ; name axes of equal sizes", {a.shape(), b.shape()});
  const std::vector<int> ra = otherAxes(rankOf(a), ca), rb = otherAxes(rankOf(b), cb);
  const int32_t inner = productOf(a.shape(), ca);
  const array left = reshape(transpose(a, joined(ra, ca), s), {productOf(a.shape(), ra), inner}, s);
  const array right = reshape(transpose(b, joined(cb, rb), s), {inner, productOf(b.shape(), rb)}, s);
  Shape shape;
  for (int axis : ra)
    shape.push_back(a.shape(axis));
  for (int axis : rb)
    shape.push_back(b.shape(axis));
  return reshape(matmul(left, right, s), shape, s);
}

array tensordot(const array &a, const array &b, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  if (axis < 0 || axis > std::min(rankOf(a), rankOf(b)))
    graph::fail("tensordot", "cannot contract " + std::to_string(axis) + " axes of " + operands(a, b) +
                                 "; contract as many as the one with fewer has at most", {a.shape(), b.shape()});
  std::vector<int> last(axis), first(axis);
  std::iota(last.begin(), last.end(), rankOf(a) - axis);
  std::iota(first.begin(), first.end(), 0);
  return tensordot(a, b, last, first, s);
}

array outer(const array &a, const array &b, StreamOrDevice s) {
  MX_API_SCOPE;
  return multiply(reshape(a, {-1, 1}, s), flatten(b, s), s);
}

array inner(const array &a, const array &b, StreamOrDevice s) {
  MX_API_SCOPE;
  if (a.ndim() == 0 || b.ndim() == 0)
    return multiply(a, b, s);
  if (a.shape(-1) != b.shape(-1))
    graph::fail("inner", "last sizes differ: " + graph::str(a.shape()) + " and " + graph::str(b.shape()) + "; transpose or reshape one", {a.shape(), b.shape()});
  return tensordot(a, b, {-1}, {-1}, s);
}

array vecdot(const array &a, const array &b, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  const int at = graph::normalizeAxis("vecdot", axis, std::min(rankOf(a), rankOf(b)));
  const int fromEnd = at - std::min(rankOf(a), rankOf(b));
  if (a.shape(fromEnd) != b.shape(fromEnd))
    graph::fail("vecdot", "axis " + std::to_string(axis) + " of " + graph::str(a.shape()) + " and " + graph::str(b.shape()) +
                              " differs; transpose or slice one so that they are alike", {a.shape(), b.shape()});
  return sum(multiply(conjugate(a, s), b, s), fromEnd, false, s);
}

array kron(const array &a, const array &b, StreamOrDevice s) {
  MX_API_SCOPE;
  const size_t rank = std::max(a.ndim(), b.ndim());
  Shape left, right, result;
  for (size_t i = 0; i < rank; ++i) {
    auto sizeOf = [&](const array &x) { return i + x.ndim() < rank ? 1 : x.shape(static_cast<int>(i + x.ndim() - rank)); };
    const int64_t size = int64_t(sizeOf(a)) * sizeOf(b);
    if (size > std::numeric_limits<int32_t>::max())
      graph::raise({rt::ErrorCode::overflow, "[kron] the result has too many elements"}, {a.shape(), b.shape()});
    left.push_back(sizeOf(a));
    left.push_back(1);
    right.push_back(1);
    right.push_back(sizeOf(b));
    result.push_back(static_cast<int32_t>(size));
  }
  return reshape(multiply(reshape(a, left, s), reshape(b, right, s), s), result, s);
}

array trace(const array &a, int offset, int axis1, int axis2, Dtype dtype, StreamOrDevice s) {
  MX_API_SCOPE;
  if (a.ndim() < 2)
    graph::fail("trace", "needs two axes or more, got shape " + graph::str(a.shape()) + "; add axes with expand_dims", {a.shape()});
  return sum(astype(diagonal(a, offset, axis1, axis2, s), dtype, s), -1, false, s);
}
array trace(const array &a, int offset, int axis1, int axis2, StreamOrDevice s) {
  MX_API_SCOPE;
  return trace(a, offset, axis1, axis2, a.dtype() == bool_ ? int32 : a.dtype(), s);
}
array trace(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return trace(a, 0, 0, 1, s);
}

namespace {

/// The matrices of `a` that the indices pick from the flattened leading axes.
array pickMatrices(const array &a, const std::optional<array> &indices, const StreamOrDevice &s) {
  if (!indices)
    return a;
  return take(reshape(a, {-1, a.shape(-2), a.shape(-1)}, s), *indices, 0, s);
}

} // namespace

array gather_mm(const array &a, const array &b, const std::optional<array> &lhs_indices,
                const std::optional<array> &rhs_indices, bool, StreamOrDevice s) {
  MX_API_SCOPE;
  if (a.ndim() < 2 || b.ndim() < 2)
    graph::fail("gather_mm", "operands have two axes or more, got " + operands(a, b) + "; add an axis with expand_dims", {a.shape(), b.shape()});
  return matmul(pickMatrices(a, lhs_indices, s), pickMatrices(b, rhs_indices, s), s);
}

} // namespace mx
