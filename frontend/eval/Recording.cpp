// Values have the numbers that the walk gave their nodes. While replaying they are plain references: an array would be
// a user's handle, which makes evaluation keep every intermediate result.
#include "frontend/eval/Recording.h"

#include <algorithm>

namespace mx::graph {

Recording::Recording(const Trace &trace) : numValues(trace.inputs.size() + trace.ops.size()) {
  for (const Node *node : trace.inputs)
    inputs.push_back(node->number);
  for (const Node *node : trace.outputs)
    outputs.push_back(node->number);
  ops.reserve(trace.ops.size());
  for (const Node *node : trace.ops) {
    Op &op = ops.emplace_back(Op{node->op, node->number, node->source, node->stream.device, node->attributes(), {}});
    for (Node *in : node->inputs)
      op.operands.push_back(resolve(in)->number);
  }
}

bool Recording::holdsSizes() const {
  return std::any_of(ops.begin(), ops.end(), [](const Op &op) {
    const auto specs = ir::rowOf(op.kind).attrs;
    return std::any_of(specs.begin(), specs.end(), [](const ir::AttrSpec &spec) {
      return spec.kind == ir::AttrKind::Shape || spec.kind == ir::AttrKind::Offsets;
    });
  });
}

std::vector<array> Recording::replay(std::span<const array> arguments) const {
  std::vector<NodeRef> values(numValues);
  for (size_t i = 0; i < inputs.size(); ++i)
    values[inputs[i]] = NodeRef(nodeOf(arguments[i]));
  SmallVector<Node *, 8> operands;
  for (const Op &op : ops) {
    operands.resize(op.operands.size());
    std::transform(op.operands.begin(), op.operands.end(), operands.begin(), [&](uint32_t n) { return values[n].get(); });
    const SourceScope scope(op.source);
    values[op.number] = NodeRef(nodeOf(make(op.kind, std::span<Node *const>(operands.data(), operands.size()), op.attrs, op.device)));
  }
  std::vector<array> results;
  results.reserve(outputs.size());
  for (uint32_t n : outputs)
    results.push_back(toArray(values[n].get()));
  return results;
}

} // namespace mx::graph
