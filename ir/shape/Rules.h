// Shape and dtype rules, one per `shapeRule` of the op table, in ir/shape/<Family>.cpp. Plain C++ on Dims,
// no MLIR: the frontend calls them at every op, ODS type inference calls the same code.
#pragma once

#include "ir/OpTable.h"

namespace mx::ir::shape {

#define MX_SHAPE_RULE(name)                                                                                            \
  rt::Result<TensorType> infer_##name(const OpRow &row, std::span<const TensorType> inputs, const Attrs &attrs);
MX_SHAPE_RULE(elementwise)
MX_SHAPE_RULE(reshape)
MX_SHAPE_RULE(transpose)
MX_SHAPE_RULE(broadcast_to)
MX_SHAPE_RULE(slice)
MX_SHAPE_RULE(as_strided)
MX_SHAPE_RULE(view)
MX_SHAPE_RULE(iota)
MX_SHAPE_RULE(size)
MX_SHAPE_RULE(random_bits)
MX_SHAPE_RULE(reduce)
MX_SHAPE_RULE(arg_reduce)
MX_SHAPE_RULE(scan)
MX_SHAPE_RULE(concatenate)
MX_SHAPE_RULE(pad)
MX_SHAPE_RULE(slice_update)
MX_SHAPE_RULE(gather)
MX_SHAPE_RULE(take_along_axis)
MX_SHAPE_RULE(scatter)
MX_SHAPE_RULE(scatter_axis)
MX_SHAPE_RULE(matmul)
#undef MX_SHAPE_RULE

} // namespace mx::ir::shape
