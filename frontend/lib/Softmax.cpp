// softmax and logsumexp. float16 and bfloat16 are always computed in float32 inside, so `precise` changes
// nothing.
#include "frontend/include/mx/ops.h"
#include "frontend/lib/Composite.h"
#include "frontend/trace/Node.h"

#include <limits>
#include <numeric>

namespace mx {
namespace {

std::vector<int> allAxes(const array &a) {
  std::vector<int> axes(a.ndim());
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

/// `a` where it is finite, else 0: subtracting it never gives inf - inf.
array finiteOrZero(const array &a, const StreamOrDevice &s) {
  const array infinity(std::numeric_limits<double>::infinity(), a.dtype());
  return where(less(abs(a, s), infinity, s), a, array(0.0, a.dtype()), s);
}

} // namespace

array softmax(const array &a, const std::vector<int> &axes_, bool precise, StreamOrDevice s) {
  MX_API_SCOPE;
  const std::vector<int> axes = lib::checkAxes("softmax", axes_, a);
  const Dtype dtype = lib::floatingDtype("softmax", a.dtype()), wide = lib::accumulationDtype(dtype);
  if (a.size() == 0)
    return astype(a, dtype, s);
  const array x = astype(a, wide, s);
  const array e = exp(subtract(x, stop_gradient(max(x, axes, true, s), s), s), s);
  const array y = astype(divide(e, sum(e, axes, true, s), s), dtype, s);
  // dx = y * (g - sum(g * y)): Bridle, Probabilistic Interpretation of Feedforward Classification Network
  // Outputs, 1990.
  auto vjp = [axes, wide, s](const std::vector<array> &args, const array &cotangent, const array &output) {
    const array g = astype(cotangent, wide, s), y = astype(output, wide, s);
    const array dx = multiply(y, subtract(g, sum(multiply(g, y, s), axes, true, s), s), s);
    return std::vector<array>{astype(dx, args[0].dtype(), s)};
  };
  return lib::composite("softmax", {{"axes", lib::list(axes)}}, {a}, y, vjp);
}

array softmax(const array &a, bool precise, StreamOrDevice s) {
  MX_API_SCOPE;
  return softmax(a, allAxes(a), precise, s);
}

array softmax(const array &a, int axis, bool precise, StreamOrDevice s) {
  MX_API_SCOPE;
  return softmax(a, std::vector<int>{axis}, precise, s);
}

array logsumexp(const array &a, const std::vector<int> &axes_, bool keepdims, StreamOrDevice s) {
  MX_API_SCOPE;
  const std::vector<int> axes = lib::checkAxes("logsumexp", axes_, a);
  const Dtype dtype = lib::floatingDtype("logsumexp", a.dtype()), wide = lib::accumulationDtype(dtype);
  const array x = astype(a, wide, s);
  const array shift = finiteOrZero(stop_gradient(max(x, axes, true, s), s), s);
  const array total = log(sum(exp(subtract(x, shift, s), s), axes, keepdims, s), s);
  const array y = astype(add(total, keepdims ? shift : squeeze(shift, axes, s), s), dtype, s);
  // dx = g * exp(x - y).
  auto vjp = [axes, keepdims, wide, s](const std::vector<array> &args, const array &cotangent,
                                       const array &output) {
    auto kept = [&](const array &v) { return astype(keepdims ? v : expand_dims(v, axes, s), wide, s); };
    const array p = exp(subtract(astype(args[0], wide, s), finiteOrZero(kept(output), s), s), s);
    return std::vector<array>{astype(multiply(kept(cotangent), p, s), args[0].dtype(), s)};
  };
  return lib::composite("logsumexp", {{"axes", lib::list(axes)}, {"keepdims", int64_t{keepdims}}}, {a}, y,
                        vjp);
}

array logsumexp(const array &a, bool keepdims, StreamOrDevice s) {
  MX_API_SCOPE;
  return logsumexp(a, allAxes(a), keepdims, s);
}

array logsumexp(const array &a, StreamOrDevice s) {
  MX_API_SCOPE;
  return logsumexp(a, allAxes(a), false, s);
}

array logsumexp(const array &a, int axis, bool keepdims, StreamOrDevice s) {
  MX_API_SCOPE;
  return logsumexp(a, std::vector<int>{axis}, keepdims, s);
}

} // namespace mx
