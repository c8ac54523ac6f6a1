// Writing by index arrays and into slices. An update is converted to the dtype of what it updates.
#include "frontend/include/mx/ops.h"
#include "frontend/ops/Common.h"
#include "frontend/ops/Slices.h"

namespace mx {
using ir::OpKind;

namespace {

int rankOf(const array &a) { return static_cast<int>(a.ndim()); }

array makeScatter(const char *op, const char *mode, const array &a, const std::vector<array> &indices, const array &updates,
                  const std::vector<int> &axes, const StreamOrDevice &s) {
  std::vector<array> operands{a, astype(updates, a.dtype(), s)};
  operands.insert(operands.end(), indices.begin(), indices.end());
  const std::vector<int> at = graph::normalizeAxes(op, axes, rankOf(a));
  return graph::make(OpKind::Scatter, std::span<const array>(operands), {graph::intsAttr(at), std::string(mode)}, s);
}

array makeScatterAxis(const char *op, const char *mode, const array &a, const array &indices, const array &values, int axis,
                      const StreamOrDevice &s) {
  const int at = graph::normalizeAxis(op, axis, rankOf(a));
  array updates = astype(values, a.dtype(), s);
  if (updates.ndim() < a.ndim()) {
    Shape shape(a.ndim() - updates.ndim(), 1);
    shape.insert(shape.end(), updates.shape().begin(), updates.shape().end());
    updates = reshape(updates, shape, s);
  }
  graph::Node *const operands[] = {graph::nodeOf(a), graph::nodeOf(indices), graph::nodeOf(updates)};
  return graph::make(OpKind::ScatterAxis, operands, {int64_t(at), std::string(mode)}, s);
}

array makeSliceUpdate(const char *op, const char *mode, const array &src, const array &update, const Shape &start,
                      const Shape &stop, const Shape &strides, const StreamOrDevice &s) {
  const graph::SliceWindow window = graph::sliceWindow(op, src.shape(), start, stop, strides);
  const array values = broadcast_to(astype(update, src.dtype(), s), window.sizes, s);
  if (window.empty())
    return src;
  return graph::makeBinary(OpKind::SliceUpdate, src, values, s,
                           {graph::dimsAttr(window.starts), std::vector<int64_t>(window.strides.begin(), window.strides.end()),
                            std::string(mode)});
}

} // namespace

#define MX_SCATTER(function, mode)                                                                                     \
  array function(const array &a, const std::vector<array> &indices, const array &updates, const std::vector<int> &axes, \
                 StreamOrDevice s) {                                                                                   \
    MX_API_SCOPE;                                                                                                      \
    return makeScatter(#function, mode, a, indices, updates, axes, s);                                                 \
  }                                                                                                                    \
  array function(const array &a, const array &indices, const array &updates, int axis, StreamOrDevice s) {             \
    MX_API_SCOPE;                                                                                                      \
    return makeScatter(#function, mode, a, {indices}, updates, {axis}, s);                                             \
  }
MX_SCATTER(scatter, "set")
MX_SCATTER(scatter_add, "add")
MX_SCATTER(scatter_prod, "prod")
MX_SCATTER(scatter_max, "max")
MX_SCATTER(scatter_min, "min")

array put_along_axis(const array &a, const array &indices, const array &values, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  return makeScatterAxis("put_along_axis", "set", a, indices, values, axis, s);
}

array scatter_add_axis(const array &a, const array &indices, const array &values, int axis, StreamOrDevice s) {
  MX_API_SCOPE;
  return makeScatterAxis("scatter_add_axis", "add", a, indices, values, axis, s);
}

array masked_scatter(const array &a, const array &mask, const array &src, StreamOrDevice s) {
  MX_API_SCOPE;
  if (mask.dtype() != bool_)
    graph::fail("masked_scatter", "the mask is bool, got " + to_string(mask.dtype()) + "; convert with astype");
  if (mask.ndim() == 0 || mask.ndim() > a.ndim() || !std::equal(mask.shape().begin(), mask.shape().end(), a.shape().begin()))
    graph::fail("masked_scatter", "the mask has shape " + graph::str(mask.shape()) + ", which does not begin " +
                                      graph::str(a.shape()) + "; it has the sizes of the first axes", {a.shape(), mask.shape()});
  if (a.size() == 0)
    return a;
  if (src.size() == 0)
    graph::fail("masked_scatter", "src is empty; give it an element for each that the mask chooses", {a.shape(), src.shape()});
  Shape wide = mask.shape();
  wide.resize(a.ndim(), 1);
  const array chosen = broadcast_to(reshape(mask, wide, s), a.shape(), s);
  // The n-th chosen place takes the n-th value; the others, whose number may pass the last value, take the first.
  const array flat = flatten(chosen, s);
  const array places = where(flat, cumsum(flat, 0, false, false, int32, s), array(0), s);
  const array values = reshape(take(flatten(astype(src, a.dtype(), s), s), places, 0, s), a.shape(), s);
  return where(chosen, values, a, s);
}

#define MX_SLICE_UPDATE(function, mode)                                                                                \
  array function(const array &src, const array &update, Shape start, Shape stop, Shape strides, StreamOrDevice s) {    \
    MX_API_SCOPE;                                                                                                      \
    return makeSliceUpdate(#function, mode, src, update, start, stop, strides, s);                                     \
  }                                                                                                                    \
  array function(const array &src, const array &update, Shape start, Shape stop, StreamOrDevice s) {                   \
    MX_API_SCOPE;                                                                                                      \
    return makeSliceUpdate(#function, mode, src, update, start, stop, Shape(src.ndim(), 1), s);                        \
  }
MX_SLICE_UPDATE(slice_update, "set")
MX_SLICE_UPDATE(slice_update_add, "add")
MX_SLICE_UPDATE(slice_update_prod, "prod")
MX_SLICE_UPDATE(slice_update_max, "max")
MX_SLICE_UPDATE(slice_update_min, "min")

} // namespace mx
