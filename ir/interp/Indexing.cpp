// Joins, pads and indexing. A negative index counts from the end; after that a window out of range reads as the nearest
// one in range, and an update of it is dropped as a whole.
#include "ir/interp/Evaluate.h"

#include <algorithm>
#include <cstring>

namespace mx::ir::interp {
namespace {

/// Bytes of x, window by window: element n of the window at `base` is copied from element n of `from`.
void copyInto(Tensor &x, std::span<const int64_t> window, std::span<const int64_t> strides, int64_t base, const std::byte *from) {
  int64_t bytes = sizeOf(x.dtype);
  forEachOffset(window, strides, base, [&](int64_t n, int64_t to) { std::memcpy(&x.data[to * bytes], from + n * bytes, bytes); });
}

Tensor concatenate(const OpCall &call) {
  Tensor result = zeros(call.dtype, call.shape);
  Shape strides = stridesOf(call.shape);
  int64_t axis = call.number(0), at = 0;
  for (const Tensor *input : call.inputs) {
    Tensor part = convert(*input, call.dtype);
    copyInto(result, part.shape, strides, at * strides[axis], part.data.data());
    at += part.shape[axis];
  }
  return result;
}

Tensor pad(const OpCall &call) {
  Tensor result = broadcastTo(call.in(1), call.shape);
  Shape strides = stridesOf(call.shape), low = call.sizes(0);
  int64_t base = 0;
  for (size_t axis = 0; axis < low.size(); ++axis)
    base += low[axis] * strides[axis];
  copyInto(result, call.in(0).shape, strides, base, call.in(0).data.data());
  return result;
}

// --- Updates ----------------------------------------------------------------------------------------------------

template <typename T> Compute<T> (*combiner(const std::string &mode))(Compute<T>, Compute<T>) {
  using C = Compute<T>;
  if constexpr (!std::is_same_v<T, Complex>) {
    if (mode == "add")
      return add<C>;
    if (mode == "prod")
      return multiply<C>;
    if (mode == "max")
      return maximum<C>;
    if (mode == "min")
      return minimum<C>;
  }
  return [](C, C update) { return update; };
}

/// Combines elements of a tensor with updates, each rounded to the dtype.
struct Updater {
  Tensor &target;
  const Tensor &updates;
  const std::string &mode;

  /// Combines window elements n = 0, 1, ... at base + index * strides with updates[first + n].
  void window(std::span<const int64_t> shape, std::span<const int64_t> strides, int64_t base, int64_t first) {
    visit(target.dtype, [&]<typename T>(std::type_identity<T>) {
      auto combine = combiner<T>(mode);
      std::span<T> to = elements<T>(target);
      std::span<const T> from = elements<T>(updates);
      forEachOffset(shape, strides, base, [&](int64_t n, int64_t at) {
        to[at] = mode == "set" ? from[first + n] : write<T>(combine(read(to[at]), read(from[first + n])));
      });
    });
  }
};

Tensor sliceUpdate(const OpCall &call) {
  Tensor result = call.in(0);
  Shape strides = stridesOf(result.shape), starts = call.sizes(0);
  int64_t base = 0;
  for (size_t axis = 0; axis < strides.size(); ++axis) {
    base += starts[axis] * strides[axis];
    strides[axis] *= call.list(1)[axis];
  }
  Updater{result, call.in(1), call.text(2)}.window(call.in(1).shape, strides, base, 0);
  return result;
}

// --- Index tensors ----------------------------------------------------------------------------------------------

/// Indices as int64; uint64 ones past its range as the largest, which is out of range everywhere.
Tensor loadIndices(const Tensor &x) {
  Tensor result = convert(x, rt::DType::int64);
  if (x.dtype == rt::DType::uint64)
    for (int64_t &i : elements<int64_t>(result))
      i = i < 0 ? INT64_MAX : i;
  return result;
}

/// Where windows of a tensor begin, for every index of a broadcast shape.
struct Windows {
  Shape indexShape;
  std::vector<int64_t> axes;
  std::vector<Tensor> indices;
  /// Per entry of `axes`: size of the axis, of the window, and stride of the axis.
  std::vector<int64_t> sizes, window, strides;

