// Normalisation of axis arguments.
#include "frontend/trace/Axes.h"

#include "frontend/trace/Errors.h"

#include <algorithm>
#include <numeric>

namespace mx::graph {

std::string axisOutOfRange(int64_t axis, int64_t ndim) {
  return "axis " + std::to_string(axis) + " is out of range for an array with " + std::to_string(ndim) + " dimensions; " +
         (ndim ? "axes are " + std::to_string(-ndim) + " to " + std::to_string(ndim - 1) : "give it axes with reshape or expand_dims");
}

int normalizeAxis(std::string_view op, int axis, int ndim) {
  if (axis < -ndim || axis >= ndim)
    fail(op, axisOutOfRange(axis, ndim));
  return axis < 0 ? axis + ndim : axis;
}

std::vector<int> normalizeAxes(std::string_view op, const std::vector<int> &axes, int ndim) {
  std::vector<int> result;
  result.reserve(axes.size());
  for (int axis : axes) {
    const int at = normalizeAxis(op, axis, ndim);
    if (std::find(result.begin(), result.end(), at) != result.end())
      fail(op, "axis " + std::to_string(axis) + " occurs twice; name each once");
    result.push_back(at);
  }
  return result;
}

std::vector<int> allAxes(int ndim) {
  std::vector<int> axes(ndim);
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

} // namespace mx::graph
