// Between the public Dtype and the runtime's, whose orders are the same.
#pragma once

#include "frontend/include/mx/dtype.h"
#include "runtime/base/DType.h"

namespace mx::graph {

inline rt::DType toRt(Dtype t) { return static_cast<rt::DType>(t.val()); }
inline Dtype fromRt(rt::DType t) { return Dtype(static_cast<Dtype::Val>(t), static_cast<uint8_t>(rt::sizeOf(t))); }

} // namespace mx::graph
