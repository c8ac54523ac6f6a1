// Lifetime of nodes and the ways to make one. Nodes are recycled per thread; a chain of any length is released in
// a loop, also when a destructor in the chain releases further arrays (closures of custom rules do).
#include "frontend/trace/Node.h"

#include "frontend/trace/Errors.h"
#include "frontend/trace/Infer.h"
#include "frontend/trace/LiveArrays.h"

#include <cstring>
#include <new>

namespace mx::graph {
namespace {

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
constexpr size_t kPoolNodes = 0; // a recycled node would hide its use after release
#else
constexpr size_t kPoolNodes = 4096;
#endif

struct FreeNode {
  FreeNode *next;
};

/// What a thread keeps. Without a destructor, so that access needs no guard.
struct PerThread {
  FreeNode *pool = nullptr;
  size_t pooled = 0;
  /// Released nodes whose inputs are still held, linked through `source`.
  Node *dying = nullptr;
  bool draining = false;
  int apiDepth = 0;
  void *apiSource = nullptr;
};
constinit thread_local PerThread self;

/// Returns a thread's pool to the system when the thread ends.
struct PoolCleaner {
  bool armed = false;
  ~PoolCleaner() {
    while (self.pool)
      operator delete(std::exchange(self.pool, self.pool->next));
    self.pooled = kPoolNodes; // what is released later on this thread goes straight back
  }
};
thread_local PoolCleaner poolCleaner;

void *takeMemory() {
  if (!self.pool)
    return operator new(sizeof(Node));
  --self.pooled;
  return std::exchange(self.pool, self.pool->next);
}

void giveMemory(void *memory) noexcept {
  if (self.pooled >= kPoolNodes)
    return operator delete(memory);
  if (!self.pool)
    poolCleaner.armed = true;
  ++self.pooled;
  self.pool = new (memory) FreeNode{self.pool};
}

/// Drops one reference; a node without any is queued.
void drop(Node *node) noexcept {
  if (node->refs.load(std::memory_order_acquire) != 1 && node->refs.fetch_sub(1, std::memory_order_acq_rel) != 1)
    return;
  noteGone(*node); // before anything in it changes: the list is read by others
  node->source = self.dying;
  self.dying = node;
}

void drain() noexcept {
  if (self.draining)
    return;
  self.draining = true;
  while (Node *node = self.dying) {
    self.dying = static_cast<Node *>(node->source);
    for (Node *in : node->inputs)
      drop(in);
    delete node->layout.load(std::memory_order_relaxed);
    node->~Node();
    giveMemory(node);
  }
  self.draining = false;
}

Layout rowMajor(const Shape &shape) {
  Layout layout;
  layout.strides.resize(shape.size());
  int64_t step = 1;
  int longAxes = 0;
  for (size_t i = shape.size(); i-- > 0;) {
    layout.strides[i] = step;
    step *= shape[i];
    longAxes += shape[i] != 1;
  }
  layout.dataSize = step;
  layout.colContiguous = longAxes <= 1 || step == 0;
  return layout;
}

struct Releaser {
  void operator()(Node *node) const noexcept { release(node); }
};
/// Holds the one reference of a fresh node.
using Owner = std::unique_ptr<Node, Releaser>;

Owner newNode(NodeKind kind, const Shape &shape, rt::DType dtype) {
  Owner node(allocateNode());
  node->kind = kind;
  node->shape = shape;
  node->dtype = dtype;
  node->source = self.apiSource;
  return node;
}

void link(Node &node, std::span<Node *const> inputs) {
  node.inputs.resize(inputs.size());
  bool tracer = false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    retain(inputs[i]);
    node.inputs[i] = inputs[i];
    tracer |= inputs[i]->tracer;
  }
  node.tracer = tracer;
}

} // namespace

const ir::Attrs &Node::attributes() const {
  static const auto *none = new ir::Attrs;
  return attrs ? *attrs : *none;
}

void retain(Node *node) noexcept { node->refs.fetch_add(1, std::memory_order_relaxed); }

void release(Node *node) noexcept {
  drop(node);
  if (self.dying)
    drain();
}

Node *allocateNode() {
  Node *node = new (takeMemory()) Node;
  node->refs.store(1, std::memory_order_relaxed);
  return node;
}

array make(ir::OpKind kind, std::span<Node *const> inputs, ir::Attrs attrs, const StreamOrDevice &s) {
  Owner node(allocateNode());
  node->stream = to_stream(s);
  infer(kind, inputs, attrs, node->shape, node->dtype);
  node->op = kind;
  node->source = self.apiSource;
  if (!attrs.empty())
    node->attrs = std::make_unique<ir::Attrs>(std::move(attrs));
  link(*node, inputs);
  return adoptNode(node.release());
}

array make(ir::OpKind kind, std::span<const array> inputs, ir::Attrs attrs, const StreamOrDevice &s) {
  SmallVector<Node *, 3> nodes(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i)
    nodes[i] = nodeOf(inputs[i]);
  return make(kind, std::span<Node *const>(nodes.data(), nodes.size()), std::move(attrs), s);
}

namespace {

/// Output `index` of a group, of the shape and dtype of what the body computed.
array makeResult(Node *group, uint32_t index) {
  const Node *out = group->inputs[group->group->numArgs + index];
  Owner node = newNode(NodeKind::Result, out->shape, out->dtype);
  node->index = index;
  node->stream = out->stream;
  link(*node, std::span(&group, 1));
  return adoptNode(node.release());
}

} // namespace

