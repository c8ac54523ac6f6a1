// Views as copies.
#include "ir/interp/Evaluate.h"

namespace mx::ir::interp {

rt::Result<Tensor> evaluateViews(const OpCall &call) {
  const Tensor &x = call.in(0);
  switch (call.row.kind) {
  case OpKind::Reshape:
  case OpKind::View:
    return Tensor{call.dtype, call.shape, x.data};
  case OpKind::Transpose:
    return permute(x, call.list(0));
  case OpKind::BroadcastTo:
    return broadcastTo(x, call.shape);
  case OpKind::Slice: {
    Shape starts = call.sizes(0), strides = stridesOf(x.shape);
    int64_t offset = 0;
    for (size_t axis = 0; axis < strides.size(); ++axis) {
      offset += starts[axis] * strides[axis];
      strides[axis] *= call.list(2)[axis];
    }
    return materialize(x, call.shape, strides, offset);
  }
  case OpKind::AsStrided:
    return materialize(x, call.shape, call.sizes(1), call.sizes(2)[0]);
  default:
    return unknownOp(call);
  }
}

} // namespace mx::ir::interp
