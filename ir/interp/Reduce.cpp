// Reductions: the reduced axes are moved last, then every row gives one element. Sums and products accumulate in
// double (long double for float64) and round once.
#include "ir/interp/Evaluate.h"

#include <algorithm>

namespace mx::ir::interp {
namespace {

template <typename T> Compute<T> sumOf(std::span<const T> row) {
  std::conditional_t<isReal<T>, Wide<T>, Compute<T>> total = 0;
  for (T x : row)
    total = add<decltype(total)>(total, read(x));
  return static_cast<Compute<T>>(total);
}

template <typename T> Compute<T> productOf(std::span<const T> row) {
  std::conditional_t<isReal<T>, Wide<T>, Compute<T>> total = 1;
  for (T x : row)
    total = multiply<decltype(total)>(total, read(x));
  return static_cast<Compute<T>>(total);
}

template <typename T> Compute<T> extremeOf(std::span<const T> row, Compute<T> (*pick)(Compute<T>, Compute<T>)) {
  Compute<T> best = read(row.front());
  for (T x : row.subspan(1))
    best = pick(best, read(x));
  return best;
}

template <typename T> Compute<T> (*reduction(OpKind op))(std::span<const T>) {
  using Row = std::span<const T>;
  switch (op) {
  case OpKind::Sum:
  case OpKind::Any: return sumOf<T>; // bool adds as or
  case OpKind::Prod:
  case OpKind::All: return productOf<T>; // and multiplies as and
  case OpKind::Max: return [](Row row) { return extremeOf<T>(row, maximum<Compute<T>>); };
  case OpKind::Min: return [](Row row) { return extremeOf<T>(row, minimum<Compute<T>>); };
  default: return nullptr;
  }
}

/// x with the axes moved last: rows of as many elements as the axes hold.
struct Rows {
  Tensor tensor;
  int64_t length;
};
Rows rowsOf(const Tensor &x, std::span<const int64_t> axes) {
  Shape order;
  int64_t length = 1;
  for (int64_t axis = 0; axis < static_cast<int64_t>(x.shape.size()); ++axis)
    if (std::ranges::find(axes, axis) == axes.end())
      order.push_back(axis);
  for (int64_t axis : axes) {
    order.push_back(axis);
    length *= x.shape[axis];
  }
  return {permute(x, order), length};
}

rt::Result<Tensor> reduce(const OpCall &call) {
  Rows rows = rowsOf(convert(call.in(0), call.dtype), call.list(0));
  Tensor result = zeros(call.dtype, call.shape);
  return visit(call.dtype, [&]<typename T>(std::type_identity<T>) -> rt::Result<Tensor> {
    if constexpr (std::is_same_v<T, Complex>) {
      return unknownOp(call);
    } else {
      auto reduceRow = reduction<T>(call.row.kind);
      if (!reduceRow)
        return unknownOp(call);
      std::span<const T> from = elements<T>(rows.tensor);
      std::span<T> to = elements<T>(result);
      for (size_t i = 0; i < to.size(); ++i)
        to[i] = write<T>(reduceRow(from.subspan(i * rows.length, rows.length)));
      return std::move(result);
    }
  });
}

rt::Result<Tensor> argReduce(const OpCall &call) {
  int64_t axis = call.number(0);
  Rows rows = rowsOf(call.in(0), {&axis, 1});
  Tensor result = zeros(call.dtype, call.shape);
  visit(call.in(0).dtype, [&]<typename T>(std::type_identity<T>) {
    if constexpr (!std::is_same_v<T, Complex>) {
      std::span<const T> from = elements<T>(rows.tensor);
      std::span<uint32_t> to = elements<uint32_t>(result);
      for (size_t i = 0; i < to.size(); ++i) {
        auto row = from.subspan(i * rows.length, rows.length);
        uint32_t best = 0;
        for (uint32_t j = 1; j < row.size(); ++j) {
          Compute<T> x = read(row[j]), y = read(row[best]);
          bool better = call.row.kind == OpKind::Argmax ? x > y : x < y;
          if (better || (x != x && y == y)) // only NaN differs from itself
            best = j;
          if (y != y)
            break;
        }
        to[i] = best;
      }
    }
  });
  return result;
}

} // namespace

rt::Result<Tensor> evaluateReduce(const OpCall &call) {
  if (call.row.kind == OpKind::Argmax || call.row.kind == OpKind::Argmin)
    return argReduce(call);
  return reduce(call);
}

} // namespace mx::ir::interp
