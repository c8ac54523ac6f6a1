// A node of the lazy graph: what an mx::array points at. Nodes are immutable but for evaluation, which
// gives an Op node its data and lets go of its inputs. The graph is as the user wrote it: broadcasts and
// dtype promotion stay implicit, composites stay groups.
#pragma once

#include "frontend/include/mx/array.h"
#include "ir/OpTable.h"
#include "runtime/Buffer.h"
#include "runtime/Event.h"
#include "runtime/Regions.h"

#include <atomic>
#include <functional>
#include <mutex>
#include <memory>
#include <span>
#include <utility>

namespace mx::graph {

enum class NodeKind : uint8_t {
  Op,          ///< a row of the op table
  Leaf,        ///< data of the user's, or an evaluated node whose inputs are gone
  Placeholder, ///< an input of a function being traced
  Group,       ///< a named composite, custom function or checkpoint; no value of its own
  Result,      ///< output `index` of the Group that is inputs[0]
};

enum class Status : uint8_t {
  Unscheduled,
  Scheduled, ///< an evaluation is under way; `event` completes when the data is there
  Available,
  Failed,    ///< in the background; `event` tells how
};

/// Where an available array's elements are.
struct Layout {
  Strides strides;     ///< in elements
  int64_t offset = 0;  ///< in elements from the buffer's start
  int64_t dataSize = 0;///< elements of the buffer that the array spans
  bool contiguous = true, rowContiguous = true, colContiguous = true;
  /// What the node said before it had data: a reference to it may be in use.
  std::shared_ptr<const Layout> former = nullptr;
};

/// What makes a Group: its inputs are `numArgs` arguments, then the outputs as the body computed them from these. Result
/// nodes forward to the outputs, so evaluation, differentiation and vmap see through a group unless it says otherwise.
struct GroupInfo {
  std::string name;
  /// Shown in the IR as attrs of mx.composite: name and value.
  std::vector<std::pair<std::string, ir::AttrValue>> attrs;
  uint32_t numArgs = 0;
  /// Custom gradients: (args, cotangents, outputs) -> one cotangent per argument.
  std::function<std::vector<array>(const std::vector<array> &, const std::vector<array> &, const std::vector<array> &)> vjp;
  /// Custom tangents: (args, tangents, argnums) -> tangents of the outputs.
  std::function<std::vector<array>(const std::vector<array> &, const std::vector<array> &, const std::vector<int> &)> jvp;
  /// Custom batching: (args, axes) -> outputs and their axes.
  std::function<std::pair<std::vector<array>, std::vector<int>>(const std::vector<array> &, const std::vector<int> &)> vmap;
  /// True for composites that become mx.composite; false for transform-only groups, invisible in the IR.
  bool inIR = false;
};

struct Node {
  std::atomic<uint32_t> refs{0};    ///< every reference: handles, edges, caches
  std::atomic<uint32_t> handles{0}; ///< references held by user-visible arrays: what eval keeps
  NodeKind kind = NodeKind::Op;
  ir::OpKind op{};
  rt::DType dtype{};
  std::atomic<Status> status{Status::Unscheduled};
  bool tracer = false;              ///< part of a transform's trace: evaluated while a TracingScope is open, it keeps its inputs
  bool hostScalar = false;          ///< Leaf of rank 0 whose value sits in `scalar`
  uint32_t index = 0;               ///< Result: which output; Placeholder: which input
  uint32_t mark = 0, number = 0;    ///< of the walk that last saw the node, and its place there; under graphMutex
  Shape shape;
  SmallVector<Node *, 3> inputs;    ///< owned references
  std::unique_ptr<ir::Attrs> attrs; ///< null when the op has none
  std::unique_ptr<GroupInfo> group;
  void *source = nullptr;           ///< return address of the outermost API call
  Stream stream{0, Device(Device::cpu)};
  alignas(16) char scalar[16] = {};
  rt::BufferPtr buffer;             ///< data when available (a host scalar has none)
  /// Null while row-contiguous at offset 0; made on demand by layoutOf.
  mutable std::atomic<Layout *> layout{nullptr};
  rt::EventPtr event;               ///< of the evaluation under way or failed; under graphMutex

