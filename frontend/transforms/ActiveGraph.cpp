// A depth-first walk with an explicit stack. Only tracers are followed: an input flags all that is made from it, so
// a node without the flag is a constant, however large the graph behind it.
#include "frontend/transforms/ActiveGraph.h"

namespace mx::transforms {

using graph::Node;
using graph::NodeKind;

bool isOpaque(const Node &group, Transform transform) {
  switch (transform) {
  case Transform::Vjp:
    return static_cast<bool>(group.group->vjp);
  case Transform::Jvp:
    return static_cast<bool>(group.group->jvp);
  case Transform::Vmap:
    // A group with derivatives of its own stays one, with these mapped.
    return group.group->vmap || group.group->vjp || group.group->jvp;
  }
  __builtin_unreachable();
}

bool isDifferentiable(const Node &node) {
  if (node.kind == NodeKind::Group)
    return true;
  return rt::isFloat(node.dtype) && (node.kind != NodeKind::Op || ir::rowOf(node.op).differentiable);
}

std::span<Node *const> edgesOf(const Node &node, Transform transform) {
  const std::span<Node *const> inputs(node.inputs.data(), node.inputs.size());
  if (inputs.empty())
    return {};
  switch (node.kind) {
  case NodeKind::Op:
    return inputs;
  case NodeKind::Result: {
    const Node &group = *inputs[0];
    if (isOpaque(group, transform))
      return inputs;
    return {&group.inputs[group.group->numArgs + node.index], 1};
  }
  case NodeKind::Group:
    // Mapping a group without a vmap rule maps its body too.
    if (transform == Transform::Vmap && !node.group->vmap)
      return inputs;
    return inputs.first(node.group->numArgs);
  case NodeKind::Leaf:
  case NodeKind::Placeholder:
    return {};
  }
  __builtin_unreachable();
}

ActiveGraph::ActiveGraph(std::span<const array> inputs, std::span<const array> outputs, Transform transform)
    : kind(transform), inputCount(inputs.size()) {
  const std::lock_guard lock(graph::graphMutex());
  constexpr int32_t kConstant = -1;
  bool inserted;
  for (const array &in : inputs) {
    Node *node = graph::nodeOf(in);
    const bool active = transform == Transform::Vmap || isDifferentiable(*node);
    numbers.findOrInsert(node, active ? size() : kConstant, inserted);
    nodes.emplace_back(node);
  }

  struct Frame {
    Node *node;
    std::span<Node *const> edges;
    size_t next = 0;
    bool active = false;
  };
  std::vector<Frame> stack;
  // Enters a node that is new and may be active; returns whether it is known to be active.
  auto visit = [&](Node *node) {
    if (!node->tracer)
      return false;
    const int32_t number = numbers.findOrInsert(node, kConstant, inserted);
    if (!inserted)
      return number >= 0;
    if (transform == Transform::Vmap || isDifferentiable(*node))
      if (auto edges = edgesOf(*node, transform); !edges.empty())
        stack.push_back({node, edges});
    return false;
  };

  for (const array &out : outputs) {
    visit(graph::nodeOf(out));
    while (!stack.empty()) {
      const size_t top = stack.size() - 1;
      if (stack[top].next < stack[top].edges.size()) {
        Node *edge = stack[top].edges[stack[top].next];
        const bool active = visit(edge);
        if (stack.size() - 1 == top) { // done with this edge; otherwise look again when it has been walked
          stack[top].active |= active;
          ++stack[top].next;
        }
        continue;
      }
      if (stack[top].active) {
        *numbers.find(stack[top].node) = size();
        nodes.emplace_back(stack[top].node);
      }
      stack.pop_back();
    }
  }
}

} // namespace mx::transforms
