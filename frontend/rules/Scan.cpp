// Derivatives of scans along an axis. A scan's neighbours lie at -1 in the direction it runs; `step` is +1 for a
// forward scan and -1 for a reverse one, so that one formula serves both.
#include "frontend/rules/Rules.h"

namespace mx::rules {
namespace {

struct Scan {
  explicit Scan(const OpView &op)
      : axis(static_cast<int>(intAttr(op, 0))), reverse(intAttr(op, 1)), inclusive(intAttr(op, 2)),
        size(op.inputs[0].shape(axis)) {}
  int axis;
  bool reverse, inclusive;
  int32_t size;

  /// result[i] = a[i - distance] in the direction of the scan, zero before the first.
  array delayed(const array &a, int distance = 1) const { return shiftAlong(a, axis, reverse ? distance : -distance); }
  /// result[i] = a[i + distance] in the direction of the scan, zero after the last.
  array advanced(const array &a, int distance = 1) const { return shiftAlong(a, axis, reverse ? -distance : distance); }
};

/// Solves y[i] = b[i] + a[i] y[i - 1] by recursive doubling (Kogge and Stone, 1973): after the step of distance d each y
/// covers 2d terms. `shift(v, d)` brings v[i - d] to i, zero from outside.
template <typename Shift> array linearRecurrence(array a, array b, int32_t size, Shift shift) {
  for (int64_t d = 1; d < size; d *= 2) {
    b = b + a * shift(b, static_cast<int>(d));
    a = a * shift(a, static_cast<int>(d));
  }
  return b;
}

/// Position of the element that is the running extremum at i, inclusive of i: the first of equal ones.
array positions(const OpView &op, const Scan &scan, bool largest) {
  const array &x = op.inputs[0];
  array before = largest ? cummax(x, scan.axis, scan.reverse, false) : cummin(x, scan.axis, scan.reverse, false);
  array isNew = largest ? greater(x, before) : less(x, before);
  array index = indexAlong(scan.axis, static_cast<int>(x.ndim()), scan.size);
  // The positions of new extrema grow in the direction of the scan; the first element is one whatever its value.
  if (scan.reverse)
    return cummin(where(isNew, index, array(scan.size - 1)), scan.axis, true, true);
  return cummax(where(isNew, index, array(0)), scan.axis, false, true);
}
std::vector<array> vjpExtremum(const VjpArgs &op, bool largest) {
  Scan scan(op);
  if (scan.size == 0)
    return {op.cotangent};
  array cotangent = scan.inclusive ? op.cotangent : scan.advanced(op.cotangent);
  return {scatter_add_axis(zeros_like(op.inputs[0]), positions(op, scan, largest), cotangent, scan.axis)};
}
array jvpExtremum(const JvpArgs &op, bool largest) {
  Scan scan(op);
  if (scan.size == 0)
    return *op.tangents[0];
  array taken = take_along_axis(*op.tangents[0], positions(op, scan, largest), scan.axis);
  return scan.inclusive ? taken : scan.delayed(taken);
}

} // namespace

std::vector<array> vjp_cumsum(const VjpArgs &op) {
  Scan scan(op);
  return {cumsum(op.cotangent, scan.axis, !scan.reverse, scan.inclusive)};
}
array jvp_cumsum(const JvpArgs &op) { return again(op, {op.tangent(0)}); }

// With p[k] the product before k, dx[k] = p[k] h[k], where h[k] = g[k] + x[k + 1] h[k + 1] sums the cotangents of all
// later products without their factor x[k]. No division: zeros are just factors.
std::vector<array> vjp_cumprod(const VjpArgs &op) {
  Scan scan(op);
  array before = cumprod(op.inputs[0], scan.axis, scan.reverse, false);
  array g = scan.inclusive ? op.cotangent : scan.advanced(op.cotangent);
  array later = linearRecurrence(scan.advanced(op.inputs[0]), g, scan.size,
                                 [&](const array &a, int distance) { return scan.advanced(a, distance); });
  return {before * later};
}
// dy[i] = p[i] t[i] + x[i] dy[i - 1]
array jvp_cumprod(const JvpArgs &op) {
  Scan scan(op);
  array before = cumprod(op.inputs[0], scan.axis, scan.reverse, false);
  array tangent = linearRecurrence(op.inputs[0], before * *op.tangents[0], scan.size,
                                   [&](const array &a, int distance) { return scan.delayed(a, distance); });
  return scan.inclusive ? tangent : scan.delayed(tangent);
}

std::vector<array> vjp_cummax(const VjpArgs &op) { return vjpExtremum(op, true); }
std::vector<array> vjp_cummin(const VjpArgs &op) { return vjpExtremum(op, false); }
array jvp_cummax(const JvpArgs &op) { return jvpExtremum(op, true); }
array jvp_cummin(const JvpArgs &op) { return jvpExtremum(op, false); }

} // namespace mx::rules
