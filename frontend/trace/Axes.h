// Axis arguments as the ops take them: negative numbers count from the last axis, none may occur twice.
#pragma once

#include "frontend/include/mx/array.h"

#include <string>
#include <string_view>
#include <vector>

namespace mx::graph {

/// `axis 3 is out of range for an array with 2 dimensions; axes are -2 to 1`.
std::string axisOutOfRange(int64_t axis, int64_t ndim);
/// The axis counted from the front. Throws InvalidArgument `[op] axis 3 is out of range for an array with 2 dimensions`.
int normalizeAxis(std::string_view op, int axis, int ndim);
/// All of them, in the order given; an axis that occurs twice is an error.
std::vector<int> normalizeAxes(std::string_view op, const std::vector<int> &axes, int ndim);
/// 0 ... ndim - 1.
std::vector<int> allAxes(int ndim);

} // namespace mx::graph
