// The walk over a lazy graph: order, inputs, symbols and key in one pass. Post-order with an explicit stack. Which nodes it has met is a mark in the node, valid under the graph's lock.
#include "frontend/eval/Trace.h"

#include "frontend/include/mx/device.h"
#include "frontend/trace/Errors.h"

#include <atomic>

namespace mx::graph {

static std::atomic<bool> exactMode{false};
bool exactArithmetic() { return exactMode.load(std::memory_order_relaxed); }

uint32_t nextMark() {
  static uint32_t mark = 0;
  return ++mark;
}

void Trace::clear() {
  ops.clear();
  inputs.clear();
  outputs.clear();
  groups.clear();
  symbols.clear();
}

ir::Dim SizeClasses::size(int64_t n) {
  if (trace.sizes == Sizes::Static || n == 0 || n == 1)
    return n;
  for (auto &[value, dim] : known)
    if (value == n)
      return dim;
  ir::Dim dim = ir::Dim::symbol(trace.symbols.size());
  trace.symbols.push_back(n);
  known.emplace_back(n, dim);
  return dim;
}

ir::Dim SizeClasses::offset(int64_t n) {
  if (trace.sizes == Sizes::Static)
    return n;
  trace.symbols.push_back(n);
  return ir::Dim::symbol(trace.symbols.size() - 1);
}

bool isRowMajor(const Node &node) {
  if (node.hostScalar || !node.available())
    return true;
  return layoutOf(node).rowContiguous;
}

int64_t elementsBefore(const Node &node) {
  const Layout &layout = layoutOf(node);
  int64_t before = 0;
  for (size_t i = 0; i < node.shape.size(); ++i)
    if (layout.strides[i] < 0 && node.shape[i] > 0)
      before -= layout.strides[i] * (node.shape[i] - 1);
  return before;
}

namespace {

// Feeds the key. Node numbers follow the order of visits, so equal graphs on other data hash alike.
class KeyWriter {
public:
  KeyWriter(Trace &trace) : trace(trace), classes(trace) {
    hash.add(trace.sizes);
    hash.add(trace.passes.simplify);
    hash.add(trace.passes.fuse);
    hash.add(trace.passes.exact);
    hash.add(trace.passes.checksNans);
  }

  void input(const Node &node) {
    hash.add(uint8_t(1));
    hash.add(node.dtype);
    // Scalars are constants of a static program and arguments of a dynamic one.
    hash.add(node.hostScalar);
    if (node.hostScalar && trace.sizes == Sizes::Static)
      hash.addBytes(node.scalar, rt::sizeOf(node.dtype));
    dims(node.shape);
    const bool rowMajor = isRowMajor(node);
    hash.add(rowMajor);
    if (rowMajor)
      return;
    const Layout &layout = layoutOf(node);
    size(layout.dataSize);
    for (int64_t stride : layout.strides)
      strideOf(stride);
    dim(classes.offset(elementsBefore(node)));
  }
  void op(const Node &node) {
    hash.add(uint8_t(2));
    hash.add(node.op);
    hash.add(node.dtype);
    for (Node *in : node.inputs)
      hash.add(resolve(in)->number);
    hash.add(uint32_t(node.inputs.size()));
    if (node.attrs)
      for (size_t i = 0; i < node.attrs->size(); ++i)
        attribute((*node.attrs)[i], ir::rowOf(node.op).attrs[i].kind);
    dims(node.shape);
  }
  void output(const Node &node) {
    hash.add(uint8_t(3));
    hash.add(node.number);
  }
  // The attributes are in the IR; what they say of the body is in its ops. `isMet`: the node has a number.
  template <typename IsMet> void group(const Node &node, IsMet isMet) {
    hash.add(uint8_t(4));
    text(node.group->name);
    for (const auto &[name, value] : node.group->attrs) {
      text(name);
      attribute(value, ir::AttrKind::Ints);
    }
    for (Node *in : node.inputs)
      if (Node *value = resolve(in); isMet(*value))
        hash.add(value->number);
  }
  rt::Hash128 finish() { return hash.finish(); }

private:
  void dim(ir::Dim d) { hash.add(d.key()); }
  void size(int64_t n) { dim(classes.size(n)); }
  void dims(const Shape &shape) {
    hash.add(uint32_t(shape.size()));
    for (int32_t n : shape)
      size(n);
  }
  // Strides 0 and 1 decide what loads look like; others are arguments.
  void strideOf(int64_t stride) {
    if (stride == 0 || stride == 1)
      dim(stride);
    else
      dim(classes.offset(stride));
  }
  void text(const std::string &words) {
    hash.add(uint32_t(words.size()));
    hash.addBytes(words.data(), words.size());
  }
  void attribute(const ir::AttrValue &value, ir::AttrKind kind) {
    if (auto *n = std::get_if<int64_t>(&value)) {
      hash.add(*n);
    } else if (auto *words = std::get_if<std::string>(&value)) {
      text(*words);
    } else if (auto *ints = std::get_if<std::vector<int64_t>>(&value)) {
      hash.add(uint32_t(ints->size()));
      hash.addBytes(ints->data(), ints->size() * sizeof(int64_t));
    } else {
      for (ir::Dim d : std::get<ir::Dims>(value))
        dim(kind == ir::AttrKind::Shape ? classes.size(d.value()) : classes.offset(d.value()));
    }
  }

