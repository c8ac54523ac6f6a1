// Products that contract axes. Floating point only, but for the element-wise ones (outer, vecdot, kron, trace).
#pragma once

#include "mx/array.h"

#include <optional>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

/// The matrix product over the last two axes; leading axes broadcast. A 1-d operand is a row on the left, a column on
/// the right, and its axis is missing in the result. Throws InvalidArgument `[matmul] inner sizes differ: ...`.
array matmul(const array &a, const array &b, StreamOrDevice s = {});
/// alpha * (a @ b) + beta * c.
array addmm(const array &c, const array &a, const array &b, const float &alpha = 1.f, const float &beta = 1.f,
            StreamOrDevice s = {});
/// The product summed over the last `axis` axes of a and the first of b, or over axes_a and axes_b in pairs.
array tensordot(const array &a, const array &b, int axis = 2, StreamOrDevice s = {});
array tensordot(const array &a, const array &b, const std::vector<int> &axes_a, const std::vector<int> &axes_b,
                StreamOrDevice s = {});
/// result[i, j] = a[i] * b[j] of the flattened arguments.
array outer(const array &a, const array &b, StreamOrDevice s = {});
/// The product summed over the last axes of both; a scalar multiplies.
array inner(const array &a, const array &b, StreamOrDevice s = {});
/// The sum of conjugate(a) * b along an axis.
array vecdot(const array &a, const array &b, int axis = -1, StreamOrDevice s = {});
/// The Kronecker product.
array kron(const array &a, const array &b, StreamOrDevice s = {});
/// The sum along a diagonal, by default the main one of the first two axes.
array trace(const array &a, int offset, int axis1, int axis2, Dtype dtype, StreamOrDevice s = {});
array trace(const array &a, int offset, int axis1, int axis2, StreamOrDevice s = {});
array trace(const array &a, StreamOrDevice s = {});
/// a[lhs_indices] @ b[rhs_indices]: the indices pick matrices from the flattened leading axes.
array gather_mm(const array &a, const array &b, const std::optional<array> &lhs_indices = std::nullopt,
                const std::optional<array> &rhs_indices = std::nullopt, bool sorted_indices = false, StreamOrDevice s = {});

} // namespace mx
MX_PUBLIC_END
