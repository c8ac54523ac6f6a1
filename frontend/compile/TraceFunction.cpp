// Calls, and what a call's trace is made of. Numbers that may follow from sizes are kept apart from the structure, which is a hash.
#include "frontend/compile/TraceFunction.h"

#include "frontend/eval/Eval.h"
#include "frontend/trace/Errors.h"
#include "frontend/trace/KeySource.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace mx::graph {
namespace {

// A program in a file has no state: keys are inputs.
class NoKeys final : public KeySource {
public:
  explicit NoKeys(const char *op) : op(op) {}
  array next() override {
    fail(op, "the function draws random numbers without a key; give it one as an input: random::uniform(..., key)");
  }

private:
  const char *op;
};

bool isLazy(const Node &value) { return value.kind == NodeKind::Op && value.unscheduled(); }

/// What the function captured before it was computed: lazy, held by users, and out of the arguments' reach. Of what the call
/// returned, `own` counts the handles that are the call's. The caller holds graphMutex.
std::vector<array> lazyCaptures(std::span<Node *const> roots, const std::unordered_map<const Node *, uint32_t> &own) {
  std::vector<array> found;
  std::unordered_map<const Node *, bool> reachesArgument;
  auto heldByOthers = [&](const Node &node) {
    auto it = own.find(&node);
    return node.handles.load(std::memory_order_relaxed) > (it == own.end() ? 0 : it->second);
  };
  auto note = [&](Node *node) {
    Node *value = resolve(node);
    if (isLazy(*value) && !reachesArgument[value] && (heldByOthers(*node) || (value != node && heldByOthers(*value))))
      found.push_back(toArray(node));
  };
  struct Frame {
    Node *value;
    size_t next;
  };
  std::vector<Frame> stack;
  for (Node *root : roots) {
    stack.push_back({resolve(root), 0});
    while (!stack.empty()) {
      auto [value, next] = stack.back();
      if (!isLazy(*value) || reachesArgument.contains(value)) {
        reachesArgument.try_emplace(value, value->kind == NodeKind::Placeholder);
        stack.pop_back();
      } else if (next < value->inputs.size()) {
        ++stack.back().next;
        stack.push_back({resolve(value->inputs[next]), 0});
      } else {
        bool reaches = false;
        for (Node *in : value->inputs) {
          reaches |= reachesArgument[resolve(in)];
          note(in);
        }
        reachesArgument[value] = reaches;
        stack.pop_back();
      }
    }
    note(root);
  }
  return found;
}

void addAttribute(rt::Hasher &hash, const ir::AttrValue &value) {
  hash.add(uint32_t(value.index()));
  if (auto *n = std::get_if<int64_t>(&value)) {
    hash.add(*n);
  } else if (auto *text = std::get_if<std::string>(&value)) {
    hash.add(std::string_view(*text));
  } else if (auto *list = std::get_if<std::vector<int64_t>>(&value)) {
    hash.add(uint32_t(list->size()));
    hash.addBytes(list->data(), list->size() * sizeof(int64_t));
  } else {
    const ir::Dims &dims = std::get<ir::Dims>(value);
    hash.add(uint32_t(dims.size()));
    for (ir::Dim d : dims)
      hash.add(d.value());
  }
}

void addOp(const Node &node, rt::Hasher &hash, std::vector<int64_t> &numbers) {
  hash.add(node.op);
  hash.add(node.dtype);
  hash.add(node.stream.device.type);
  hash.add(uint32_t(node.inputs.size()));
  for (Node *in : node.inputs)
    hash.add(resolve(in)->number);
  if (node.attrs)
    for (const ir::AttrValue &value : *node.attrs) {
      const ir::Dims *dims = std::get_if<ir::Dims>(&value);
      if (!dims) {
        addAttribute(hash, value);
        continue;
      }
      hash.add(uint32_t(dims->size()));
      for (ir::Dim d : *dims)
        numbers.push_back(d.value());
    }
  hash.add(uint32_t(node.shape.size()));
  numbers.insert(numbers.end(), node.shape.begin(), node.shape.end());
}

} // namespace

std::vector<Shape> TraceFunction::shapes() const {
  std::vector<Shape> result;
  for (const array &a : examples)
    result.push_back(nodeOf(a)->shape);
  return result;
}

