// The function is traced on placeholders without the batch axis; then the nodes that depend on a mapped one are made
// again with it, always as axis 0. The rest of the graph is used as it is.
#include "frontend/transforms/Batch.h"

#include "frontend/rules/Rules.h"
#include "frontend/trace/Errors.h"
#include "frontend/trace/Tracing.h"
#include "frontend/transforms/ActiveGraph.h"
#include "frontend/transforms/NodeStream.h"

#include <optional>
#include <unordered_map>

namespace mx::transforms {
namespace {

using graph::GroupInfo;
using graph::Node;
using graph::NodeKind;

class Batcher {
public:
  Batcher(const std::vector<array> &placeholders, const std::vector<array> &outputs, std::vector<array> values,
          int32_t batch)
      : active(placeholders, outputs, Transform::Vmap), values(values.begin(), values.end()), batch(batch) {
    this->values.resize(active.size());
  }

  void run();
  /// The batched value of a node, none when it is not mapped.
  const std::optional<array> &get(const Node *node) const {
    const int number = active.numberOf(node);
    return number < 0 ? none : values[number];
  }

private:
  /// Operands of a node, mapped where they can be.
  struct Operands {
    std::vector<array> arrays;
    std::vector<char> mapped;
  };
  Operands operands(std::span<Node *const> nodes) const;
  array visitOp(const Node &node);
  void visitGroup(const Node &node);

