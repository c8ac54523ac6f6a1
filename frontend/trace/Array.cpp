// mx::array: construction, references, and what it tells about its node.
#include "frontend/include/mx/array.h"

#include "frontend/eval/Eval.h"
#include "frontend/include/mx/ops.h"
#include "frontend/include/mx/transforms.h"
#include "frontend/trace/Axes.h"
#include "frontend/trace/Dtypes.h"
#include "frontend/trace/Errors.h"
#include "frontend/trace/HostConvert.h"
#include "frontend/trace/LiveArrays.h"
#include "frontend/trace/Node.h"
#include "frontend/trace/Tracing.h"
#include "runtime/Allocator.h"
#include "runtime/base/Hash.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>

namespace mx {
using graph::Node;

static rt::BufferPtr allocate(size_t bytes) {
  auto buffer = rt::hostAllocator().allocate(bytes);
  if (!buffer)
    graph::raise(graph::withLiveArrays(buffer.error()));
  return std::move(*buffer);
}

namespace graph {

Node *nodeOf(const array &a) { return a.node; }

array toArray(Node *node) {
  retain(node);
  node->handles.fetch_add(1, std::memory_order_relaxed);
  return array(array::Adopt{}, node);
}

array adoptNode(Node *node) {
  node->handles.store(1, std::memory_order_relaxed);
  return array(array::Adopt{}, node);
}

rt::BufferPtr bufferOf(Node &node) {
  if (!node.hostScalar)
    return node.buffer;
  std::lock_guard lock(graphMutex());
  if (!node.buffer) {
    node.buffer = allocate(rt::sizeOf(node.dtype));
    std::memcpy(node.buffer->data, node.scalar, rt::sizeOf(node.dtype));
  }
  return node.buffer;
}

} // namespace graph

namespace {

/// Shares a Buffer with the runtime: an own allocation is taken over, a foreign deleter runs on the last release.
rt::BufferPtr takeBuffer(allocator::Buffer handle, const Deleter &deleter) {
  auto *buffer = static_cast<rt::Buffer *>(handle.ptr());
  if (!buffer)
    return allocate(0);
  using Plain = void (*)(allocator::Buffer);
  const Plain *plain = deleter.target<Plain>();
  if (!plain || *plain != &allocator::free)
    return rt::wrapForeign(buffer->data, buffer->bytes, [handle, deleter](void *) { deleter(handle); });
  rt::BufferPtr taken(buffer);
  allocator::free(handle);
  return taken;
}

/// Gives a node data from elsewhere, row-major unless `layout` says otherwise. It forgets how it was made.
void fillNode(Node &node, rt::BufferPtr buffer, std::optional<graph::Layout> layout = {}) {
  graph::settle(node);
  std::lock_guard lock(graph::graphMutex());
  graph::noteGone(node);
  node.buffer = std::move(buffer);
  node.hostScalar = false;
  if (layout)
    graph::setLayout(node, std::move(*layout));
  graph::becomeAvailable(node, /*keepHistory=*/false);
}

void requireData(const Node &node, const char *what) {
  graph::settle(node);
  if (!node.available())
    graph::fail(what, "the array has not been evaluated; call eval first", {node.shape});
}

/// The layout, which an evaluation under way may yet change.
const graph::Layout &settledLayout(const Node &node) {
  graph::settle(node);
  return graph::layoutOf(node);
}

int checkedDim(int dim, size_t rank, const char *what) {
  const int64_t at = dim < 0 ? dim + static_cast<int64_t>(rank) : dim;
  if (at < 0 || at >= static_cast<int64_t>(rank))
    graph::raise({rt::ErrorCode::outOfRange, "[" + std::string(what) + "] " + graph::axisOutOfRange(dim, static_cast<int64_t>(rank))});
  return static_cast<int>(at);
}

} // namespace

size_t detail::checked_size(const Shape &shape, Dtype dtype) {
  int64_t bytes = dtype.size();
  bool overflows = false, empty = false;
  for (ShapeElem d : shape) {
    if (d < 0)
      graph::fail("array", "negative size in shape " + graph::str(shape) + "; sizes are 0 or more", {shape});
    empty |= d == 0;
    overflows |= __builtin_mul_overflow(bytes, std::max<int64_t>(d, 1), &bytes);
  }
  if (empty)
    return 0;
  if (overflows)
    graph::raise({rt::ErrorCode::overflow, "[array] shape " + graph::str(shape) + " has too many elements"}, {shape});
  return static_cast<size_t>(bytes) / dtype.size();
}

array::array(const void *data, Dtype from, size_t count, Shape shape, Dtype dtype) : node(nullptr) {
  MX_API_SCOPE;
  const size_t size = detail::checked_size(shape, dtype);
  if (size != count)
    graph::fail("array", std::to_string(count) + " elements do not fill shape " + graph::str(shape) + "; it holds the product of its sizes", {shape});
  if (shape.empty()) {
    alignas(16) char value[16];
    graph::convertElements(data, graph::toRt(from), value, graph::toRt(dtype), 1);
    *this = graph::makeScalar(graph::toRt(dtype), value);
    return;
  }
  rt::BufferPtr buffer = allocate(size * dtype.size());
  graph::convertElements(data, graph::toRt(from), buffer->data, graph::toRt(dtype), size);
  *this = graph::makeLeaf(shape, graph::toRt(dtype), std::move(buffer));
}

array::array(void *data, Shape shape, Dtype dtype, const std::function<void(void *)> &deleter) : node(nullptr) {
  const size_t bytes = detail::checked_size(shape, dtype) * dtype.size();
  rt::BufferPtr buffer;
  if (reinterpret_cast<std::uintptr_t>(data) % dtype.size() == 0) {
    buffer = rt::wrapForeign(data, bytes, deleter);
  } else {
    buffer = allocate(bytes);
    if (bytes)
      std::memcpy(buffer->data, data, bytes);
    if (deleter)
      deleter(data);
  }
  *this = graph::makeLeaf(shape, graph::toRt(dtype), std::move(buffer));
}

array::array(allocator::Buffer data, Shape shape, Dtype dtype, Deleter deleter) : node(nullptr) {
  const size_t bytes = detail::checked_size(shape, dtype) * dtype.size();
  const auto *buffer = static_cast<const rt::Buffer *>(data.ptr());
  if ((buffer ? buffer->bytes : 0) < bytes)
    graph::fail("array", "a buffer of " + std::to_string(buffer ? buffer->bytes : 0) + " bytes is too small for shape " +
                             graph::str(shape) + " of " + to_string(dtype) + "; allocate what the shape takes", {shape});
  *this = graph::makeLeaf(shape, graph::toRt(dtype), takeBuffer(data, deleter));
}

array::array(const array &other) noexcept : node(other.node) {
  if (node) {
    graph::retain(node);
    node->handles.fetch_add(1, std::memory_order_relaxed);
  }
}

array &array::operator=(const array &other) & noexcept {
  if (node != other.node)
    *this = array(other);
  return *this;
}

array &array::operator=(array &&other) & noexcept {
  std::swap(node, other.node);
  return *this;
}

array::~array() {
  if (!node)
    return;
  node->handles.fetch_sub(1, std::memory_order_relaxed);
  graph::release(node);
}

size_t array::ndim() const { return node->shape.size(); }
// What the caller learns of sizes; ops and transformations do not count as callers.
template <typename T> static void noteRead(std::span<const T> learned) {
  graph::TracingScope::noteSizeRead();
  if (graph::SizesSeen *seen = graph::AnySizesScope::seen(); seen && !graph::currentSource())
    seen->read.insert(seen->read.end(), learned.begin(), learned.end());
}
static void noteRead(int64_t learned) { noteRead(std::span<const int64_t>(&learned, 1)); }

size_t array::size() const {
  const int64_t size = node->size();
  noteRead(size);
  return static_cast<size_t>(size);
}
const Shape &array::shape() const {
  noteRead(std::span<const int32_t>(node->shape));
  return node->shape;
}
ShapeElem array::shape(int dim) const {
  const ShapeElem size = node->shape[checkedDim(dim, ndim(), "shape")];
  noteRead(size);
  return size;
}
const Strides &array::strides() const {
  const Strides &strides = settledLayout(*node).strides;
  noteRead(std::span<const int64_t>(strides));
  return strides;
}
int64_t array::strides(int dim) const {
  const int64_t stride = settledLayout(*node).strides[checkedDim(dim, ndim(), "strides")];
  noteRead(stride);
  return stride;
}
Dtype array::dtype() const { return graph::fromRt(node->dtype); }

void array::eval() {
  if (!node->available())
    mx::eval(std::vector<array>{*this});
}

void array::readItem(void *out, Dtype to) const {
  if (size() != 1)
    graph::fail("item", "needs an array of size 1, got shape " + graph::str(shape()) + "; reduce it, or read data()", {shape()});
  requireData(*node, "item");
  graph::convertElements(graph::hostDataOf(*node), node->dtype, out, graph::toRt(to), 1);
  if (graph::AnySizesScope::active()) {
    int64_t bits = 0;
    std::memcpy(&bits, out, std::min(sizeof bits, size_t(rt::sizeOf(graph::toRt(to)))));
    noteRead(bits);
  }
}

void *array::dataPointer() const {
  graph::settle(*node);
  if (!node->available())
    return nullptr;
  // Whoever has the pointer may write through it.
  void *data = graph::hostDataOf(*node, rt::HostUse::write);
  // What it shows may have been made of sizes; of large arrays the beginning tells.
  if (graph::AnySizesScope::active() && node->hostScalar)
    noteRead(int64_t(rt::hashBytes(data, size_t(rt::sizeOf(node->dtype))).lo));
  else if (graph::AnySizesScope::active() && graph::layoutOf(*node).rowContiguous)
    noteRead(int64_t(rt::hashBytes(data, std::min<size_t>(size_t(node->size()) * size_t(rt::sizeOf(node->dtype)), 4096)).lo));
  return data;
}

array::ArrayIterator::ArrayIterator(const array &arr, int idx) : arr(&arr), idx(idx) {
  if (arr.ndim() == 0)
    graph::fail("array", "a scalar has no first axis to iterate over; read it with item");
}
array::ArrayIterator::reference array::ArrayIterator::operator*() const { return take(*arr, idx, 0); }

bool array::has_primitive() const {
  std::lock_guard lock(graph::graphMutex());
  return !node->available() && node->kind != graph::NodeKind::Placeholder;
}

Primitive array::primitive() const {
  std::lock_guard lock(graph::graphMutex());
  if (!has_primitive())
    graph::fail("primitive", "the array is not the result of an op; ask has_primitive first");
  const Node *made = node->kind == graph::NodeKind::Result ? node->inputs[0] : node;
  return Primitive(made->group ? made->group->name : std::string(ir::rowOf(made->op).mnemonic), node->stream);
}

std::vector<array> array::inputs() const {
  std::lock_guard lock(graph::graphMutex());
  const Node *made = node->kind == graph::NodeKind::Result && !node->inputs.empty() ? node->inputs[0] : node;
  const size_t count = made->group ? made->group->numArgs : made->inputs.size();
  std::vector<array> result;
  result.reserve(count);
  for (size_t i = 0; i < count; ++i)
    result.push_back(graph::toArray(made->inputs[i]));
  return result;
}

std::vector<array> array::outputs() const {
  std::lock_guard lock(graph::graphMutex());
  if (node->kind == graph::NodeKind::Result && !node->inputs.empty())
    return graph::resultsOf(*node);
  return {*this};
}

std::vector<array> array::siblings() const {
  std::vector<array> others = outputs();
  std::erase_if(others, [this](const array &a) { return a.id() == id(); });
  return others;
}

void array::detach() {
  requireData(*node, "detach");
  std::lock_guard lock(graph::graphMutex());
  graph::becomeAvailable(*node, /*keepHistory=*/false);
}

array::Flags array::flags() const {
  graph::TracingScope::noteSizeRead();
  const graph::Layout &layout = settledLayout(*node);
  return {layout.contiguous, layout.rowContiguous, layout.colContiguous};
}

size_t array::data_size() const {
  const int64_t size = settledLayout(*node).dataSize;
  noteRead(size);
  return static_cast<size_t>(size);
}

allocator::Buffer array::buffer() const {
  requireData(*node, "buffer");
  graph::hostDataOf(*node, rt::HostUse::write);
  return allocator::Buffer(graph::bufferOf(*node).get());
}

size_t array::buffer_size() const { return static_cast<const rt::Buffer *>(buffer().ptr())->bytes; }

std::shared_ptr<allocator::Buffer> array::data_shared_ptr() const {
  graph::settle(*node);
  if (!node->available())
    return nullptr;
  graph::hostDataOf(*node, rt::HostUse::write);
  auto hold = std::make_shared<std::pair<rt::BufferPtr, allocator::Buffer>>(graph::bufferOf(*node), nullptr);
  hold->second = allocator::Buffer(hold->first.get());
  return {hold, &hold->second};
}

int64_t array::offset() const { return settledLayout(*node).offset * static_cast<int64_t>(itemsize()); }

array::Status array::status() const {
  switch (node->status.load(std::memory_order_acquire)) {
  case graph::Status::Available:
    return available;
  case graph::Status::Scheduled:
    return scheduled;
  case graph::Status::Unscheduled:
  case graph::Status::Failed:
    break;
  }
  return unscheduled;
}
Event array::event() const {
  std::lock_guard lock(graph::graphMutex());
  return Event(node->stream, node->event);
}
bool array::is_available() const { return node->available(); }
void array::wait() { eval(); }
bool array::is_tracer() const { return node->tracer; }
void array::set_tracer(bool tracer) { node->tracer = tracer; }

void array::set_data(allocator::Buffer buffer, Deleter deleter) {
  fillNode(*node, takeBuffer(buffer, deleter));
}

void array::copy_shared_buffer(const array &other, const Strides &strides, Flags flags, size_t data_size, size_t offset) {
  requireData(*other.node, "copy_shared_buffer");
  graph::Layout layout{strides, static_cast<int64_t>(offset) + graph::layoutOf(*other.node).offset,
                       static_cast<int64_t>(data_size), flags.contiguous, flags.row_contiguous, flags.col_contiguous};
  fillNode(*node, graph::bufferOf(*other.node), std::move(layout));
}

void array::copy_shared_buffer(const array &other) {
  copy_shared_buffer(other, other.strides(), other.flags(), other.data_size());
}

bool array::is_donatable() const {
  return node->available() && node->refs.load(std::memory_order_relaxed) == 1 && node->buffer.unique();
}

// --- Buffers of the user's ----------------------------------------------------------------------------------------

namespace allocator {

void *Buffer::raw_ptr() { return handle ? static_cast<rt::Buffer *>(handle)->data : nullptr; }
const void *Buffer::raw_ptr() const { return handle ? static_cast<const rt::Buffer *>(handle)->data : nullptr; }

Buffer malloc(size_t size) {
  rt::BufferPtr buffer = allocate(size);
  buffer->refs.fetch_add(1, std::memory_order_relaxed); // the caller's, given back by free
  return Buffer(buffer.get());
}

void free(Buffer buffer) {
  auto *taken = static_cast<rt::Buffer *>(buffer.ptr());
  if (taken && taken->refs.fetch_sub(1, std::memory_order_acq_rel) == 1)
    rt::destroy(taken);
}

} // namespace allocator
} // namespace mx
