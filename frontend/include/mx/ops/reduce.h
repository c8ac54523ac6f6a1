// Reductions over axes, and scans along one. Without axes a reduction is over all of them; with keepdims the reduced
// axes stay, with size 1. Throws InvalidArgument for axes that are out of range or occur twice.
#pragma once

#include "mx/array.h"

#include <optional>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

#define MX_REDUCTION(function)                                                                                         \
  array function(const array &a, bool keepdims, StreamOrDevice s = {});                                                \
  array function(const array &a, StreamOrDevice s = {});                                                               \
  array function(const array &a, const std::vector<int> &axes, bool keepdims = false, StreamOrDevice s = {});          \
  array function(const array &a, int axis, bool keepdims = false, StreamOrDevice s = {});
/// True where every element is nonzero.
MX_REDUCTION(all)
/// True where some element is nonzero.
MX_REDUCTION(any)
/// The sum; bool and integers below 32 bits are summed as int32 or uint32.
MX_REDUCTION(sum)
/// The product, with the dtypes of sum.
MX_REDUCTION(prod)
/// The largest element; NaN if there is one. Throws InvalidArgument when there is no element.
MX_REDUCTION(max)
/// The smallest element; NaN if there is one.
MX_REDUCTION(min)
/// The arithmetic mean in floating point; NaN of nothing.
MX_REDUCTION(mean)
/// log(sum(exp(a))) without overflow.
MX_REDUCTION(logsumexp)
#undef MX_REDUCTION

/// The mean squared distance from the mean, divided by (n - ddof). Computed in two passes.
array var(const array &a, bool keepdims, int ddof = 0, StreamOrDevice s = {});
array var(const array &a, StreamOrDevice s = {});
array var(const array &a, const std::vector<int> &axes, bool keepdims = false, int ddof = 0, StreamOrDevice s = {});
array var(const array &a, int axis, bool keepdims = false, int ddof = 0, StreamOrDevice s = {});
/// The square root of var.
array std(const array &a, bool keepdims, int ddof = 0, StreamOrDevice s = {});
array std(const array &a, StreamOrDevice s = {});
array std(const array &a, const std::vector<int> &axes, bool keepdims = false, int ddof = 0, StreamOrDevice s = {});
array std(const array &a, int axis, bool keepdims = false, int ddof = 0, StreamOrDevice s = {});
/// How many elements are nonzero, as int32.
array count_nonzero(const array &a, bool keepdims = false, StreamOrDevice s = {});
array count_nonzero(const array &a, int axis, bool keepdims = false, StreamOrDevice s = {});
array count_nonzero(const array &a, const std::vector<int> &axes, bool keepdims = false, StreamOrDevice s = {});

/// The uint32 index of the first smallest element, NaN counting as smallest; without an axis in the flattened array.
array argmin(const array &a, bool keepdims, StreamOrDevice s = {});
array argmin(const array &a, StreamOrDevice s = {});
array argmin(const array &a, int axis, bool keepdims = false, StreamOrDevice s = {});
/// The uint32 index of the first largest element, NaN counting as largest.
array argmax(const array &a, bool keepdims, StreamOrDevice s = {});
array argmax(const array &a, StreamOrDevice s = {});
array argmax(const array &a, int axis, bool keepdims = false, StreamOrDevice s = {});

/// exp(a) over its sum along axes (all). With `precise` float16 and bfloat16 are computed in float32.
array softmax(const array &a, const std::vector<int> &axes, bool precise = false, StreamOrDevice s = {});
array softmax(const array &a, bool precise = false, StreamOrDevice s = {});
array softmax(const array &a, int axis, bool precise = false, StreamOrDevice s = {});

/// The running sum along an axis; without one over the flattened array. `reverse` runs from the end; not `inclusive`
/// leaves the element itself out. `dtype` converts first.
array cumsum(const array &a, bool reverse = false, bool inclusive = true, std::optional<Dtype> dtype = std::nullopt,
             StreamOrDevice s = {});
array cumsum(const array &a, bool reverse, bool inclusive, StreamOrDevice s);
array cumsum(const array &a, int axis, bool reverse = false, bool inclusive = true,
             std::optional<Dtype> dtype = std::nullopt, StreamOrDevice s = {});
array cumsum(const array &a, int axis, bool reverse, bool inclusive, StreamOrDevice s);
/// The running product.
array cumprod(const array &a, bool reverse = false, bool inclusive = true, std::optional<Dtype> dtype = std::nullopt,
              StreamOrDevice s = {});
array cumprod(const array &a, bool reverse, bool inclusive, StreamOrDevice s);
array cumprod(const array &a, int axis, bool reverse = false, bool inclusive = true,
              std::optional<Dtype> dtype = std::nullopt, StreamOrDevice s = {});
array cumprod(const array &a, int axis, bool reverse, bool inclusive, StreamOrDevice s);
/// The running maximum.
array cummax(const array &a, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
array cummax(const array &a, int axis, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
/// The running minimum.
array cummin(const array &a, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
array cummin(const array &a, int axis, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
/// The running logsumexp.
array logcumsumexp(const array &a, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
array logcumsumexp(const array &a, int axis, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
/// Differences of neighbours along an axis, taken n times.
array diff(const array &a, int n = 1, int axis = -1, StreamOrDevice s = {});

/// A scalar: the product of the sizes of the axes, or of its inverse.
array number_of_elements(const array &a, std::vector<int> axes, bool inverted, Dtype dtype = int32, StreamOrDevice s = {});

} // namespace mx
MX_PUBLIC_END