  /// The first element of window n; nullopt when it is out of range and not clamped.
  std::optional<int64_t> begin(int64_t n, bool clamped) const {
    int64_t base = 0;
    for (size_t i = 0; i < axes.size(); ++i) {
      int64_t index = elements<int64_t>(indices[i])[n], last = sizes[i] - window[i];
      if (index < 0)
        index += sizes[i];
      if (!clamped && (index < 0 || index > last))
        return std::nullopt;
      base += std::clamp<int64_t>(index, 0, last) * strides[i];
    }
    return base;
  }
};

Windows windowsOf(const OpCall &call, size_t firstIndex, const std::vector<int64_t> &axes, Shape indexShape,
                  std::span<const int64_t> window) {
  Windows result{std::move(indexShape), axes, {}, {}, {}, {}};
  Shape strides = stridesOf(call.in(0).shape);
  for (size_t i = 0; i < axes.size(); ++i) {
    result.indices.push_back(broadcastTo(loadIndices(call.in(firstIndex + i)), result.indexShape));
    result.sizes.push_back(call.in(0).shape[axes[i]]);
    result.window.push_back(window[axes[i]]);
    result.strides.push_back(strides[axes[i]]);
  }
  return result;
}

Tensor gather(const OpCall &call) {
  const Tensor &x = call.in(0);
  Shape window = call.sizes(1), strides = stridesOf(x.shape);
  Windows windows = windowsOf(call, 1, call.list(0), Shape(call.shape.begin(), call.shape.end() - window.size()), window);
  Tensor result = zeros(call.dtype, call.shape);
  int64_t bytes = sizeOf(call.dtype), count = countOf(window);
  for (int64_t n = 0; n < countOf(windows.indexShape); ++n)
    forEachOffset(window, strides, *windows.begin(n, true), [&](int64_t i, int64_t from) {
      std::memcpy(&result.data[(n * count + i) * bytes], &x.data[from * bytes], bytes);
    });
  return result;
}

Tensor scatter(const OpCall &call) {
  Tensor result = call.in(0);
  const Shape &updates = call.in(1).shape;
  Shape window(updates.end() - result.shape.size(), updates.end()), strides = stridesOf(result.shape);
  Windows windows = windowsOf(call, 2, call.list(0), Shape(updates.begin(), updates.end() - window.size()), window);
  Updater updater{result, call.in(1), call.text(1)};
  for (int64_t n = 0; n < countOf(windows.indexShape); ++n)
    if (auto base = windows.begin(n, false))
      updater.window(window, strides, *base, n * countOf(window));
  return result;
}

// --- Along one axis ---------------------------------------------------------------------------------------------

Tensor takeAlongAxis(const OpCall &call) {
  int64_t axis = call.number(0), size = call.in(0).shape[axis];
  Shape from = call.shape;
  from[axis] = size;
  Tensor x = broadcastTo(call.in(0), from), indices = broadcastTo(loadIndices(call.in(1)), call.shape);
  Tensor result = zeros(call.dtype, call.shape);
  Shape rows = stridesOf(from);
  int64_t bytes = sizeOf(call.dtype), stride = rows[axis];
  rows[axis] = 0;
  forEachOffset(call.shape, rows, 0, [&](int64_t n, int64_t row) {
    int64_t index = elements<int64_t>(indices)[n];
    index = std::clamp<int64_t>(index < 0 ? index + size : index, 0, size - 1);
    std::memcpy(&result.data[n * bytes], &x.data[(row + index * stride) * bytes], bytes);
  });
  return result;
}

Tensor scatterAxis(const OpCall &call) {
  Tensor result = call.in(0);
  int64_t axis = call.number(0), size = result.shape[axis];
  Shape shape = result.shape;
  shape[axis] = call.in(1).shape[axis];
  Tensor indices = broadcastTo(loadIndices(call.in(1)), shape), values = broadcastTo(call.in(2), shape);
  Updater updater{result, values, call.text(1)};
  Shape rows = stridesOf(result.shape);
  int64_t stride = rows[axis];
  rows[axis] = 0;
  forEachOffset(shape, rows, 0, [&](int64_t n, int64_t row) {
    int64_t index = elements<int64_t>(indices)[n];
    index += index < 0 ? size : 0;
    if (index >= 0 && index < size)
      updater.window({}, {}, row + index * stride, n);
  });
  return result;
}

} // namespace

rt::Result<Tensor> evaluateIndexing(const OpCall &call) {
  switch (call.row.kind) {
  case OpKind::Concatenate:
    return concatenate(call);
  case OpKind::Pad:
    return pad(call);
  case OpKind::SliceUpdate:
    return sliceUpdate(call);
  case OpKind::Gather:
    return gather(call);
  case OpKind::Scatter:
    return scatter(call);
  case OpKind::TakeAlongAxis:
    return takeAlongAxis(call);
  case OpKind::ScatterAxis:
    return scatterAxis(call);
  default:
    return unknownOp(call);
  }
}

} // namespace mx::ir::interp
