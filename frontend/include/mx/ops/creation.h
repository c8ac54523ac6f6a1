// Arrays from nothing but sizes and scalars.
#pragma once

#include "mx/array.h"

#include <string>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

/// start, start + step, ... up to but without stop: ceil((stop - start) / step) elements. Without a dtype float32 for
/// floating point arguments, int32 for integers. Throws InvalidArgument when the length is no finite number.
array arange(double start, double stop, double step, Dtype dtype, StreamOrDevice s = {});
array arange(double start, double stop, double step, StreamOrDevice s = {});
array arange(double start, double stop, Dtype dtype, StreamOrDevice s = {});
array arange(double start, double stop, StreamOrDevice s = {});
array arange(double stop, Dtype dtype, StreamOrDevice s = {});
array arange(double stop, StreamOrDevice s = {});
array arange(int start, int stop, int step, StreamOrDevice s = {});
array arange(int start, int stop, StreamOrDevice s = {});
array arange(int stop, StreamOrDevice s = {});

/// num values at equal distances from start to stop, which is the last one if `endpoint`.
array linspace(double start, double stop, int num, bool endpoint, Dtype dtype = float32, StreamOrDevice s = {});
array linspace(double start, double stop, int num = 50, Dtype dtype = float32, StreamOrDevice s = {});

/// `vals` converted to `dtype` and broadcast to `shape`. Throws InvalidArgument when it does not broadcast.
array full(const Shape &shape, const array &vals, Dtype dtype, StreamOrDevice s = {});
array full(const Shape &shape, const array &vals, StreamOrDevice s = {});
template <typename T>
  requires detail::is_scalar_v<T>
array full(const Shape &shape, T val, Dtype dtype, StreamOrDevice s = {}) {
  return full(shape, array(val, dtype), s);
}
template <typename T>
  requires detail::is_scalar_v<T>
array full(const Shape &shape, T val, StreamOrDevice s = {}) {
  return full(shape, array(val), s);
}
/// `vals` in the shape of `a`, and in its dtype unless another is named.
array full_like(const array &a, const array &vals, Dtype dtype, StreamOrDevice s = {});
array full_like(const array &a, const array &vals, StreamOrDevice s = {});
template <typename T>
  requires detail::is_scalar_v<T>
array full_like(const array &a, T val, Dtype dtype, StreamOrDevice s = {}) {
  return full_like(a, array(val, dtype), dtype, s);
}
template <typename T>
  requires detail::is_scalar_v<T>
array full_like(const array &a, T val, StreamOrDevice s = {}) {
  return full_like(a, array(val, a.dtype()), a.dtype(), s);
}
array zeros(const Shape &shape, Dtype dtype, StreamOrDevice s = {});
array zeros(const Shape &shape, StreamOrDevice s = {});
array zeros_like(const array &a, StreamOrDevice s = {});
array zeros_like(const array &a, Dtype dtype, StreamOrDevice s = {});
array ones(const Shape &shape, Dtype dtype, StreamOrDevice s = {});
array ones(const Shape &shape, StreamOrDevice s = {});
array ones_like(const array &a, StreamOrDevice s = {});
array ones_like(const array &a, Dtype dtype, StreamOrDevice s = {});

/// Shape (n, m): 1 on the k-th diagonal, where the column is the row plus k, else 0.
array eye(int n, int m, int k, Dtype dtype, StreamOrDevice s = {});
array eye(int n, Dtype dtype, StreamOrDevice s = {});
array eye(int n, int m, StreamOrDevice s = {});
array eye(int n, int m, int k, StreamOrDevice s = {});
array eye(int n, StreamOrDevice s = {});
/// The unit matrix of shape (n, n).
array identity(int n, Dtype dtype, StreamOrDevice s = {});
array identity(int n, StreamOrDevice s = {});
/// Shape (n, m): 1 on and below the k-th diagonal, else 0.
array tri(int n, int m, int k, Dtype type, StreamOrDevice s = {});
array tri(int n, Dtype type, StreamOrDevice s = {});
/// x with 0 above its k-th diagonal, over the last two axes. Throws InvalidArgument for fewer axes.
array tril(const array &x, int k = 0, StreamOrDevice s = {});
/// x with 0 below its k-th diagonal.
array triu(const array &x, int k = 0, StreamOrDevice s = {});
/// Of one axis: a square matrix with `a` on its k-th diagonal. Of two axes: the k-th diagonal.
array diag(const array &a, int k = 0, StreamOrDevice s = {});
/// Coordinate arrays of the grid that 1-d arrays span: with "xy" the first two are swapped, with "ij" not. Sparse ones
/// have size 1 along the other axes.
std::vector<array> meshgrid(const std::vector<array> &arrays, bool sparse = false, const std::string &indexing = "xy",
                            StreamOrDevice s = {});

/// Windows of M points, symmetric, float32. Source: Harris, On the Use of Windows for Harmonic Analysis (1978).
array hanning(int M, StreamOrDevice s = {});
array hamming(int M, StreamOrDevice s = {});
array blackman(int M, StreamOrDevice s = {});
array bartlett(int M, StreamOrDevice s = {});

} // namespace mx
MX_PUBLIC_END
