// The part of a graph that a transformation has to walk: the nodes between its inputs and its outputs, in
// topological order. What does not depend on an input is a constant to the transformation and never listed.
#pragma once

#include "frontend/trace/Node.h"
#include "frontend/transforms/NodeMap.h"

#include <span>
#include <vector>

namespace mx::transforms {

enum class Transform : uint8_t { Vjp, Jvp, Vmap };

/// True when the transform treats the group as a unit; otherwise it sees through to the body.
bool isOpaque(const graph::Node &group, Transform transform);
/// True when a derivative can reach the node: floating point, and an op with a derivative.
bool isDifferentiable(const graph::Node &node);

/// What the transform follows from a node: operands of an op, for a Result its group if that is opaque or else the value
/// it forwards, and for an opaque group what its rule needs.
std::span<graph::Node *const> edgesOf(const graph::Node &node, Transform transform);

/// Topological order and dense numbers of the active nodes: 0 ... numInputs()-1 are the inputs (an integer one is a
/// constant to differentiation all the same), the others follow in an order in which operands precede their users. The
/// order depends on the graph's structure alone.
class ActiveGraph {
public:
  /// `inputs` are distinct nodes, flagged as tracers.
  ActiveGraph(std::span<const array> inputs, std::span<const array> outputs, Transform transform);

  Transform transform() const { return kind; }
  int numInputs() const { return static_cast<int>(inputCount); }
  /// Number of active nodes, the inputs included.
  int size() const { return static_cast<int>(nodes.size()); }
  graph::Node &node(int number) const { return *nodes[number].get(); }
  /// The number of an active node; -1 for a constant.
  int numberOf(const graph::Node *node) const {
    const int32_t *number = numbers.find(node);
    return number ? *number : -1;
  }

private:
  Transform kind;
  size_t inputCount;
  std::vector<graph::NodeRef> nodes;
  NodeMap numbers;
};

} // namespace mx::transforms