  Trace &trace;
  SizeClasses classes;
  rt::Hasher hash;
};

} // namespace

void traceGraph(std::span<Node *const> roots, Sizes sizes, bool keepHeld, Trace &trace, Passes passes) {
  trace.clear();
  trace.sizes = sizes;
  trace.passes = passes;
  const uint32_t mark = nextMark();
  KeyWriter key(trace);
  uint32_t count = 0;
  struct Frame {
    Node *node;
    uint32_t next;
  };
  std::vector<Frame> stack;
  auto enter = [&](Node *node) {
    if (node->mark == mark)
      return;
    node->mark = mark;
    if (node->kind == NodeKind::Op && node->unscheduled()) {
      stack.push_back({node, 0});
      return;
    }
    if (node->status == Status::Failed)
      raise(node->event->wait().error());
    node->number = count++;
    trace.inputs.push_back(node);
    key.input(*node);
  };
  // What computes the value, noting the composites it is the result of.
  auto follow = [&](Node *node) {
    for (; node->kind == NodeKind::Result && !node->inputs.empty(); node = resultOf(*node)) {
      Node *group = node->inputs[0];
      if (group->group->inIR && group->mark != mark) {
        group->mark = mark;
        trace.groups.push_back(group);
      }
    }
    return node;
  };
  for (Node *root : roots) {
    enter(follow(root));
    while (!stack.empty()) {
      Frame &top = stack.back();
      if (top.next < top.node->inputs.size()) {
        enter(follow(top.node->inputs[top.next++]));
        continue;
      }
      Node *node = top.node;
      stack.pop_back();
      node->number = count++;
      trace.ops.push_back(node);
      key.op(*node);
    }
  }
  for (Node *group : trace.groups)
    key.group(*group, [mark](const Node &node) { return node.mark == mark; });
  const uint32_t asOutput = nextMark();
  auto output = [&](Node *node) {
    if (node->mark == asOutput || node->kind != NodeKind::Op || !node->unscheduled())
      return;
    node->mark = asOutput;
    trace.outputs.push_back(node);
    key.output(*node);
  };
  if (keepHeld && passes.checksNans)
    for (Node *node : trace.ops)
      if (rt::isFloat(node->dtype) || rt::isComplex(node->dtype))
        output(node);
  for (Node *root : roots)
    output(resolve(root));
  if (keepHeld)
    for (Node *node : trace.ops)
      if (node->handles.load(std::memory_order_relaxed) > 0)
        output(node);
  trace.key = key.finish();
}

} // namespace mx::graph

void mx::set_exact(bool on) { mx::graph::exactMode.store(on, std::memory_order_relaxed); }
