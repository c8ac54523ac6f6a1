// What several shape rules check, with one wording each. An Error carries the values; inferType adds the op's name.
#pragma once

#include "ir/OpTable.h"

namespace mx::ir::shape {

/// The error of a wrong shape, dtype or axis.
rt::Error invalid(std::string message);
/// `float32`.
std::string name(rt::DType dtype);
/// The attribute at `index`, whose alternative the op table fixes.
template <typename T> const T &attribute(const Attrs &attrs, size_t index) {
  assert(std::holds_alternative<T>(attrs[index]));
  return *std::get_if<T>(&attrs[index]);
}
inline int64_t intAttribute(const Attrs &attrs, size_t index) { return attribute<int64_t>(attrs, index); }
/// A dtype attribute; the error is a number that names none.
rt::Result<rt::DType> dtypeAttribute(const Attrs &attrs, size_t index);

/// No size is negative or above what an axis holds, and the element count fits.
rt::Status checkSizes(const Dims &dims);
/// `axis` counts from the front and lies below the rank.
rt::Status checkAxis(int64_t axis, const Dims &dims);
/// Every axis is valid and none occurs twice.
rt::Status checkAxes(std::span<const int64_t> axes, const Dims &dims);
/// One entry per axis of `dims`.
rt::Status checkLength(std::string_view what, size_t length, const Dims &dims);
/// A window of `sizes` with the strides lies inside `dims`, as far as constants tell.
rt::Status checkWindow(const Dims &dims, const Dims &starts, const Dims &sizes, std::span<const int64_t> strides);
/// complex64 holds values and takes no part in arithmetic.
rt::Status checkReal(std::string_view op, rt::DType dtype);

/// Of two sizes that must agree, the one that says more.
inline Dim known(Dim a, Dim b) { return a.isConstant() ? a : b.isConstant() ? b : a; }

} // namespace mx::ir::shape
