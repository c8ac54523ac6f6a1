// rms_norm and layer_norm over the last axis. Both gradients recompute the row statistics from x: the forward
// pass then has nothing to keep but its input, and where both are compiled together the statistics are
// shared.
#include "frontend/include/mx/fast.h"
#include "frontend/include/mx/ops.h"
#include "frontend/include/mx/utils.h"
#include "frontend/lib/Composite.h"

namespace mx::fast {
namespace {

/// Throws unless `x` has a row and `parameter`, where present, one entry per element of it.
void checkParameter(std::string_view op, std::string_view name, const array &x,
                    const std::optional<array> &parameter) {
  if (x.ndim() == 0)
    graph::fail(op, "x must have at least one axis, got a scalar; reshape it to {1}", {x.shape()});
  if (parameter && parameter->shape() != Shape{x.shape(-1)})
    graph::fail(op,
                std::string(name) + " of shape " + graph::str(parameter->shape()) + "; x of shape " +
                    graph::str(x.shape()) + " wants " + graph::str(Shape{x.shape(-1)}),
                {x.shape(), parameter->shape()});
}

/// The mean over rows.
array rowMean(const array &a, const StreamOrDevice &s) { return mean(a, -1, true, s); }

/// 1 / sqrt(m + eps) of the rows' second moments.
array inverseRoot(const array &m, float eps, const StreamOrDevice &s) {
  return rsqrt(add(m, array(eps, m.dtype()), s), s);
}

} // namespace

array rms_norm(const array &x, const std::optional<array> &weight, float eps, StreamOrDevice s) {
  MX_API_SCOPE;
  checkParameter("rms_norm", "weight", x, weight);
  const Dtype dtype = weight ? result_type(x, *weight) : x.dtype(), wide = lib::accumulationDtype(dtype);
  lib::checkFloating("rms_norm", dtype);

  const array v = astype(x, wide, s);
  array y = multiply(v, inverseRoot(rowMean(square(v, s), s), eps, s), s);
  if (weight)
    y = multiply(y, astype(*weight, wide, s), s);

  // With r = 1 / sqrt(mean(x^2) + eps) and h = g * w: dx = r * (h - x * r^2 * mean(h * x)), dw = sum of g * x
  // * r.
  auto vjp = [eps, wide, s](const std::vector<array> &args, const array &cotangent, const array &) {
    const array v = astype(args[0], wide, s), g = astype(cotangent, wide, s);
    const array r = inverseRoot(rowMean(square(v, s), s), eps, s);
    const array h = args.size() > 1 ? multiply(g, astype(args[1], wide, s), s) : g;
    const array pull = multiply(square(r, s), rowMean(multiply(h, v, s), s), s);
    const array dx = multiply(r, subtract(h, multiply(v, pull, s), s), s);
    std::vector<array> result{astype(dx, args[0].dtype(), s)};
    if (args.size() > 1)
      result.push_back(
          astype(lib::sumTo(multiply(g, multiply(v, r, s), s), args[1].shape(), s), args[1].dtype(), s));
    return result;
  };
  std::vector<array> args{x};
  if (weight)
    args.push_back(*weight);
  return lib::composite("rms_norm", {{"eps", lib::number(eps)}}, args, astype(y, dtype, s), vjp);
}

array layer_norm(const array &x, const std::optional<array> &weight, const std::optional<array> &bias,
                 float eps, StreamOrDevice s) {
  MX_API_SCOPE;
  checkParameter("layer_norm", "weight", x, weight);
  checkParameter("layer_norm", "bias", x, bias);
  std::vector<array> args{x};
  if (weight)
    args.push_back(*weight);
  if (bias)
    args.push_back(*bias);
  const Dtype dtype = result_type(args), wide = lib::accumulationDtype(dtype);
  lib::checkFloating("layer_norm", dtype);

  const array v = astype(x, wide, s);
  const array centred = subtract(v, rowMean(v, s), s);
  array y = multiply(centred, inverseRoot(rowMean(square(centred, s), s), eps, s), s);
  if (weight)
    y = multiply(y, astype(*weight, wide, s), s);
  if (bias)
    y = add(y, astype(*bias, wide, s), s);

  // With n the normalised rows, r the inverse deviation, h = g * w: dx = r * (h - mean(h) - n * mean(h * n)),
  // dw = sum of g * n, db = sum of g.
  auto vjp = [eps, wide, hasWeight = weight.has_value(), hasBias = bias.has_value(),
              s](const std::vector<array> &args, const array &cotangent, const array &) {
    const array v = astype(args[0], wide, s), g = astype(cotangent, wide, s);
    const array centred = subtract(v, rowMean(v, s), s);
    const array r = inverseRoot(rowMean(square(centred, s), s), eps, s);
    const array n = multiply(centred, r, s);
    const array h = hasWeight ? multiply(g, astype(args[1], wide, s), s) : g;
    const array pull = multiply(n, rowMean(multiply(h, n, s), s), s);
    const array dx = multiply(r, subtract(subtract(h, rowMean(h, s), s), pull, s), s);
    std::vector<array> result{astype(dx, args[0].dtype(), s)};
    if (hasWeight)
      result.push_back(astype(lib::sumTo(multiply(g, n, s), args[1].shape(), s), args[1].dtype(), s));
    if (hasBias)
      result.push_back(astype(lib::sumTo(g, args.back().shape(), s), args.back().dtype(), s));
    return result;
  };
  return lib::composite("layer_norm",
                        {{"eps", lib::number(eps)},
                         {"weight", int64_t{weight.has_value()}},
                         {"bias", int64_t{bias.has_value()}}},
                        args, astype(y, dtype, s), vjp);
}

} // namespace mx::fast
