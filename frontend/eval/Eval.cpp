// mx::eval: requested arrays, and every intermediate result that a user still holds, are the outputs of one or
// more programs that run on the caller.
#include "frontend/eval/Eval.h"
#include "frontend/eval/Programs.h"
#include "frontend/eval/Views.h"
#include "frontend/include/mx/transforms.h"
#include "frontend/trace/Errors.h"
#include "frontend/trace/Tracing.h"
#include "runtime/Executor.h"

#include <cstring>

namespace mx::graph {
namespace {

// Larger graphs are cut, so that repeated pieces share programs and compile time stays bounded.
constexpr size_t kSegmentOps = 2000;

// The node has its data: it needs its history no more, unless a transformation is tracing it.
void becomeAvailable(Node &node) {
  node.status.store(Status::Available, std::memory_order_release);
  if (node.tracer && TracingScope::active())
    return;
  auto inputs = std::move(node.inputs);
  node.inputs.clear();
  node.kind = NodeKind::Leaf;
  node.attrs.reset();
  for (Node *in : inputs)
    release(in);
}

// A Result of a group takes the value of what it forwards to.
void forward(Node &result) {
  Node &value = *resolve(&result);
  if (&value == &result || !value.available() || result.available())
    return;
  result.buffer = value.buffer;
  if (value.hostScalar) {
    std::memcpy(result.scalar, value.scalar, sizeof(value.scalar));
    result.hostScalar = true;
  } else if (!layoutOf(value).rowContiguous || layoutOf(value).offset != 0) {
    setLayout(result, layoutOf(value));
  }
  becomeAvailable(result);
}

struct Workspace {
  Trace trace;
  std::vector<void *> inputs;
  std::vector<rt::BufferPtr> outputs;
  std::vector<NodeRef> keep;
};

void runTrace(Workspace &w) {
  Trace &trace = w.trace;
  if (trace.outputs.empty())
    return;
  auto program = programFor(trace, "eval");
  if (!program)
    raise(program.error());
  w.inputs.clear();
  for (Node *node : trace.inputs)
    w.inputs.push_back(dataOf(*node));
  w.outputs.assign(trace.outputs.size(), {});
  rt::RunArgs args{w.inputs, trace.symbols, {}, w.outputs};
  if (rt::Status status = rt::run(**program, args); !status)
    raise(status.error());
  for (size_t i = 0; i < trace.outputs.size(); ++i)
    trace.outputs[i]->buffer = std::move(w.outputs[i]);
  // Only now: an output may hold the last reference to another.
  w.keep.clear();
  for (Node *node : trace.outputs)
    w.keep.emplace_back(node);
  for (Node *node : trace.outputs)
    becomeAvailable(*node);
  w.keep.clear();
}

// Ops below the roots in topological order, each kept alive by its readers. View ops whose value somebody holds become
// views where they can.
void collect(std::span<Node *const> roots, std::vector<Node *> &ops, std::vector<Node *> &results) {
  const uint32_t mark = nextMark();
  struct Frame {
    Node *node;
    uint32_t next;
  };
  std::vector<Frame> stack;
  auto enter = [&](Node *node) {
    for (; node->kind == NodeKind::Result && !node->available(); node = node->inputs[0]->inputs[node->inputs[0]->group->numArgs + node->index]) {
      if (node->mark == mark)
        return;
      node->mark = mark;
      if (node->handles.load(std::memory_order_relaxed) > 0)
        results.push_back(node);
    }
    if (node->mark == mark || node->kind != NodeKind::Op || node->available())
      return;
    node->mark = mark;
    stack.push_back({node, 0});
  };
  for (Node *root : roots) {
    enter(root);
    while (!stack.empty()) {
      Frame &top = stack.back();
      if (top.next < top.node->inputs.size()) {
        enter(top.node->inputs[top.next++]);
        continue;
      }
      Node *node = top.node;
      stack.pop_back();
      if (node->handles.load(std::memory_order_relaxed) > 0 && resolveView(*node)) {
        becomeAvailable(*node);
        continue;
      }
      ops.push_back(node);
    }
  }
}

// Runs a large graph piece by piece: what a later piece or the user reads of a piece are its outputs.
void runSegments(std::span<Node *const> roots, const std::vector<Node *> &ops, Workspace &w) {
  const uint32_t needed = nextMark();
  for (size_t i = 0; i < ops.size(); ++i)
    ops[i]->number = i;
  for (Node *root : roots)
    root->mark = needed;
  for (Node *op : ops) {
    if (op->handles.load(std::memory_order_relaxed) > 0)
      op->mark = needed;
    for (Node *in : op->inputs) {
      Node *value = resolve(in);
      if (value->kind == NodeKind::Op && !value->available() && value->number / kSegmentOps != op->number / kSegmentOps)
        value->mark = needed;
    }
  }
  std::vector<std::vector<NodeRef>> segments;
  for (size_t begin = 0; begin < ops.size(); begin += kSegmentOps) {
    auto &outputs = segments.emplace_back();
    for (size_t i = begin; i < std::min(ops.size(), begin + kSegmentOps); ++i)
      if (ops[i]->mark == needed)
        outputs.emplace_back(ops[i]);
  }
  for (auto &segment : segments) {
    std::vector<Node *> outputs;
    for (const NodeRef &node : segment)
      if (!node->available())
        outputs.push_back(node.get());
    traceGraph(outputs, Sizes::Dynamic, /*keepHeld=*/true, w.trace);
    runTrace(w);
    segment.clear();
  }
}

} // namespace

void evaluate(std::span<const array> arrays) {
  std::lock_guard lock(graphMutex());
  static thread_local Workspace w;
  static thread_local std::vector<Node *> roots, ops, results;
  roots.clear();
  ops.clear();
  results.clear();
  for (const array &a : arrays) {
    Node *node = nodeOf(a);
    if (node->error)
      std::rethrow_exception(node->error);
    if (!node->available())
      roots.push_back(node);
  }
  if (roots.empty())
    return;
  for (Node *root : roots)
    if (resolve(root)->kind == NodeKind::Placeholder && !resolve(root)->available())
      fail("eval", "an array that depends on the input of a function being traced has no value yet; return it from the function instead");
  collect(roots, ops, results);
  // What is asked for: the values behind the roots, and behind results of groups that somebody holds.
  std::vector<Node *> values;
  for (auto *list : {&roots, &results})
    for (Node *node : *list)
      if (Node *value = resolve(node); value->kind == NodeKind::Op && !value->available())
        values.push_back(value);
  if (ops.size() > kSegmentOps) {
    runSegments(values, ops, w);
  } else {
    traceGraph(values, Sizes::Dynamic, /*keepHeld=*/true, w.trace);
    runTrace(w);
  }
  for (Node *result : results)
    forward(*result);
}

} // namespace mx::graph

namespace mx {

void eval(std::vector<array> outputs) { graph::evaluate(outputs); }

void async_eval(std::vector<array> outputs) { graph::evaluate(outputs); }

} // namespace mx