  ActiveGraph active;
  std::vector<std::optional<array>> values;
  /// Batched outputs of opaque groups.
  std::unordered_map<const Node *, std::vector<array>> groups;
  int32_t batch;
  const std::optional<array> none;
};

Batcher::Operands Batcher::operands(std::span<Node *const> nodes) const {
  Operands result;
  for (Node *node : nodes) {
    const std::optional<array> &value = get(node);
    result.arrays.push_back(value ? *value : graph::toArray(node));
    result.mapped.push_back(value.has_value());
  }
  return result;
}

void Batcher::run() {
  for (int i = active.numInputs(); i < active.size(); ++i) {
    const Node &node = active.node(i);
    const NodeStream stream(node);
    if (node.kind == NodeKind::Op) {
      values[i] = visitOp(node);
    } else if (node.kind == NodeKind::Group) {
      visitGroup(node);
    } else {
      const Node *source = edgesOf(node, Transform::Vmap)[0];
      values[i] = source->kind == NodeKind::Group ? groups.at(source)[node.index] : get(source);
    }
  }
}

array Batcher::visitOp(const Node &node) {
  Operands in = operands({node.inputs.data(), node.inputs.size()});
  const rules::VmapRule rule = rules::rulesOf(node.op).vmap;
  if (!rule)
    graph::fail("vmap", std::string(ir::rowOf(node.op).api) + " cannot be mapped; call it outside of vmap, or give it a rule with custom_function");
  const array output = graph::toArray(const_cast<Node *>(&node));
  return rule({{in.arrays, node.attributes(), output, node.op}, in.mapped, batch});
}

/// The custom rules of a group, mapped over the arguments that are `mapped`. All outputs of the group are.
GroupInfo mappedRules(const GroupInfo &info, const std::vector<char> &mapped, int32_t batch) {
  GroupInfo result;
  result.name = info.name;
  auto axisOf = [mapped](size_t arg) { return mapped[arg] ? 0 : kUnmapped; };
  if (info.vjp)
    result.vjp = [rule = info.vjp, axisOf, batch](const std::vector<array> &args, const std::vector<array> &cotangents,
                                                  const std::vector<array> &outputs) {
      const size_t numArgs = args.size(), numOutputs = outputs.size();
      std::vector<array> inputs(args);
      inputs.insert(inputs.end(), cotangents.begin(), cotangents.end());
      inputs.insert(inputs.end(), outputs.begin(), outputs.end());
      std::vector<int> axes(inputs.size(), 0);
      for (size_t i = 0; i < numArgs; ++i)
        axes[i] = axisOf(i);
      auto each = [&](const std::vector<array> &in) {
        auto arg = in.begin(), cotangent = arg + numArgs, output = cotangent + numOutputs;
        return rule({arg, cotangent}, {cotangent, output}, {output, in.end()});
      };
      Batched out = mapOver(each, inputs, axes, batch);
      // What all elements of the batch share gets the sum of their cotangents.
      for (size_t i = 0; i < out.outputs.size(); ++i) {
        array &cotangent = out.outputs[i];
        if (!out.mapped[i])
          cotangent = repeatAlongBatch(cotangent, batch);
        if (i < numArgs && axes[i] == kUnmapped)
          cotangent = sum(cotangent, 0);
      }
      return out.outputs;
    };
  if (info.jvp)
    result.jvp = [rule = info.jvp, axisOf, batch](const std::vector<array> &args, const std::vector<array> &tangents,
                                                  const std::vector<int> &argnums) {
      const size_t numArgs = args.size();
      std::vector<array> inputs(args);
      inputs.insert(inputs.end(), tangents.begin(), tangents.end());
      std::vector<int> axes;
      for (size_t i = 0; i < numArgs; ++i)
        axes.push_back(axisOf(i));
      for (int arg : argnums)
        axes.push_back(axisOf(arg));
      auto each = [&](const std::vector<array> &in) {
        return rule({in.begin(), in.begin() + numArgs}, {in.begin() + numArgs, in.end()}, argnums);
      };
      Batched out = mapOver(each, inputs, axes, batch);
      for (size_t i = 0; i < out.outputs.size(); ++i)
        if (!out.mapped[i])
          out.outputs[i] = repeatAlongBatch(out.outputs[i], batch);
      return out.outputs;
    };
  return result;
}

void Batcher::visitGroup(const Node &node) {
  const GroupInfo &info = *node.group;
  const std::span<Node *const> inputs(node.inputs.data(), node.inputs.size());
  const size_t numOutputs = inputs.size() - info.numArgs;
  Operands args = operands(inputs.first(info.numArgs));
  std::vector<array> outputs;
  if (!info.vmap) {
    for (Node *out : inputs.subspan(info.numArgs)) {
      const std::optional<array> &value = get(out);
      outputs.push_back(value ? *value : repeatAlongBatch(graph::toArray(out), batch));
    }
    groups.emplace(&node, graph::makeGroup(mappedRules(info, args.mapped, batch), args.arrays, outputs));
    return;
  }
  std::vector<int> axes;
  for (char mapped : args.mapped)
    axes.push_back(mapped ? 0 : kUnmapped);
  auto [results, resultAxes] = info.vmap(args.arrays, axes);
  if (results.size() != numOutputs || resultAxes.size() != numOutputs)
    graph::fail("vmap", "the custom rule of '" + info.name + "' returned " + std::to_string(results.size()) +
                            " outputs and " + std::to_string(resultAxes.size()) + " axes for " +
                            std::to_string(numOutputs) + " outputs; return one of each for each output");
  for (size_t i = 0; i < numOutputs; ++i)
    outputs.push_back(resultAxes[i] == kUnmapped ? repeatAlongBatch(results[i], batch)
                                                 : moveaxis(results[i], resultAxes[i], 0));
  groups.emplace(&node, std::move(outputs));
}

} // namespace

array repeatAlongBatch(const array &a, int32_t batch) { return broadcast_to(a, rules::prepend(batch, a.shape())); }

Batched mapOver(const ArraysFn &fun, const std::vector<array> &inputs, const std::vector<int> &axes, int32_t batch) {
  const graph::TracingScope tracing;
  std::vector<array> arguments, placeholders, values;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (axes[i] == kUnmapped) {
      arguments.push_back(inputs[i]);
      continue;
    }
    Shape shape = inputs[i].shape();
    shape.erase(shape.begin() + axes[i]);
    arguments.push_back(
        graph::makePlaceholder(shape, graph::nodeOf(inputs[i])->dtype, static_cast<uint32_t>(placeholders.size())));
    placeholders.push_back(arguments.back());
    values.push_back(axes[i] == 0 ? inputs[i] : moveaxis(inputs[i], axes[i], 0));
  }
  const std::vector<array> outputs = fun(arguments);
  Batcher batcher(placeholders, outputs, std::move(values), batch);
  batcher.run();
  Batched result;
  for (const array &out : outputs) {
    const std::optional<array> &value = batcher.get(graph::nodeOf(out));
    result.outputs.push_back(value ? *value : out);
    result.mapped.push_back(value.has_value());
  }
  return result;
}

} // namespace mx::transforms
