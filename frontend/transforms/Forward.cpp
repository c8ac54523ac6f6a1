// Forward mode: the active graph is walked in order, each node turning the tangents of its operands into its own.
#include "frontend/rules/Rules.h"
#include "frontend/trace/Dtypes.h"
#include "frontend/trace/Errors.h"
#include "frontend/transforms/ActiveGraph.h"
#include "frontend/transforms/Gradient.h"
#include "frontend/transforms/NodeStream.h"

#include <unordered_map>

namespace mx::transforms {
namespace {

using graph::Node;
using graph::NodeKind;

class Forward {
public:
  Forward(const std::vector<array> &inputs, const std::vector<array> &outputs)
      : active(inputs, outputs, Transform::Jvp), tangents(active.size()) {}

  void set(int number, MaybeArray tangent);
  void run();
  /// The tangent of a node; none for a constant.
  MaybeArray get(const Node *node) const {
    const int number = active.numberOf(node);
    return number < 0 ? std::nullopt : tangents[number];
  }

private:
  MaybeArray visitOp(const Node &node);
  void visitGroup(const Node &node);

  ActiveGraph active;
  std::vector<MaybeArray> tangents;
  std::unordered_map<const Node *, std::vector<array>> groups;
};

/// Stores a tangent in the shape and dtype of its value.
void Forward::set(int number, MaybeArray tangent) {
  const Node &node = active.node(number);
  if (!tangent || !rt::isFloat(node.dtype))
    return;
  if (graph::nodeOf(*tangent)->dtype != node.dtype)
    tangent = astype(*tangent, graph::fromRt(node.dtype));
  if (tangent->shape() != node.shape)
    tangent = broadcast_to(*tangent, node.shape);
  tangents[number] = std::move(tangent);
}

void Forward::run() {
  for (int i = active.numInputs(); i < active.size(); ++i) {
    const Node &node = active.node(i);
    const NodeStream stream(node);
    switch (node.kind) {
    case NodeKind::Op:
      set(i, visitOp(node));
      break;
    case NodeKind::Group:
      visitGroup(node);
      break;
    default: {
      const Node *source = edgesOf(node, Transform::Jvp)[0];
      if (source->kind != NodeKind::Group)
        set(i, get(source));
      else if (auto it = groups.find(source); it != groups.end())
        set(i, it->second[node.index]);
    }
    }
  }
}

MaybeArray Forward::visitOp(const Node &node) {
  std::vector<array> inputs;
  std::vector<MaybeArray> incoming;
  bool any = false;
  for (Node *in : node.inputs) {
    inputs.push_back(graph::toArray(in));
    incoming.push_back(get(in));
    any |= incoming.back().has_value();
  }
  if (!any)
    return std::nullopt;
  const array output = graph::toArray(const_cast<Node *>(&node));
  const rules::OpView view{inputs, node.attributes(), output, node.op};
  const rules::RuleRow &rules = rules::rulesOf(node.op);
  if (!rules.derivative)
    return rules.jvp({view, incoming});
  MaybeArray sum;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!incoming[i])
      continue;
    array term = rules.derivative({view}, static_cast<int>(i), astype(*incoming[i], output.dtype()));
    sum = sum ? *sum + term : term;
  }
  return sum;
}

void Forward::visitGroup(const Node &node) {
  const size_t numArgs = node.group->numArgs, numOutputs = node.inputs.size() - numArgs;
  std::vector<array> args, incoming;
  std::vector<int> argnums;
  for (size_t i = 0; i < numArgs; ++i) {
    args.push_back(graph::toArray(node.inputs[i]));
    if (MaybeArray tangent = get(node.inputs[i])) {
      argnums.push_back(static_cast<int>(i));
      incoming.push_back(std::move(*tangent));
    }
  }
  if (argnums.empty())
    return;
  std::vector<array> result = node.group->jvp(args, incoming, argnums);
  if (result.size() != numOutputs)
    graph::fail("jvp", "the custom rule of '" + node.group->name + "' returned " + std::to_string(result.size()) +
                           " tangents for " + std::to_string(numOutputs) + " outputs; return one for each output");
  groups.emplace(&node, std::move(result));
}

} // namespace

std::vector<MaybeArray> pushForward(const std::vector<array> &inputs, const std::vector<array> &outputs,
                                    std::vector<MaybeArray> tangents) {
  Forward forward(inputs, outputs);
  for (size_t i = 0; i < inputs.size(); ++i)
    forward.set(static_cast<int>(i), std::move(tangents[i]));
  forward.run();
  std::vector<MaybeArray> result;
  result.reserve(outputs.size());
  for (const array &out : outputs)
    result.push_back(forward.get(graph::nodeOf(out)));
  return result;
}

} // namespace mx::transforms
