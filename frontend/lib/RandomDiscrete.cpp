// Discrete distributions. Integers are reduced in uint64, never through floating point, which cannot tell
// neighbours beyond 2^24 apart.
#include "frontend/include/mx/ops.h"
#include "frontend/include/mx/random.h"
#include "frontend/lib/Checks.h"
#include "frontend/lib/RandomKeys.h"
#include "frontend/trace/Node.h"

namespace mx::random {
namespace {

/// As many random bits as values of `dtype` need, in uint64.
array wideBits(const Shape &shape, Dtype dtype, const std::optional<array> &key, const StreamOrDevice &s) {
  if (dtype.size() < 8)
    return astype(bits(shape, 4, key, s), uint64, s);
  const auto [k0, k1] = random::split(key ? *key : implicitKey(), s);
  const array low = astype(bits(shape, 4, k0, s), uint64, s), high = astype(bits(shape, 4, k1, s), uint64, s);
  return bitwise_or(left_shift(high, array(uint64_t{32}), s), low, s);
}

/// Argmax of logits + Gumbel noise; `shape` is what remains once `axis` is gone.
array gumbelMax(const array &logits, int axis, const Shape &shape, const std::optional<array> &key,
                const StreamOrDevice &s) {
  // Leading axes of `shape` beyond those of logits are further independent draws.
  const int at = axis + static_cast<int>(shape.size()) - static_cast<int>(logits.ndim()) + 1;
  Shape noise = shape;
  noise.insert(noise.begin() + at, logits.shape(axis));
  const Dtype wide = lib::accumulationDtype(logits.dtype());
  return argmax(add(gumbel(noise, wide, key, s), logits, s), at, false, s);
}

Shape without(Shape shape, int axis) {
  shape.erase(shape.begin() + axis);
  return shape;
}

} // namespace

array randint(const array &low, const array &high, const Shape &shape, Dtype dtype,
              const std::optional<array> &key, StreamOrDevice s) {
  MX_API_SCOPE;
  if (issubdtype(dtype, inexact))
    graph::fail("random::randint", "wants an integer dtype or bool, got " + to_string(dtype) + "; convert the result with astype");
  const Shape params = broadcast_shapes(low.shape(), high.shape());
  if (broadcast_shapes(shape, params) != shape)
    graph::fail("random::randint",
                "bounds of shape " + graph::str(params) + " do not broadcast to the shape " +
                    graph::str(shape) + "; ask for a shape that ends in theirs",
                {params, shape});
  // Compared in the widest type of the result's signedness; the width then is the wrapped difference, which
  // is exact in uint64 even where it does not fit in int64.
  const Dtype wide = issubdtype(dtype, signedinteger) ? int64 : uint64;
  const array lo = astype(low, wide, s), hi = astype(high, wide, s);
  const array width = subtract(astype(hi, uint64, s), astype(lo, uint64, s), s);
  const array range = where(less_equal(hi, lo, s), array(uint64_t{1}), width, s);
  const array offset = remainder(wideBits(shape, dtype, key, s), range, s);
  return astype(add(astype(lo, uint64, s), offset, s), dtype, s);
}

array bernoulli(const array &p, const Shape &shape, const std::optional<array> &key, StreamOrDevice s) {
  MX_API_SCOPE;
  lib::checkFloating("random::bernoulli", p.dtype());
  if (broadcast_shapes(p.shape(), shape) != shape)
    graph::fail("random::bernoulli",
                "p of shape " + graph::str(p.shape()) + " does not broadcast to the shape " +
                    graph::str(shape) + "; ask for a shape that ends in its",
                {p.shape(), shape});
  // The float above 2^32: for p = 1 every draw, rounded to 2^32 or not, lies below.
  const array bound = multiply(astype(p, float32, s), array(0x1.000002p32f), s);
  return less(astype(bits(shape, 4, key, s), float32, s), bound, s);
}

array bernoulli(const array &p, const std::optional<array> &key, StreamOrDevice s) {
  MX_API_SCOPE;
  return bernoulli(p, p.shape(), key, s);
}

array bernoulli(const std::optional<array> &key, StreamOrDevice s) {
  MX_API_SCOPE;
  return bernoulli(array(0.5f), Shape{}, key, s);
}

array categorical(const array &logits, int axis, const Shape &shape, const std::optional<array> &key,
                  StreamOrDevice s) {
  MX_API_SCOPE;
  axis = lib::checkAxis("random::categorical", axis, logits);
  const Shape rows = without(logits.shape(), axis);
  if (broadcast_shapes(shape, rows) != shape)
    graph::fail("random::categorical",
                "logits of shape " + graph::str(logits.shape()) + " without axis " + std::to_string(axis) +
                    " do not broadcast to the shape " + graph::str(shape) + "; ask for a shape that ends in theirs",
                {logits.shape(), shape});
  return gumbelMax(logits, axis, shape, key, s);
}

array categorical(const array &logits, int axis, int num_samples, const std::optional<array> &key,
                  StreamOrDevice s) {
  MX_API_SCOPE;
  axis = lib::checkAxis("random::categorical", axis, logits);
  if (num_samples < 0)
    graph::fail("random::categorical", "num_samples is " + std::to_string(num_samples) + "; draw 0 or more");
  Shape shape = without(logits.shape(), axis);
  shape.push_back(num_samples);
  return gumbelMax(expand_dims(logits, -1, s), axis, shape, key, s);
}

array categorical(const array &logits, int axis, const std::optional<array> &key, StreamOrDevice s) {
  MX_API_SCOPE;
  axis = lib::checkAxis("random::categorical", axis, logits);
  return gumbelMax(logits, axis, without(logits.shape(), axis), key, s);
}

} // namespace mx::random
