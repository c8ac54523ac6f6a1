// Reverse mode: the active graph is walked from its end, each node turning its cotangent into those of its operands.
// Sums of cotangents are formed in the order of the walk, which the graph's structure fixes.
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

class Reverse {
public:
  Reverse(const std::vector<array> &inputs, const std::vector<array> &outputs)
      : active(inputs, outputs, Transform::Vjp), cotangents(active.size()) {}

  void add(const Node *node, array cotangent);
  void run();
  /// The cotangent of input `i`.
  MaybeArray take(int i) { return std::exchange(cotangents[i], std::nullopt); }

private:
  void visitOp(const Node &node, const array &cotangent);
  void visitGroup(const Node &node);

  /// What an opaque group has received so far: per output its Result node and cotangent.
  struct Received {
    std::vector<MaybeArray> results, cotangents;
  };

  ActiveGraph active;
  std::vector<MaybeArray> cotangents;
  std::unordered_map<const Node *, Received> groups;
};

/// Brings a cotangent to the shape and dtype of its value: the transpose of broadcasting and promotion.
array fitTo(const Node &node, const array &cotangent) {
  // Sum first: the wider dtype has the better sum.
  array reduced = rules::reduceTo(cotangent, node.shape);
  return graph::nodeOf(reduced)->dtype == node.dtype ? reduced : astype(reduced, graph::fromRt(node.dtype));
}

void Reverse::add(const Node *node, array cotangent) {
  const int number = active.numberOf(node);
  if (number < 0)
    return;
  array fitted = fitTo(*node, cotangent);
  MaybeArray &sum = cotangents[number];
  sum = sum ? *sum + fitted : std::move(fitted);
}

void Reverse::run() {
  for (int i = active.size(); i-- > active.numInputs();) {
    const Node &node = active.node(i);
    const NodeStream stream(node);
    if (node.kind == NodeKind::Group) {
      visitGroup(node);
      continue;
    }
    MaybeArray cotangent = std::exchange(cotangents[i], std::nullopt);
    if (!cotangent)
      continue;
    if (node.kind == NodeKind::Op) {
      visitOp(node, *cotangent);
      continue;
    }
    Node *source = edgesOf(node, Transform::Vjp)[0];
    if (source->kind != NodeKind::Group) {
      add(source, std::move(*cotangent));
      continue;
    }
    Received &received = groups[source];
    const size_t count = source->inputs.size() - source->group->numArgs;
    received.results.resize(count);
    received.cotangents.resize(count);
    MaybeArray &sum = received.cotangents[node.index];
    sum = sum ? *sum + *cotangent : *cotangent;
    received.results[node.index] = graph::toArray(const_cast<Node *>(&node));
  }
}

void Reverse::visitOp(const Node &node, const array &cotangent) {
  std::vector<array> inputs;
  std::vector<int> argnums;
  inputs.reserve(node.inputs.size());
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    inputs.push_back(graph::toArray(node.inputs[i]));
    if (active.numberOf(node.inputs[i]) >= 0)
      argnums.push_back(static_cast<int>(i));
  }
  const array output = graph::toArray(const_cast<Node *>(&node));
  const rules::OpView view{inputs, node.attributes(), output, node.op};
  const rules::RuleRow &rules = rules::rulesOf(node.op);
  if (rules.derivative) {
    for (int i : argnums)
      add(node.inputs[i], rules.derivative({view}, i, cotangent));
    return;
  }
  std::vector<array> result = rules.vjp({view, cotangent, argnums});
  for (size_t i = 0; i < argnums.size(); ++i)
    add(node.inputs[argnums[i]], std::move(result[i]));
}

void Reverse::visitGroup(const Node &node) {
  auto received = groups.extract(&node);
  if (received.empty())
    return;
  const size_t numArgs = node.group->numArgs, numOutputs = node.inputs.size() - numArgs;
  std::vector<array> args, outputs, cotangents;
  for (size_t i = 0; i < numArgs; ++i)
    args.push_back(graph::toArray(node.inputs[i]));
  for (size_t i = 0; i < numOutputs; ++i) {
    MaybeArray &result = received.mapped().results[i], &cotangent = received.mapped().cotangents[i];
    outputs.push_back(result ? *result : graph::toArray(node.inputs[numArgs + i]));
    cotangents.push_back(cotangent ? *cotangent : zeros_like(outputs.back()));
  }
  std::vector<array> result = node.group->vjp(args, cotangents, outputs);
  if (result.size() != numArgs)
    graph::fail("vjp", "the custom rule of '" + node.group->name + "' returned " + std::to_string(result.size()) +
                           " cotangents for " + std::to_string(numArgs) + " arguments; return one for each argument");
  for (size_t i = 0; i < numArgs; ++i) {
    if (active.numberOf(node.inputs[i]) < 0)
      continue;
    if (broadcast_shapes(result[i].shape(), args[i].shape()) != result[i].shape())
      graph::fail("vjp", "the custom rule of '" + node.group->name + "' returned a cotangent of shape " +
                             graph::str(result[i].shape()) + " for an argument of shape " +
                             graph::str(args[i].shape()) + "; sum it over the axes that were broadcast");
    add(node.inputs[i], std::move(result[i]));
  }
}

} // namespace

std::vector<MaybeArray> pullBack(const std::vector<array> &inputs, const std::vector<array> &outputs,
                                 std::vector<MaybeArray> cotangents) {
  Reverse reverse(inputs, outputs);
  for (size_t i = 0; i < outputs.size(); ++i)
    if (cotangents[i])
      reverse.add(graph::nodeOf(outputs[i]), std::move(*cotangents[i]));
  reverse.run();
  std::vector<MaybeArray> result;
  result.reserve(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i)
    result.push_back(reverse.take(static_cast<int>(i)));
  return result;
}

} // namespace mx::transforms