std::vector<array> makeGroup(GroupInfo info, const std::vector<array> &args, const std::vector<array> &outputs) {
  Owner group(allocateNode());
  group->kind = NodeKind::Group;
  group->source = self.apiSource;
  std::vector<Node *> inputs;
  for (const auto *list : {&args, &outputs})
    for (const array &a : *list)
      inputs.push_back(nodeOf(a));
  link(*group, inputs);
  if (!outputs.empty())
    group->stream = nodeOf(outputs[0])->stream;
  info.numArgs = static_cast<uint32_t>(args.size());
  group->group = std::make_unique<GroupInfo>(std::move(info));

  std::vector<array> results;
  results.reserve(outputs.size());
  for (uint32_t i = 0; i < outputs.size(); ++i)
    results.push_back(makeResult(group.get(), i));
  return results;
}

std::vector<array> resultsOf(Node &result) {
  Node *group = result.inputs[0];
  std::vector<array> results;
  for (uint32_t i = 0; i < group->inputs.size() - group->group->numArgs; ++i)
    results.push_back(i == result.index ? toArray(&result) : makeResult(group, i));
  return results;
}

array makePlaceholder(const Shape &shape, rt::DType dtype, uint32_t index) {
  Owner node = newNode(NodeKind::Placeholder, shape, dtype);
  node->index = index;
  node->tracer = true;
  return adoptNode(node.release());
}

array makeScalar(rt::DType dtype, const void *value) {
  Owner node = newNode(NodeKind::Leaf, Shape{}, dtype);
  std::memcpy(node->scalar, value, rt::sizeOf(dtype));
  node->hostScalar = true;
  node->status.store(Status::Available, std::memory_order_relaxed);
  return adoptNode(node.release());
}

array makeLeaf(const Shape &shape, rt::DType dtype, rt::BufferPtr buffer) {
  Owner node = newNode(NodeKind::Leaf, shape, dtype);
  node->buffer = std::move(buffer);
  node->status.store(Status::Available, std::memory_order_relaxed);
  noteLive(*node);
  return adoptNode(node.release());
}

array makeAlias(const array &a) {
  Node *base = nodeOf(a);
  if (!base->available() || base->tracer) {
    GroupInfo info;
    info.name = "alias";
    return makeGroup(std::move(info), {a}, {a})[0];
  }
  Owner node = newNode(NodeKind::Leaf, base->shape, base->dtype);
  if (!base->hostScalar)
    node->buffer = base->buffer;
  node->hostScalar = base->hostScalar;
  node->stream = base->stream;
  std::memcpy(node->scalar, base->scalar, sizeof(node->scalar));
  if (const Layout *layout = base->layout.load(std::memory_order_acquire))
    setLayout(*node, *layout);
  node->status.store(Status::Available, std::memory_order_relaxed);
  noteLive(*node);
  return adoptNode(node.release());
}

array makeView(const array &base, const Shape &shape, Layout layout) {
  const Node *from = nodeOf(base);
  array view = makeLeaf(shape, from->dtype, from->buffer);
  setLayout(*nodeOf(view), std::move(layout));
  return view;
}

void setLayout(Node &node, Layout layout) {
  auto *fresh = new Layout(std::move(layout));
  fresh->former.reset(node.layout.exchange(fresh, std::memory_order_acq_rel));
}

void becomeAvailable(Node &node, bool keepHistory) {
  node.event.reset();
  SmallVector<Node *, 3> inputs;
  if (!(keepHistory && node.tracer)) {
    std::swap(inputs, node.inputs);
    node.kind = NodeKind::Leaf;
    node.attrs.reset();
  }
  node.status.store(Status::Available, std::memory_order_release);
  noteLive(node);
  for (Node *in : inputs)
    release(in);
}

const Layout &layoutOf(const Node &node) {
  if (const Layout *known = node.layout.load(std::memory_order_acquire))
    return *known;
  auto *fresh = new Layout(rowMajor(node.shape));
  Layout *expected = nullptr;
  if (node.layout.compare_exchange_strong(expected, fresh, std::memory_order_acq_rel))
    return *fresh;
  delete fresh;
  return *expected;
}

void *dataOf(const Node &node) {
  if (node.hostScalar)
    return const_cast<char *>(node.scalar);
  const Layout *layout = node.layout.load(std::memory_order_acquire);
  return static_cast<char *>(node.buffer->data) + (layout ? layout->offset * rt::sizeOf(node.dtype) : 0);
}

void *hostDataOf(const Node &node, rt::HostUse use) {
  if (!node.hostScalar)
    if (rt::Status status = rt::hostAccess(node.buffer->data, use); !status)
      raise(status.error());
  return dataOf(node);
}

Node *resolve(Node *node) {
  while (node->kind == NodeKind::Result && !node->inputs.empty())
    node = resultOf(*node);
  return node;
}

std::recursive_mutex &graphMutex() {
  static auto *mutex = new std::recursive_mutex;
  return *mutex;
}

ApiScope::ApiScope(void *returnAddress) noexcept {
  if (self.apiDepth++ == 0)
    self.apiSource = returnAddress;
}
ApiScope::~ApiScope() {
  if (--self.apiDepth == 0)
    self.apiSource = nullptr;
}

SourceScope::SourceScope(void *returnAddress) noexcept : outer(std::exchange(self.apiSource, returnAddress)) { ++self.apiDepth; }
SourceScope::~SourceScope() {
  --self.apiDepth;
  self.apiSource = outer;
}
void *currentSource() noexcept { return self.apiSource; }

} // namespace mx::graph
