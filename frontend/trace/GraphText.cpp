// The graph as text and as a Graphviz picture. A group is opened: what is shown is what would be computed.
#include "frontend/include/mx/graph_utils.h"
#include "frontend/include/mx/utils.h"
#include "frontend/trace/Dtypes.h"
#include "frontend/trace/Node.h"

#include <ostream>
#include <unordered_set>

namespace mx {
namespace {

using graph::Node;

std::string letters(size_t number) {
  std::string text;
  for (++number; number > 0; number = (number - 1) / 26)
    text.insert(text.begin(), static_cast<char>('A' + (number - 1) % 26));
  return text;
}

/// Nodes in an order that has operands before users. Results of groups stand for what computes them.
std::vector<Node *> inOrder(const std::vector<array> &outputs) {
  std::vector<Node *> order;
  struct Visit {
    Node *node;
    size_t next;
  };
  std::vector<Visit> stack;
  std::unordered_set<Node *> seen;
  auto enter = [&](Node *node) {
    node = graph::resolve(node);
    if (seen.insert(node).second)
      stack.push_back({node, 0});
  };
  for (const array &a : outputs) {
    enter(graph::nodeOf(a));
    while (!stack.empty()) {
      Visit &top = stack.back();
      if (top.next < top.node->inputs.size()) {
        enter(top.node->inputs[top.next++]);
      } else {
        order.push_back(top.node);
        stack.pop_back();
      }
    }
  }
  return order;
}

array handle(Node *node) { return graph::toArray(graph::resolve(node)); }

std::string_view opName(const Node &node) { return ir::rowOf(node.op).mnemonic; }

} // namespace

const std::string &NodeNamer::get_name(const array &x) {
  return names.try_emplace(x.id(), letters(names.size())).first->second;
}
void NodeNamer::set_name(const array &x, std::string name) { names[x.id()] = std::move(name); }

void print_graph(std::ostream &os, NodeNamer namer, const std::vector<array> &outputs) {
  std::lock_guard lock(graph::graphMutex());
  auto describe = [&](const array &a) { os << namer.get_name(a) << " : " << a.shape() << ", " << a.dtype(); };
  for (Node *node : inOrder(outputs)) {
    if (node->kind != graph::NodeKind::Op || node->inputs.empty())
      continue;
    os << opName(*node) << " [";
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      os << (i ? "; " : "");
      describe(handle(node->inputs[i]));
    }
    os << "] -> ";
    describe(handle(node));
    os << '\n';
  }
}

void print_graph(std::ostream &os, const std::vector<array> &outputs) { print_graph(os, NodeNamer(), outputs); }

void export_to_dot(std::ostream &os, NodeNamer namer, const std::vector<array> &outputs) {
  std::lock_guard lock(graph::graphMutex());
  os << "digraph {\n";
  for (Node *node : inOrder(outputs)) {
    const std::string name = namer.get_name(handle(node));
    os << "  \"" << name << "\" [shape=ellipse];\n";
    if (node->kind != graph::NodeKind::Op || node->available())
      continue;
    os << "  \"op " << name << "\" [shape=rectangle, label=\"" << opName(*node) << "\"];\n";
    for (Node *in : node->inputs)
      os << "  \"" << namer.get_name(handle(in)) << "\" -> \"op " << name << "\";\n";
    os << "  \"op " << name << "\" -> \"" << name << "\";\n";
  }
  os << "}\n";
}

void export_to_dot(std::ostream &os, const std::vector<array> &outputs) { export_to_dot(os, NodeNamer(), outputs); }

} // namespace mx
