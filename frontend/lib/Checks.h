// Argument checks that composites share. Every message starts with the public function's name in brackets.
#pragma once

#include "frontend/include/mx/array.h"
#include "frontend/trace/Errors.h"

#include <string_view>
#include <vector>

namespace mx::lib {

/// Throws unless `dtype` is real floating point.
void checkFloating(std::string_view op, Dtype dtype);

/// `axis` counted from the front. Throws when it is outside [-ndim, ndim).
int checkAxis(std::string_view op, int axis, const array &a);

/// `axes` counted from the front, sorted. Throws for one outside [-ndim, ndim) or given twice.
std::vector<int> checkAxes(std::string_view op, const std::vector<int> &axes, const array &a);

/// The dtype of a function of `dtype` that is computed in floating point. Throws for complex64.
Dtype floatingDtype(std::string_view op, Dtype dtype);

/// The dtype that statistics over elements of `dtype` are computed in: float64 for float64, else float32.
inline Dtype accumulationDtype(Dtype dtype) { return dtype == float64 ? float64 : float32; }

} // namespace mx::lib