TraceFunction::Call TraceFunction::call(const std::vector<Shape> &shapes) const {
  std::vector<array> placeholders;
  for (size_t i = 0; i < examples.size(); ++i)
    placeholders.push_back(makePlaceholder(shapes[i], nodeOf(examples[i])->dtype, uint32_t(i)));
  Call call;
  {
    NoKeys keys(op);
    TracingScope scope;
    KeySourceScope source(&keys);
    std::optional<AnySizesScope> sizes;
    if (anySizes)
      sizes.emplace(call.seen);
    call.outputs = fun(placeholders);
  }
  // A number that it returns may be made of sizes: as the result of an op it is part of the trace.
  for (array &a : call.outputs)
    if (anySizes && nodeOf(a)->hostScalar)
      a = make(ir::OpKind::Copy, {a});
  std::vector<array> captures;
  {
    std::lock_guard lock(graphMutex());
    std::vector<Node *> roots;
    std::unordered_map<const Node *, uint32_t> own;
    for (const array &a : call.outputs) {
      roots.push_back(nodeOf(a));
      own[roots.back()] += anySizes ? 1 : 0;
    }
    captures = lazyCaptures(roots, own);
  }
  if (!captures.empty())
    evaluate(captures);
  return call;
}

void TraceFunction::trace(const std::vector<array> &outputs, Sizes sizes, Trace &trace) {
  std::vector<Node *> roots;
  for (const array &a : outputs)
    if (Node *node = nodeOf(a); isLazy(*resolve(node)))
      roots.push_back(node);
  traceGraph(roots, sizes, /*keepHeld=*/false, trace);
}

std::vector<TracedResult> TraceFunction::resultsOf(const std::vector<array> &outputs, const Trace &trace, std::vector<array> &captured) {
  std::vector<TracedResult> results;
  for (const array &a : outputs) {
    Node *node = resolve(nodeOf(a));
    if (isLazy(*node)) {
      results.push_back({rt::ResultSpec::Output, uint32_t(std::find(trace.outputs.begin(), trace.outputs.end(), node) - trace.outputs.begin())});
    } else if (node->kind == NodeKind::Placeholder) {
      results.push_back({rt::ResultSpec::Argument, node->index});
    } else {
      results.push_back({rt::ResultSpec::Constant, uint32_t(captured.size())});
      captured.push_back(toArray(node));
    }
  }
  return results;
}

// An array may be made of sizes, so it counts by what it holds. What is under way or strided is the same when it is the same node.
rt::Hash128 TraceFunction::dataOf(Node &node) {
  if (auto it = hashes.find(&node); it != hashes.end())
    return it->second;
  rt::Hasher hash;
  hash.add(node.dtype);
  hash.addBytes(node.shape.data(), node.shape.size() * sizeof(int32_t));
  if (node.hostScalar)
    hash.addBytes(node.scalar, size_t(rt::sizeOf(node.dtype)));
  else if (node.available() && isRowMajor(node))
    hash.addBytes(hostDataOf(node, rt::HostUse::read), size_t(node.size()) * size_t(rt::sizeOf(node.dtype)));
  else
    hash.add(reinterpret_cast<uintptr_t>(&node));
  return isFirst ? hashes.emplace(&node, hash.finish()).first->second : hash.finish();
}

TraceContent TraceFunction::contentOf(const Call &call) {
  TraceContent content;
  std::lock_guard lock(graphMutex());
  Trace trace;
  TraceFunction::trace(call.outputs, Sizes::Dynamic, trace);
  rt::Hasher hash;
  for (Node *node : trace.inputs) {
    hash.add(node->number);
    if (node->kind == NodeKind::Placeholder) {
      hash.add(node->index);
    } else if (node->hostScalar) {
      hash.add(node->dtype);
      content.scalars.push_back({node->dtype, {}});
      std::memcpy(content.scalars.back().value.data(), node->scalar, size_t(rt::sizeOf(node->dtype)));
    } else {
      hash.add(dataOf(*node));
    }
  }
  for (const Node *node : trace.ops)
    addOp(*node, hash, content.numbers);
  for (const Node *node : trace.outputs)
    hash.add(node->number);
  for (const Node *node : trace.groups) {
    hash.add(std::string_view(node->group->name));
    for (const auto &[name, value] : node->group->attrs) {
      hash.add(std::string_view(name));
      addAttribute(hash, value);
    }
  }
  std::vector<array> captured;
  for (const TracedResult &result : resultsOf(call.outputs, trace, captured)) {
    hash.add(result.source);
    if (result.source != rt::ResultSpec::Constant)
      hash.add(result.index);
    else
      hash.add(dataOf(*nodeOf(captured[result.index])));
  }
  content.structure = hash.finish();
  isFirst = false;
  return content;
}

} // namespace mx::graph
