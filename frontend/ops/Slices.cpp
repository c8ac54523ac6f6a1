// Arithmetic is in 64 bits: sizes, bounds and strides are any 32-bit integers.
#include "frontend/ops/Slices.h"

#include "frontend/trace/Errors.h"
#include "frontend/trace/Tracing.h"

#include <algorithm>

namespace mx::graph {

bool SliceWindow::empty() const { return std::find(sizes.begin(), sizes.end(), 0) != sizes.end(); }

bool SliceWindow::covers(const Shape &shape) const {
  return sizes == shape && std::all_of(strides.begin(), strides.end(), [](int32_t s) { return s == 1; });
}

SliceWindow sliceWindow(std::string_view op, const Shape &shape, const Shape &start, const Shape &stop, const Shape &strides) {
  const size_t rank = shape.size();
  if (start.size() != rank || stop.size() != rank || strides.size() != rank)
    fail(op, "needs one start, stop and stride per axis of " + str(shape) + ", got " + std::to_string(start.size()) + ", " +
                 std::to_string(stop.size()) + " and " + std::to_string(strides.size()) + "; 0, the size and 1 take an axis whole", {shape});
  AnySizesScope::noteCompared(start);
  AnySizesScope::noteCompared(stop);
  SliceWindow window{Shape(rank), Shape(rank), Shape(rank)};
  for (size_t i = 0; i < rank; ++i) {
    const int64_t n = shape[i], step = strides[i];
    if (step == 0)
      fail(op, "stride 0 at axis " + std::to_string(i) + "; a negative one walks backwards, 1 takes all", {shape});
    // Positions that a stride can reach lie in [low, high].
    const int64_t low = step < 0 ? -1 : 0, high = step < 0 ? n - 1 : n;
    auto position = [&](int64_t p) { return std::clamp(p < 0 ? p + n : p, low, high); };
    const int64_t from = position(start[i]), to = position(stop[i]);
    const int64_t span = step < 0 ? from - to : to - from, size = span > 0 ? (span - 1) / std::abs(step) + 1 : 0;
    window.starts[i] = static_cast<int32_t>(size ? from : 0);
    window.sizes[i] = static_cast<int32_t>(size);
    window.strides[i] = static_cast<int32_t>(size > 1 ? step : 1);
  }
  return window;
}

} // namespace mx::graph
