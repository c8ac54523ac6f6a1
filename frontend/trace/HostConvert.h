// Conversion of elements on the host: for constructors, item and printing. Same rules as astype: float to integer
// saturates, NaN gives 0, anything nonzero is true.
#pragma once

#include "runtime/base/DType.h"

#include <cstddef>

namespace mx::graph {

/// Converts `count` elements from dtype `from` to dtype `to`; the ranges do not overlap unless the dtypes are equal.
void convertElements(const void *src, rt::DType from, void *dst, rt::DType to, size_t count);

} // namespace mx::graph
