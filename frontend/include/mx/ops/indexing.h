// Reading and writing by index arrays of any integer dtype. An index counts from the end when negative; one that is
// out of range even so reads the nearest element, and an update there is dropped.
#pragma once

#include "mx/array.h"

#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

/// a's sub-arrays at `indices` along an axis: shape a[:axis] + indices + a[axis+1:]. Without an axis a is flattened.
/// A C++ integer removes the axis, and throws OutOfRange when it is outside.
array take(const array &a, const array &indices, int axis, StreamOrDevice s = {});
array take(const array &a, int index, int axis, StreamOrDevice s = {});
array take(const array &a, const array &indices, StreamOrDevice s = {});
array take(const array &a, int index, StreamOrDevice s = {});
/// result[..., i, ...] = a[..., indices[..., i, ...], ...] along the axis; other axes broadcast.
array take_along_axis(const array &a, const array &indices, int axis, StreamOrDevice s = {});
/// a with `values`, broadcast to `indices`, written at a[..., indices[..., i, ...], ...] along the axis.
array put_along_axis(const array &a, const array &indices, const array &values, int axis, StreamOrDevice s = {});
/// The same, added to what is there.
array scatter_add_axis(const array &a, const array &indices, const array &values, int axis, StreamOrDevice s = {});

/// Windows of a: indices, one array per axis of `axes`, broadcast to a shape I; the result has shape I + slice_sizes,
/// result[i, j] = a[k] with k = j and indices[n][i] added along axes[n].
array gather(const array &a, const std::vector<array> &indices, const std::vector<int> &axes, const Shape &slice_sizes,
             StreamOrDevice s = {});
array gather(const array &a, const array &indices, int axis, const Shape &slice_sizes, StreamOrDevice s = {});

#define MX_SCATTER(function)                                                                                           \
  array function(const array &a, const std::vector<array> &indices, const array &updates,                             \
                 const std::vector<int> &axes, StreamOrDevice s = {});                                                 \
  array function(const array &a, const array &indices, const array &updates, int axis, StreamOrDevice s = {});
/// a with the windows of `updates` written where gather would read; of equal places the last in row-major order of the
/// indices stays. updates has shape I + W with one size of W per axis of a, and becomes of a's dtype.
MX_SCATTER(scatter)
/// Added to what is there.
MX_SCATTER(scatter_add)
/// Multiplied with what is there.
MX_SCATTER(scatter_prod)
/// The larger of both.
MX_SCATTER(scatter_max)
/// The smaller of both.
MX_SCATTER(scatter_min)
#undef MX_SCATTER
/// a with the places where the bool `mask` is true filled from `src` in row-major order.
array masked_scatter(const array &a, const array &mask, const array &src, StreamOrDevice s = {});

/// src with the slice [start:stop:strides] (as in slice) replaced by `update`, which broadcasts to it.
array slice_update(const array &src, const array &update, Shape start, Shape stop, Shape strides, StreamOrDevice s = {});
array slice_update(const array &src, const array &update, Shape start, Shape stop, StreamOrDevice s = {});
/// The window of update's shape whose place along `axes` is read from the integers `start`.
array slice_update(const array &src, const array &update, const array &start, std::vector<int> axes, StreamOrDevice s = {});
#define MX_SLICE_UPDATE(function)                                                                                      \
  array function(const array &src, const array &update, Shape start, Shape stop, Shape strides, StreamOrDevice s = {}); \
  array function(const array &src, const array &update, Shape start, Shape stop, StreamOrDevice s = {});
/// Combined with what is there: added, multiplied, the larger, the smaller.
MX_SLICE_UPDATE(slice_update_add)
MX_SLICE_UPDATE(slice_update_prod)
MX_SLICE_UPDATE(slice_update_max)
MX_SLICE_UPDATE(slice_update_min)
#undef MX_SLICE_UPDATE

} // namespace mx
MX_PUBLIC_END
