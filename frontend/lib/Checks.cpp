// Argument checks that composites share.
#include "frontend/lib/Checks.h"

#include <algorithm>

namespace mx::lib {

void checkFloating(std::string_view op, Dtype dtype) {
  if (!issubdtype(dtype, floating))
    graph::fail(op, "wants a real floating-point dtype, got " + to_string(dtype) + "; convert with astype");
}

int checkAxis(std::string_view op, int axis, const array &a) {
  const int ndim = static_cast<int>(a.ndim());
  if (axis < -ndim || axis >= ndim)
    graph::fail(op, "axis " + std::to_string(axis) + " of an array of shape " + graph::str(a.shape()) + "; axes count from 0, or from the end as -1, -2, ...",
                {a.shape()});
  return axis < 0 ? axis + ndim : axis;
}

std::vector<int> checkAxes(std::string_view op, const std::vector<int> &axes, const array &a) {
  std::vector<int> result;
  for (int axis : axes)
    result.push_back(checkAxis(op, axis, a));
  std::sort(result.begin(), result.end());
  if (std::adjacent_find(result.begin(), result.end()) != result.end())
    graph::fail(op, "an axis is given twice: " + graph::str(std::span<const int>(axes)) + "; name each axis once", {a.shape()});
  return result;
}

Dtype floatingDtype(std::string_view op, Dtype dtype) {
  if (issubdtype(dtype, complexfloating))
    graph::fail(op, "is not defined for " + to_string(dtype) + "; convert it with astype");
  return issubdtype(dtype, floating) ? dtype : float32;
}

} // namespace mx::lib
