// Shapes and axes: what moves elements without computing. Of an evaluated array most of these share its memory. Axes
// count from the last when negative; one that is out of range is an InvalidArgument.
#pragma once

#include "mx/array.h"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

/// The elements in row-major order under another shape; one size may be -1, which stands for what is left.
/// Throws InvalidArgument when the numbers of elements differ.
array reshape(const array &a, Shape shape, StreamOrDevice s = {});
/// One axis split into several of sizes `shape`, of which one may be -1.
array unflatten(const array &a, int axis, Shape shape, StreamOrDevice s = {});
/// The axes from start_axis to end_axis joined into one; by default all. A scalar becomes one element.
array flatten(const array &a, int start_axis, int end_axis = -1, StreamOrDevice s = {});
array flatten(const array &a, StreamOrDevice s = {});
/// Without the given axes, which have size 1; by default without all of that size.
array squeeze(const array &a, const std::vector<int> &axes, StreamOrDevice s = {});
array squeeze(const array &a, int axis, StreamOrDevice s = {});
array squeeze(const array &a, StreamOrDevice s = {});
/// With new axes of size 1, which are at the given places of the result.
array expand_dims(const array &a, const std::vector<int> &axes, StreamOrDevice s = {});
array expand_dims(const array &a, int axis, StreamOrDevice s = {});
/// With at least one, two or three axes.
array atleast_1d(const array &a, StreamOrDevice s = {});
std::vector<array> atleast_1d(const std::vector<array> &a, StreamOrDevice s = {});
array atleast_2d(const array &a, StreamOrDevice s = {});
std::vector<array> atleast_2d(const std::vector<array> &a, StreamOrDevice s = {});
array atleast_3d(const array &a, StreamOrDevice s = {});
std::vector<array> atleast_3d(const std::vector<array> &a, StreamOrDevice s = {});

/// The axes permuted: axis i of the result is axis axes[i] of a; by default reversed.
array transpose(const array &a, std::vector<int> axes, StreamOrDevice s = {});
array transpose(const array &a, std::initializer_list<int> axes, StreamOrDevice s = {});
array transpose(const array &a, StreamOrDevice s = {});
/// Two axes exchanged.
array swapaxes(const array &a, int axis1, int axis2, StreamOrDevice s = {});
/// One axis moved to another place.
array moveaxis(const array &a, int source, int destination, StreamOrDevice s = {});

/// Size-1 and missing leading axes repeated up to `shape`.
array broadcast_to(const array &a, const Shape &shape, StreamOrDevice s = {});
/// All arrays broadcast to their common shape.
std::vector<array> broadcast_arrays(const std::vector<array> &inputs, StreamOrDevice s = {});
/// The elements of a in row-major order seen under any shape, strides and offset (in elements).
/// Throws InvalidArgument when an element lies outside.
array as_strided(const array &a, Shape shape, Strides strides, size_t offset, StreamOrDevice s = {});

/// a[start:stop:strides] along each axis, as in Python: negative positions count from the end, all are clamped.
array slice(const array &a, Shape start, Shape stop, Shape strides, StreamOrDevice s = {});
array slice(const array &a, std::initializer_list<int> start, Shape stop, Shape strides, StreamOrDevice s = {});
array slice(const array &a, Shape start, Shape stop, StreamOrDevice s = {});
/// A window of sizes `slice_size` (one per axis of a) whose place along `axes` is read from the integers `start`.
array slice(const array &a, const array &start, std::vector<int> axes, Shape slice_size, StreamOrDevice s = {});
/// `num_splits` parts of equal size, or parts that end at `indices`, along an axis (0).
/// Throws InvalidArgument when the size does not divide.
std::vector<array> split(const array &a, int num_splits, int axis, StreamOrDevice s = {});
std::vector<array> split(const array &a, int num_splits, StreamOrDevice s = {});
std::vector<array> split(const array &a, const Shape &indices, int axis, StreamOrDevice s = {});
std::vector<array> split(const array &a, const Shape &indices, StreamOrDevice s = {});
/// The sub-arrays along an axis (0), which they lack.
std::vector<array> unstack(const array &a, int axis, StreamOrDevice s = {});
std::vector<array> unstack(const array &a, StreamOrDevice s = {});
/// The order along axes (all) reversed.
array flip(const array &a, const std::vector<int> &axes, StreamOrDevice s = {});
array flip(const array &a, int axis, StreamOrDevice s = {});
array flip(const array &a, StreamOrDevice s = {});
/// Elements shifted along axes, those past the end coming back at the front; without axes over the flattened array.
array roll(const array &a, int shift, StreamOrDevice s = {});
array roll(const array &a, const Shape &shift, StreamOrDevice s = {});
array roll(const array &a, int shift, int axis, StreamOrDevice s = {});
array roll(const array &a, int shift, const std::vector<int> &axes, StreamOrDevice s = {});
array roll(const array &a, const Shape &shift, int axis, StreamOrDevice s = {});
array roll(const array &a, const Shape &shift, const std::vector<int> &axes, StreamOrDevice s = {});

/// Arrays joined along an axis; without one they are flattened first. They promote to one dtype.
/// Throws InvalidArgument when the other sizes differ.
array concatenate(const std::vector<array> &arrays, int axis, StreamOrDevice s = {});
array concatenate(const std::vector<array> &arrays, StreamOrDevice s = {});
/// Arrays of one shape joined along a new axis (0).
array stack(const std::vector<array> &arrays, int axis, StreamOrDevice s = {});
array stack(const std::vector<array> &arrays, StreamOrDevice s = {});
/// Each element repeated along an axis; without one over the flattened array.
array repeat(const array &arr, int repeats, int axis, StreamOrDevice s = {});
array repeat(const array &arr, int repeats, StreamOrDevice s = {});
/// The array laid out reps[i] times along axis i, the last entry for the last axis.
array tile(const array &arr, std::vector<int> reps, StreamOrDevice s = {});
/// a with low and high margins along axes (all). Mode "constant" fills them with pad_value, "edge" with the outermost
/// elements. Throws InvalidArgument for a negative width or another mode.
array pad(const array &a, const std::vector<int> &axes, const Shape &low_pad_size, const Shape &high_pad_size,
          const array &pad_value = array(0), const std::string &mode = "constant", StreamOrDevice s = {});
array pad(const array &a, const std::vector<std::pair<int, int>> &pad_width, const array &pad_value = array(0),
          const std::string &mode = "constant", StreamOrDevice s = {});
array pad(const array &a, const std::pair<int, int> &pad_width, const array &pad_value = array(0),
          const std::string &mode = "constant", StreamOrDevice s = {});
array pad(const array &a, int pad_width, const array &pad_value = array(0), const std::string &mode = "constant",
          StreamOrDevice s = {});

/// The elements where the index along axis2 is that along axis1 plus offset; their axis comes last.
array diagonal(const array &a, int offset = 0, int axis1 = 0, int axis2 = 1, StreamOrDevice s = {});

} // namespace mx
MX_PUBLIC_END
