// Which ops on available data are layouts, and the layouts' arithmetic.
#include "frontend/eval/Views.h"

#include <cstdlib>

namespace mx::graph {
namespace {

// Fills in the flags that strides imply.
Layout finishLayout(const Shape &shape, Strides strides, int64_t offset) {
  Layout layout;
  layout.strides = std::move(strides);
  layout.offset = offset;
  int64_t size = 1, row = 1, col = 1, last = 0;
  bool isRow = true, isCol = true;
  for (size_t i = shape.size(); i-- > 0;) {
    if (shape[i] != 1 && layout.strides[i] != row)
      isRow = false;
    row *= shape[i];
  }
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != 1 && layout.strides[i] != col)
      isCol = false;
    col *= shape[i];
    size *= shape[i];
    if (shape[i] > 0)
      last += std::abs(layout.strides[i]) * (shape[i] - 1);
  }
  layout.dataSize = size == 0 ? 0 : last + 1;
  layout.rowContiguous = isRow || size == 0;
  layout.colContiguous = isCol || size == 0;
  layout.contiguous = layout.dataSize == size;
  return layout;
}

std::optional<Layout> viewOf(const Node &node, const Node &base) {
  const Layout &in = layoutOf(base);
  auto attr = [&](int i) -> const ir::AttrValue & { return node.attributes()[i]; };
  switch (node.op) {
  case ir::OpKind::Reshape: {
    if (!in.rowContiguous)
      return std::nullopt;
    Strides strides(node.shape.size());
    int64_t stride = 1;
    for (size_t i = node.shape.size(); i-- > 0;) {
      strides[i] = stride;
      stride *= node.shape[i];
    }
    return finishLayout(node.shape, strides, in.offset);
  }
  case ir::OpKind::Transpose: {
    Strides strides;
    for (int64_t axis : std::get<std::vector<int64_t>>(attr(0)))
      strides.push_back(in.strides[axis]);
    return finishLayout(node.shape, strides, in.offset);
  }
  case ir::OpKind::BroadcastTo: {
    Strides strides(node.shape.size(), 0);
    const size_t lead = node.shape.size() - base.shape.size();
    for (size_t i = 0; i < base.shape.size(); ++i)
      strides[lead + i] = base.shape[i] == 1 && node.shape[lead + i] != 1 ? 0 : in.strides[i];
    return finishLayout(node.shape, strides, in.offset);
  }
  case ir::OpKind::Slice: {
    const auto &starts = std::get<ir::Dims>(attr(0));
    const auto &steps = std::get<std::vector<int64_t>>(attr(2));
    Strides strides;
    int64_t offset = in.offset;
    for (size_t i = 0; i < base.shape.size(); ++i) {
      if (node.shape[i] > 0)
        offset += starts[i].value() * in.strides[i];
      strides.push_back(in.strides[i] * steps[i]);
    }
    return finishLayout(node.shape, strides, offset);
  }
  default:
    return std::nullopt;
  }
}

} // namespace

bool resolveView(Node &node) {
  if (node.kind != NodeKind::Op || node.inputs.size() != 1)
    return false;
  Node &base = *resolve(node.inputs[0]);
  if (!base.available() || base.hostScalar || !base.buffer)
    return false;
  auto layout = viewOf(node, base);
  if (!layout)
    return false;
  node.buffer = base.buffer;
  setLayout(node, std::move(*layout));
  return true;
}

} // namespace mx::graph
