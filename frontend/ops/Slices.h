// Python-like slice bounds turned into what the slice ops take: starts that are in range, sizes and strides.
#pragma once

#include "frontend/include/mx/small_vector.h"

#include <string_view>

namespace mx::graph {

struct SliceWindow {
  Shape starts, sizes, strides;
  bool empty() const;
  /// True when the window is all of `shape` in order.
  bool covers(const Shape &shape) const;
};

/// Negative positions count from the end, then all are clamped; with a negative stride a stop before the first
/// element is written -size-1. Throws InvalidArgument for a stride of 0 or the wrong number of entries.
SliceWindow sliceWindow(std::string_view op, const Shape &shape, const Shape &start, const Shape &stop, const Shape &strides);

} // namespace mx::graph
