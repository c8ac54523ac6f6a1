// Activations and the cross-entropy loss.
#include "frontend/include/mx/nn.h"
#include "frontend/include/mx/ops.h"
#include "frontend/lib/Composite.h"

#include <cmath>
#include <numbers>

namespace mx::nn {
namespace {

/// The class numbers 0, 1, 2, ... along `axis` of logits, every other axis 1.
array classesAlong(const array &logits, int axis, const StreamOrDevice &s) {
  Shape shape(logits.ndim(), 1);
  shape[axis] = logits.shape(axis);
  return reshape(arange(0, logits.shape(axis), 1, s), shape, s);
}

/// Targets as the gather reads them: counted from the front, inside the axis, with `axis` of length 1.
array normalisedTargets(const array &targets, int axis, int numClasses, const StreamOrDevice &s) {
  const bool isUnsigned = issubdtype(targets.dtype(), unsignedinteger);
  const bool fits = targets.dtype().size() < 4 || targets.dtype() == int32;
  // A huge unsigned target is out of range before and after the cap, which keeps it positive.
  const array t = fits || !isUnsigned
                      ? targets
                      : minimum(targets, array(static_cast<uint64_t>(numClasses), targets.dtype()), s);
  const Dtype wide = fits ? int32 : int64;
  auto constant = [wide](int value) { return array(value, wide); };
  const array from = astype(t, wide, s);
  const array counted =
      isUnsigned ? from : where(less(from, constant(0), s), add(from, constant(numClasses), s), from, s);
  const array inside = maximum(minimum(counted, constant(numClasses - 1), s), constant(0), s);
  return astype(expand_dims(inside, axis, s), int32, s);
}

} // namespace

array gelu(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  const Dtype dtype = lib::floatingDtype("gelu", a.dtype()), wide = lib::accumulationDtype(dtype);
  auto constant = [wide](double v) { return array(v, wide); };
  // The normal distribution function.
  auto phi = [constant, s](const array &x) {
    const array e = erf(multiply(x, constant(std::numbers::sqrt2 / 2), s), s);
    return multiply(constant(0.5), add(constant(1), e, s), s);
  };
  const array x = astype(a, wide, s);
  // d(x Phi(x)) = Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi).
  auto vjp = [constant, phi, wide, s](const std::vector<array> &args, const array &cotangent, const array &) {
    const array x = astype(args[0], wide, s);
    const array density = multiply(exp(multiply(constant(-0.5), square(x, s), s), s),
                                   constant(std::numbers::inv_sqrtpi / std::numbers::sqrt2), s);
    const array dx = multiply(astype(cotangent, wide, s), add(phi(x), multiply(x, density, s), s), s);
    return std::vector<array>{astype(dx, args[0].dtype(), s)};
  };
  return lib::composite("gelu", {}, {a}, astype(multiply(x, phi(x), s), dtype, s), vjp);
}

array gelu_approx(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  const Dtype dtype = lib::floatingDtype("gelu_approx", a.dtype()), wide = lib::accumulationDtype(dtype);
  constexpr double cubic = 0.044715;
  const double slope = std::sqrt(2 * std::numbers::inv_pi);
  auto constant = [wide](double v) { return array(v, wide); };
  // tanh(slope * x * (1 + cubic * x^2)).
  auto gate = [constant, slope, s](const array &x) {
    const array inner = add(constant(1), multiply(constant(cubic), square(x, s), s), s);
    return tanh(multiply(multiply(constant(slope), x, s), inner, s), s);
  };
  const array x = astype(a, wide, s);
  const array y = multiply(multiply(constant(0.5), x, s), add(constant(1), gate(x), s), s);
  // With t the gate: dx = (1 + t) / 2 + x * (1 - t^2) * slope * (1 + 3 * cubic * x^2) / 2.
  auto vjp = [constant, gate, slope, wide, s](const std::vector<array> &args, const array &cotangent,
                                              const array &) {
    const array x = astype(args[0], wide, s), t = gate(x);
    const array inner =
        multiply(constant(slope), add(constant(1), multiply(constant(3 * cubic), square(x, s), s), s), s);
    const array bend = multiply(multiply(x, subtract(constant(1), square(t, s), s), s), inner, s);
    const array slopeAt = multiply(constant(0.5), add(add(constant(1), t, s), bend, s), s);
    return std::vector<array>{astype(multiply(astype(cotangent, wide, s), slopeAt, s), args[0].dtype(), s)};
  };
  return lib::composite("gelu_approx", {}, {a}, astype(y, dtype, s), vjp);
}

array silu(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  const Dtype dtype = lib::floatingDtype("silu", a.dtype()), wide = lib::accumulationDtype(dtype);
  const array x = astype(a, wide, s);
  // With p = sigmoid(x): dx = p * (1 + x * (1 - p)).
  auto vjp = [wide, s](const std::vector<array> &args, const array &cotangent, const array &) {
    const array x = astype(args[0], wide, s), p = sigmoid(x, s), one(1.0, wide);
    const array slope = multiply(p, add(one, multiply(x, subtract(one, p, s), s), s), s);
    return std::vector<array>{astype(multiply(astype(cotangent, wide, s), slope, s), args[0].dtype(), s)};
  };
  return lib::composite("silu", {}, {a}, astype(multiply(x, sigmoid(x, s), s), dtype, s), vjp);
}

array relu(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return lib::composite("relu", {}, {a}, maximum(a, array(0, a.dtype()), s));
}

array cross_entropy(const array &logits, const array &targets, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  axis = lib::checkAxis("cross_entropy", axis, logits);
  const Dtype dtype = lib::floatingDtype("cross_entropy", logits.dtype()),
              wide = lib::accumulationDtype(dtype);
  if (!issubdtype(targets.dtype(), integer))
    graph::fail("cross_entropy",
                "targets are class numbers of an integer dtype, got " + to_string(targets.dtype()) + "; convert them with astype");
  Shape rows = logits.shape();
  rows.erase(rows.begin() + axis);
  if (targets.shape() != rows)
    graph::fail("cross_entropy",
                "targets of shape " + graph::str(targets.shape()) + "; logits of shape " +
                    graph::str(logits.shape()) + " want " + graph::str(rows),
                {logits.shape(), targets.shape()});

  const array x = astype(logits, wide, s);
  const array chosen = squeeze(take_along_axis(x, expand_dims(targets, axis, s), axis, s), axis, s);
  const array loss = astype(subtract(logsumexp(x, axis, false, s), chosen, s), dtype, s);
  // dx = (softmax(x) - onehot(target)) * g. The one-hot is a comparison, so that it fuses with the rest; the
  // softmax is exp(x - logsumexp(x)), whose second half the loss has computed.
  auto vjp = [axis, wide, s](const std::vector<array> &args, const array &cotangent, const array &) {
    const array &logits = args[0];
    const array x = astype(logits, wide, s);
    const array p = exp(subtract(x, expand_dims(logsumexp(x, axis, false, s), axis, s), s), s);
    const array hot =
        equal(classesAlong(logits, axis, s), normalisedTargets(args[1], axis, logits.shape(axis), s), s);
    const array g = astype(expand_dims(cotangent, axis, s), wide, s);
    const array dx = multiply(subtract(p, astype(hot, wide, s), s), g, s);
    return std::vector<array>{astype(dx, logits.dtype(), s), zeros_like(args[1], s)};
  };
  return lib::composite("cross_entropy", {{"axis", int64_t{axis}}}, {logits, targets}, loss, vjp);
}

} // namespace mx::nn
