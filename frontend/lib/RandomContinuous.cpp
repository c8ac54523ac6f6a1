// Continuous distributions, all from one uniform draw. float16 and bfloat16 samples are computed in float32
// and rounded once at the end.
#include "frontend/include/mx/ops.h"
#include "frontend/include/mx/random.h"
#include "frontend/lib/Checks.h"
#include "frontend/lib/RandomKeys.h"
#include "frontend/trace/Node.h"

#include <cmath>

namespace mx::random {
namespace {

/// The largest value below 1 that `dtype` has.
double belowOne(Dtype dtype) {
  return dtype == float16    ? 1 - 0x1p-11
         : dtype == bfloat16 ? 1 - 0x1p-8
         : dtype == float64  ? 1 - 0x1p-53
                             : 1 - 0x1p-24;
}

/// Uniform in [0, 1), of dtype `dtype`.
array unit(const Shape &shape, Dtype dtype, const std::optional<array> &key, const StreamOrDevice &s) {
  if (dtype == float64) {
    // 53 of 64 bits, so that every value is exact.
    const auto [k0, k1] = random::split(key ? *key : implicitKey(), s);
    const array high = multiply(astype(bits(shape, 4, k0, s), float64, s), array(0x1p21, float64), s);
    const array low = astype(right_shift(bits(shape, 4, k1, s), array(11u), s), float64, s);
    return multiply(add(high, low, s), array(0x1p-53, float64), s);
  }
  // The conversion may round up to 2^32, hence the cap.
  const array u = multiply(astype(bits(shape, 4, key, s), float32, s), array(0x1p-32f), s);
  return astype(minimum(u, array(belowOne(dtype), float32), s), dtype, s);
}

/// Uniform in (-1, 1), of the dtype `dtype` is computed in.
array symmetric(const Shape &shape, Dtype dtype, const std::optional<array> &key, const StreamOrDevice &s) {
  const Dtype wide = lib::accumulationDtype(dtype);
  const array u = multiply(array(2.0, wide), unit(shape, wide, key, s), s);
  return add(u, array(-belowOne(wide), wide), s);
}

/// Throws unless `from` broadcasts to `shape`.
void checkBroadcast(std::string_view op, const Shape &from, const Shape &shape) {
  bool fits = from.size() <= shape.size();
  for (size_t i = 0; fits && i < from.size(); ++i)
    fits = from[i] == 1 || from[i] == shape[shape.size() - from.size() + i];
  if (!fits)
    graph::fail(
        op, "parameters of shape " + graph::str(from) + " do not broadcast to the shape " + graph::str(shape) + "; ask for a shape that ends in theirs",
        {from, shape});
}

} // namespace

array uniform(const array &low, const array &high, const Shape &shape, Dtype dtype,
              const std::optional<array> &key, StreamOrDevice s) {
  MX_API_SCOPE;
  lib::checkFloating("random::uniform", dtype);
  const array lo = astype(low, dtype, s);
  const array range = subtract(astype(high, dtype, s), lo, s);
  checkBroadcast("random::uniform", range.shape(), shape);
  return add(multiply(range, unit(shape, dtype, key, s), s), lo, s);
}

array uniform(const Shape &shape, Dtype dtype, const std::optional<array> &key, StreamOrDevice s) {
  MX_API_SCOPE;
  lib::checkFloating("random::uniform", dtype);
  return unit(shape, dtype, key, s);
}

array normal(const Shape &shape, Dtype dtype, const std::optional<array> &loc,
             const std::optional<array> &scale, const std::optional<array> &key, StreamOrDevice s) {
  MX_API_SCOPE;
  if (loc)
    checkBroadcast("random::normal", loc->shape(), shape);
  if (scale)
    checkBroadcast("random::normal", scale->shape(), shape);
  if (dtype == complex64) {
    // Pairs of erfinv(u), each of variance 1/2, are the parts.
    Shape pairs = shape;
    pairs.push_back(2);
    array z = squeeze(view(erfinv(symmetric(pairs, float32, key, s), s), complex64, s), -1, s);
    z = scale ? multiply(*scale, z, s) : z;
    return loc ? add(*loc, z, s) : z;
  }
  lib::checkFloating("random::normal", dtype);
  const Dtype wide = lib::accumulationDtype(dtype);
  array factor(std::sqrt(2.0), wide);
  if (scale)
    factor = multiply(factor, astype(*scale, wide, s), s);
  array z = multiply(factor, erfinv(symmetric(shape, wide, key, s), s), s);
  if (loc)
    z = add(astype(*loc, wide, s), z, s);
  return astype(z, dtype, s);
}

array truncated_normal(const array &lower, const array &upper, const Shape &shape, Dtype dtype,
                       const std::optional<array> &key, StreamOrDevice s) {
  MX_API_SCOPE;
  lib::checkFloating("random::truncated_normal", dtype);
  const Dtype wide = lib::accumulationDtype(dtype);
  const array root(std::sqrt(2.0), wide);
  const array lo = astype(lower, wide, s), hi = astype(upper, wide, s);
  const array u = uniform(erf(divide(lo, root, s), s), erf(divide(hi, root, s), s), shape, wide, key, s);
  const array z = multiply(root, erfinv(u, s), s);
  // Rounding may step over a bound.
  return astype(maximum(minimum(z, hi, s), lo, s), dtype, s);
}

array truncated_normal(const array &lower, const array &upper, Dtype dtype, const std::optional<array> &key,
                       StreamOrDevice s) {
  MX_API_SCOPE;
  return truncated_normal(lower, upper, broadcast_shapes(lower.shape(), upper.shape()), dtype, key, s);
}

array gumbel(const Shape &shape, Dtype dtype, const std::optional<array> &key, StreamOrDevice s) {
  MX_API_SCOPE;
  lib::checkFloating("random::gumbel", dtype);
  return negative(log(negative(log(unit(shape, dtype, key, s), s), s), s), s);
}

array laplace(const Shape &shape, Dtype dtype, float loc, float scale, const std::optional<array> &key,
              StreamOrDevice s) {
  MX_API_SCOPE;
  lib::checkFloating("random::laplace", dtype);
  const Dtype wide = lib::accumulationDtype(dtype);
  const array u = symmetric(shape, wide, key, s);
  array z = multiply(sign(u, s), log1p(negative(abs(u, s), s), s), s);
  if (scale != 1)
    z = multiply(array(scale, wide), z, s);
  if (loc != 0)
    z = add(array(loc, wide), z, s);
  return astype(z, dtype, s);
}

} // namespace mx::random
