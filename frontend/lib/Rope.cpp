// Rotary positions. The gradient is the rotation by the opposite angle, which one shared body computes.
#include "frontend/include/mx/fast.h"
#include "frontend/include/mx/ops.h"
#include "frontend/lib/Composite.h"

#include <cmath>

namespace mx::fast {
namespace {

/// What the rotation depends on beside its arrays.
struct RopeOptions {
  int dims;
  bool traditional;
  float base;
  float scale;
  bool hasFreqs;
  StreamOrDevice s;
};

/// Positions times scale: shape (T,), or (B, 1, ..., T) for one offset per batch entry, of the rank of x less
/// one.
array positions(const array &x, const array &offset, const RopeOptions &o) {
  array start = astype(offset, float32, o.s);
  Shape shape{1};
  if (offset.size() > 1) {
    shape = Shape(x.ndim() - 1, 1);
    shape[0] = x.shape(0);
  }
  start = reshape(start, shape, o.s);
  return multiply(add(arange(x.shape(-2), float32, o.s), start, o.s), array(o.scale), o.s);
}

/// Turns per position of each pair, of shape (dims / 2,).
array inverseFrequencies(const std::vector<array> &args, const RopeOptions &o) {
  if (o.hasFreqs)
    return reciprocal(astype(args[2], float32, o.s), o.s);
  const int half = o.dims / 2;
  return exp(multiply(arange(half, float32, o.s), array(-std::log(o.base) / half), o.s), o.s);
}

/// Every `step`-th element of the last axis from `start` to `stop`.
array lastAxis(const array &x, int start, int stop, int step, const StreamOrDevice &s) {
  Shape from(x.ndim(), 0), to = x.shape(), strides(x.ndim(), 1);
  from.back() = start;
  to.back() = stop;
  strides.back() = step;
  return slice(x, from, to, strides, s);
}

/// First and second members of all pairs of x.
std::pair<array, array> pairsOf(const array &x, const RopeOptions &o) {
  const int half = o.dims / 2;
  if (o.traditional)
    return {lastAxis(x, 0, o.dims, 2, o.s), lastAxis(x, 1, o.dims, 2, o.s)};
  return {lastAxis(x, 0, half, 1, o.s), lastAxis(x, half, o.dims, 1, o.s)};
}

/// Angle per position and pair.
array angles(const std::vector<array> &args, const array &x, const RopeOptions &o) {
  return multiply(expand_dims(positions(x, args[1], o), -1, o.s), inverseFrequencies(args, o), o.s);
}

/// x with its pairs turned by the angles, or back when `inverse`.
array rotate(const array &x, const array &theta, bool inverse, const RopeOptions &o) {
  const Dtype wide = lib::accumulationDtype(x.dtype());
  const auto [a, b] = pairsOf(x, o);
  const array x1 = astype(a, wide, o.s), x2 = astype(b, wide, o.s);
  const array c = astype(cos(theta, o.s), wide, o.s);
  const array sine = astype(sin(theta, o.s), wide, o.s), d = inverse ? negative(sine, o.s) : sine;
  const array y1 = astype(subtract(multiply(x1, c, o.s), multiply(x2, d, o.s), o.s), x.dtype(), o.s);
  const array y2 = astype(add(multiply(x1, d, o.s), multiply(x2, c, o.s), o.s), x.dtype(), o.s);

  std::vector<array> parts{y1, y2};
  if (o.traditional) {
    Shape joined = x.shape();
    joined.back() = o.dims;
    parts = {reshape(stack({y1, y2}, -1, o.s), joined, o.s)};
  }
  if (o.dims < x.shape(-1))
    parts.push_back(lastAxis(x, o.dims, x.shape(-1), 1, o.s));
  return parts.size() == 1 ? parts[0] : concatenate(parts, -1, o.s);
}

/// Cotangents of x, offset and freqs.
std::vector<array> ropeVjp(const std::vector<array> &args, const array &g, const array &y,
                           const RopeOptions &o) {
  const array theta = angles(args, g, o);
  std::vector<array> result{rotate(g, theta, true, o), zeros_like(args[1], o.s)};
  if (!o.hasFreqs)
    return result;
  // dy1/dtheta = -y2 and dy2/dtheta = y1, and theta = position / freq.
  const auto [g1, g2] = pairsOf(g, o);
  const auto [y1, y2] = pairsOf(y, o);
  auto wide = [&](const array &v) { return astype(v, float32, o.s); };
  const array turn = subtract(multiply(wide(g2), wide(y1), o.s), multiply(wide(g1), wide(y2), o.s), o.s);
  const array freqs = wide(args[2]);
  const array slope = negative(divide(theta, freqs, o.s), o.s);
  result.push_back(astype(lib::sumTo(multiply(turn, slope, o.s), freqs.shape(), o.s), args[2].dtype(), o.s));
  return result;
}

void checkRope(const array &x, int dims, const array &offset, std::optional<float> base,
               const std::optional<array> &freqs) {
  if (x.ndim() < 3)
    graph::fail("rope", "x must have at least 3 axes, got shape " + graph::str(x.shape()) + "; reshape it to (batch, ..., length, size)", {x.shape()});
  lib::checkFloating("rope", x.dtype());
  if (dims <= 0 || dims % 2 || dims > x.shape(-1))
    graph::fail("rope",
                "dims must be even, positive and at most the last axis of " + graph::str(x.shape()) +
                    ", got " + std::to_string(dims) + "; rotate as many as it has at most",
                {x.shape()});
  if (!issubdtype(offset.dtype(), integer))
    graph::fail("rope", "offset must be an integer, got " + to_string(offset.dtype()) + "; convert it with astype");
  const bool perEntry = offset.ndim() == 1 && offset.shape(0) == x.shape(0);
  if (offset.ndim() > 1 || (offset.size() != 1 && !perEntry))
    graph::fail("rope",
                "offset must be a scalar or of shape " + graph::str(Shape{x.shape(0)}) + ", got " +
                    graph::str(offset.shape()) + "; give one for all, or one for each of the batch",
                {x.shape(), offset.shape()});
  if (base.has_value() == freqs.has_value())
    graph::fail("rope", base ? "both base and freqs are given; give one" : "neither base nor freqs is given; 10000 is the usual base");
  if (freqs && freqs->shape() != Shape{dims / 2})
    graph::fail("rope",
                "freqs must have shape " + graph::str(Shape{dims / 2}) + ", got " +
                    graph::str(freqs->shape()) + "; there is one for each pair of dims",
                {freqs->shape()});
}

} // namespace

array rope(const array &x, int dims, bool traditional, std::optional<float> base, float scale,
           const array &offset, const std::optional<array> &freqs, StreamOrDevice s) {
  MX_API_SCOPE;
  checkRope(x, dims, offset, base, freqs);
  const RopeOptions o{dims, traditional, base.value_or(1), scale, freqs.has_value(), s};
  std::vector<array> args{x, offset};
  if (freqs)
    args.push_back(*freqs);
  lib::CompositeAttrs attrs{
      {"dims", int64_t{dims}}, {"traditional", int64_t{traditional}}, {"scale", lib::number(scale)}};
  if (base)
    attrs.emplace_back("base", lib::number(*base));
  return lib::composite(
      "rope", std::move(attrs), args, rotate(x, angles(args, x, o), false, o),
      [o](const std::vector<array> &args, const array &g, const array &y) { return ropeVjp(args, g, y, o); });
}

array rope(const array &x, int dims, bool traditional, std::optional<float> base, float scale, int offset,
           const std::optional<array> &freqs, StreamOrDevice s) {
  MX_API_SCOPE;
  return rope(x, dims, traditional, base, scale, array(offset, int32), freqs, s);
}

} // namespace mx::fast
