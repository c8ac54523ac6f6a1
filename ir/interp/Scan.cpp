// Scans along one axis: the running value is kept in double (long double for float64) and rounded where it is stored.
#include "ir/interp/Evaluate.h"

#include <algorithm>

namespace mx::ir::interp {
namespace {

/// How a scan starts and goes on, in the type A of its running value.
template <typename A> struct Step {
  A identity;
  A (*combine)(A, A);
};

template <typename A> Step<A> stepOf(OpKind op) {
  using limits = std::numeric_limits<A>;
  switch (op) {
  case OpKind::Cumsum: return {A(-0.0), add<A>};
  case OpKind::Cumprod: return {A(1), multiply<A>};
  case OpKind::Cummax: return {limits::has_infinity ? -limits::infinity() : limits::lowest(), maximum<A>};
  case OpKind::Cummin: return {limits::has_infinity ? limits::infinity() : limits::max(), minimum<A>};
  default: return {A(), nullptr};
  }
}

} // namespace

rt::Result<Tensor> evaluateScan(const OpCall &call) {
  Tensor x = convert(call.in(0), call.dtype), result = zeros(call.dtype, call.shape);
  int64_t axis = call.number(0), length = call.shape[axis], stride = stridesOf(call.shape)[axis];
  bool reverse = call.number(1), inclusive = call.number(2);
  Shape outer = call.shape;
  outer[axis] = std::min<int64_t>(length, 1);
  return visit(call.dtype, [&]<typename T>(std::type_identity<T>) -> rt::Result<Tensor> {
    if constexpr (std::is_same_v<T, Complex>) {
      return unknownOp(call);
    } else {
      using A = std::conditional_t<isReal<T>, Wide<T>, Compute<T>>;
      Step<A> step = stepOf<A>(call.row.kind);
      if (!step.combine)
        return unknownOp(call);
      std::span<const T> from = elements<T>(x);
      std::span<T> to = elements<T>(result);
      forEachOffset(outer, stridesOf(call.shape), 0, [&](int64_t, int64_t base) {
        A running = step.identity;
        for (int64_t i = 0; i < length; ++i) {
          int64_t at = base + (reverse ? length - 1 - i : i) * stride;
          A next = step.combine(running, read(from[at]));
          // The sum of nothing is +0, and so is every other exclusive one that is zero.
          A stored = inclusive ? next : running == A(0) ? A(0) : running;
          to[at] = write<T>(static_cast<Compute<T>>(stored));
          running = next;
        }
      });
      return std::move(result);
    }
  });
}

} // namespace mx::ir::interp