  int64_t size() const {
    int64_t n = 1;
    for (int32_t d : shape)
      n *= d;
    return n;
  }
  bool available() const { return status.load(std::memory_order_acquire) == Status::Available; }
  bool unscheduled() const { return status.load(std::memory_order_relaxed) == Status::Unscheduled; }
  const ir::Attrs &attributes() const;
};

/// Intrusive references. release() frees long chains without recursion.
void retain(Node *node) noexcept;
void release(Node *node) noexcept;

/// A new node with one reference, from a recycling pool.
Node *allocateNode();

/// A reference that is not a user's handle: for graphs and caches.
class NodeRef {
public:
  NodeRef() = default;
  explicit NodeRef(Node *n) noexcept : ptr(n) { if (ptr) retain(ptr); }
  NodeRef(const NodeRef &o) noexcept : NodeRef(o.ptr) {}
  NodeRef(NodeRef &&o) noexcept : ptr(std::exchange(o.ptr, nullptr)) {}
  NodeRef &operator=(NodeRef o) noexcept { std::swap(ptr, o.ptr); return *this; }
  ~NodeRef() { if (ptr) release(ptr); }
  Node *get() const noexcept { return ptr; }
  Node *operator->() const noexcept { return ptr; }
  explicit operator bool() const noexcept { return ptr; }

private:
  Node *ptr = nullptr;
};

/// The node behind an array.
Node *nodeOf(const array &a);
/// A user handle on a node.
array toArray(Node *node);
/// The first handle on a fresh node: takes over its one reference.
array adoptNode(Node *node);

/// Gives a node its place in the buffer, before it becomes available.
void setLayout(Node &node, Layout layout);
/// The node has its data: unless `keepHistory` and it is a tracer, it forgets what it was made from. The caller holds
/// graphMutex.
void becomeAvailable(Node &node, bool keepHistory);

/// Builds the node `kind` over inputs: runs the shape rule (an Error becomes the typed exception) and remembers the
/// user's return address. The stream is the default of the default device unless `s` names one.
array make(ir::OpKind kind, std::span<Node *const> inputs, ir::Attrs attrs = {}, const StreamOrDevice &s = {});
array make(ir::OpKind kind, std::span<const array> inputs, ir::Attrs attrs = {}, const StreamOrDevice &s = {});
inline array make(ir::OpKind kind, std::initializer_list<array> inputs, ir::Attrs attrs = {}, const StreamOrDevice &s = {}) {
  return make(kind, std::span(inputs.begin(), inputs.size()), std::move(attrs), s);
}
/// Wraps `outputs`, computed from `args`, as a group; returns the Result nodes that stand for them.
std::vector<array> makeGroup(GroupInfo info, const std::vector<array> &args, const std::vector<array> &outputs);
/// An input of a function being traced.
array makePlaceholder(const Shape &shape, rt::DType dtype, uint32_t index);
/// A rank-0 array whose value, of the dtype's representation, is read from `value`.
array makeScalar(rt::DType dtype, const void *value);
/// An available array over a buffer, row-contiguous.
array makeLeaf(const Shape &shape, rt::DType dtype, rt::BufferPtr buffer);
/// The same data under a new node without history: what differentiation traces with.
array makeAlias(const array &a);
/// A view on available data.
array makeView(const array &base, const Shape &shape, Layout layout);
/// All results of the group that `result` is one of, itself among them.
std::vector<array> resultsOf(Node &result);

/// Layout of an available node; row-contiguous unless evaluation set another.
const Layout &layoutOf(const Node &node);
/// The buffer of an available node; a host scalar gets one when it is first asked for.
rt::BufferPtr bufferOf(Node &node);
/// First element of an available node.
void *dataOf(const Node &node);
/// The same for the host: fetches what only a device has, and tells the device of writes. Throws what the device does.
void *hostDataOf(const Node &node, rt::HostUse use = rt::HostUse::read);

/// What a Result node forwards to, which may be another Result.
inline Node *resultOf(const Node &result) {
  const Node *group = result.inputs[0];
  return group->inputs[group->group->numArgs + result.index];
}
/// Follows Result nodes of groups to what computes the value.
Node *resolve(Node *node);

/// Guards the graph: held while it is walked or nodes get data or lose their inputs, never while programs are compiled
/// or run. What a node is made of may be read without it only before somebody could evaluate the node.
std::recursive_mutex &graphMutex();

/// Frames of the API that are open on this thread: the outermost one stores its return address, which nodes remember.
struct ApiScope {
  explicit ApiScope(void *returnAddress) noexcept;
  ~ApiScope();
  ApiScope(const ApiScope &) = delete;
};
/// Makes nodes in its scope those of another call: the one that made what they are derived from.
class SourceScope {
public:
  explicit SourceScope(void *returnAddress) noexcept;
  ~SourceScope();
  SourceScope(const SourceScope &) = delete;

private:
  void *outer;
};
/// Return address of the API call that is open on this thread; null outside.
void *currentSource() noexcept;
/// The call that returns there, as `file:line` or `function+offset`; defined in frontend/compile.
std::string describeSource(const void *returnAddress);
#define MX_API_SCOPE ::mx::graph::ApiScope mxApiScope(__builtin_return_address(0))

} // namespace mx::graph
