// The n-dimensional array: a handle on a node of the lazy graph. Copies share the node and cost nothing; contents
// never change. An op's result has shape and dtype at once and data only after evaluation.
#pragma once

#include "mx/allocator.h"
#include "mx/config.h"
#include "mx/dtype.h"
#include "mx/error.h"
#include "mx/event.h"
#include "mx/small_vector.h"
#include "mx/stream.h"

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

class array;
namespace graph {
struct Node;
Node *nodeOf(const array &a);
array toArray(Node *node);
array adoptNode(Node *node);
} // namespace graph

/// Size of one axis.
using ShapeElem = int32_t;
/// Takes back a buffer that an array was made around.
using Deleter = std::function<void(allocator::Buffer)>;

/// The operation that made an array, for inspection.
class Primitive {
public:
  Primitive(std::string name, Stream stream) : label(std::move(name)), where(stream) {}
  /// The op's name: `add`.
  const char *name() const { return label.c_str(); }
  const Stream &stream() const { return where; }
  const Device &device() const { return where.device; }

private:
  std::string label;
  Stream where;
};

/// An n-dimensional array. Functions over arrays are in mx/ops.h.
class array {
public:
  /// A scalar of shape (). Without a dtype it has T's, float32 for double.
  template <typename T>
    requires detail::is_scalar_v<T>
  explicit array(T value, Dtype dtype = TypeToDtype<T>()) : array(&value, detail::element_dtype<T>(), 1, Shape{}, dtype) {}

  /// Elements in row-major order read from `data`. Without a dtype the array has that of the iterator's value type.
  template <std::input_iterator It>
  explicit array(It data, Shape shape, Dtype dtype = TypeToDtype<std::iter_value_t<It>>());

  /// One axis with the listed elements; `array({})` is empty float32.
  template <typename T>
  explicit array(std::initializer_list<T> data, Dtype dtype = TypeToDtype<T>())
      : array(data.begin(), detail::element_dtype<T>(), data.size(), Shape{static_cast<ShapeElem>(data.size())}, dtype) {}
  explicit array(std::initializer_list<float> data)
      : array(data.begin(), float32, data.size(), Shape{static_cast<ShapeElem>(data.size())}, float32) {}
  explicit array(std::initializer_list<int> data, Dtype dtype)
      : array(data.begin(), int32, data.size(), Shape{static_cast<ShapeElem>(data.size())}, dtype) {}

  /// The listed elements under `shape`; throws InvalidArgument when their numbers differ.
  template <typename T>
  explicit array(std::initializer_list<T> data, Shape shape, Dtype dtype = TypeToDtype<T>())
      : array(data.begin(), detail::element_dtype<T>(), data.size(), std::move(shape), dtype) {}

  /// Wraps memory of the caller's, row-major, of size(shape) elements; `deleter(data)` runs when the last array that
  /// shares it is gone. Data that is not aligned to its element size is copied.
  explicit array(void *data, Shape shape, Dtype dtype, const std::function<void(void *)> &deleter);
  /// Takes over a buffer with row-major elements.
  explicit array(allocator::Buffer data, Shape shape, Dtype dtype, Deleter deleter = allocator::free);

  array(const array &other) noexcept;
  array(array &&other) noexcept : node(std::exchange(other.node, nullptr)) {}
  array &operator=(const array &other) & noexcept;
  array &operator=(array &&other) & noexcept;
  array &operator=(const array &) && = delete;
  array &operator=(array &&) && = delete;
  ~array();

  /// Bytes of one element.
  size_t itemsize() const { return dtype().size(); }
  /// Number of elements.
  size_t size() const;
  /// Bytes of all elements.
  size_t nbytes() const { return size() * itemsize(); }
  /// Number of axes.
  size_t ndim() const;
  /// Sizes of the axes.
  const Shape &shape() const;
  /// Size of one axis; negative counts from the last. Throws std::out_of_range.
  ShapeElem shape(int dim) const;
  /// Distance in elements between neighbours along each axis; of an array without data, as it would be in row-major order.
  const Strides &strides() const;
  int64_t strides(int dim) const;
  Dtype dtype() const;

  /// Computes the array and all it needs, unless that is done. Throws what its computation failed with.
  void eval();

  /// The value of an array of size 1, converted to T; evaluates. Throws InvalidArgument for other sizes.
  template <typename T> T item() {
    eval();
    return std::as_const(*this).template item<T>();
  }
  /// The same of an evaluated array.
  template <typename T> T item() const {
    T value{};
    readItem(&value, detail::element_dtype<T>());
    return value;
  }

  /// Goes through the sub-arrays along the first axis.
  struct ArrayIterator {
    using iterator_category = std::random_access_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = const array;
    using reference = value_type;
    using pointer = void;

    /// Throws InvalidArgument for a scalar.
    explicit ArrayIterator(const array &arr, int idx = 0);
    reference operator*() const;
    ArrayIterator &operator++() {
      ++idx;
      return *this;
    }
    ArrayIterator &operator+=(difference_type n) {
      idx += static_cast<int>(n);
      return *this;
    }
    friend ArrayIterator operator+(ArrayIterator it, difference_type n) { return it += n; }
    friend difference_type operator-(const ArrayIterator &a, const ArrayIterator &b) { return a.idx - b.idx; }
    friend bool operator==(const ArrayIterator &a, const ArrayIterator &b) {
      return a.arr->id() == b.arr->id() && a.idx == b.idx;
    }
    friend bool operator!=(const ArrayIterator &a, const ArrayIterator &b) { return !(a == b); }

  private:
    const array *arr;
    int idx;
  };
  ArrayIterator begin() const { return ArrayIterator(*this); }
  ArrayIterator end() const { return ArrayIterator(*this, shape(0)); }

  /// The first element of an evaluated array, null before that; waits for an evaluation that is under way. Elements lie at
  /// strides() from each other.
  template <typename T> T *data() { return static_cast<T *>(dataPointer()); }
  template <typename T> const T *data() const { return static_cast<const T *>(dataPointer()); }

  // What follows is for experts: it looks into the graph and into memory.

  /// Identity of the node behind the array: equal for copies.
  std::uintptr_t id() const { return reinterpret_cast<std::uintptr_t>(node); }
  /// True while the array is the result of an op that has not been evaluated.
  bool has_primitive() const;
  /// The op. Throws InvalidArgument when there is none.
  Primitive primitive() const;
  /// Operands of the op; empty once evaluated.
  std::vector<array> inputs() const;
  /// All results of what made this: one, but for functions with rules of their own.
  std::vector<array> outputs() const;
  /// The other results.
  std::vector<array> siblings() const;
  /// Forgets how the array was made; only for one that has data. Throws InvalidArgument otherwise.
  void detach();

  /// What is known about the order of the elements in memory.
  struct Flags {
    bool contiguous : 1;     ///< no gaps
    bool row_contiguous : 1; ///< row-major
    bool col_contiguous : 1; ///< column-major
  };
  Flags flags() const;
  /// Elements of the buffer that the array spans; fewer than size() for a broadcast.
  size_t data_size() const;
  /// The buffer of an evaluated array.
  allocator::Buffer buffer() const;
  /// Bytes of the buffer.
  size_t buffer_size() const;
  /// A hold on the buffer; null before evaluation.
  std::shared_ptr<allocator::Buffer> data_shared_ptr() const;
  /// Bytes from the buffer's start to the first element.
  int64_t offset() const;

  enum Status { unscheduled, scheduled, evaluated, available };
  Status status() const;
  /// True when the data may be read. Never blocks.
  bool is_available() const;
  /// Returns when the data may be read; evaluates. Throws what the computation failed with.
  void wait();
  /// The evaluation that is under way, or that failed in the background; not valid for other arrays.
  Event event() const;

  /// True for arrays that a transform follows.
  bool is_tracer() const;
  void set_tracer(bool tracer);
  /// Gives a row-major buffer to the array, which forgets how it was made.
  void set_data(allocator::Buffer buffer, Deleter deleter = allocator::free);
  /// Takes the data of `other`, seen under other strides and from `offset` elements on.
  void copy_shared_buffer(const array &other, const Strides &strides, Flags flags, size_t data_size, size_t offset = 0);
  void copy_shared_buffer(const array &other);
  /// Becomes another handle on `other`.
  void overwrite_descriptor(const array &other) { *this = other; }
  /// True when nobody else holds the array or its buffer.
  bool is_donatable() const;

private:
  friend graph::Node *graph::nodeOf(const array &a);
  friend array graph::toArray(graph::Node *node);
  friend array graph::adoptNode(graph::Node *node);
  struct Adopt {};
  array(Adopt, graph::Node *node) noexcept : node(node) {}
  /// Copies `count` elements of dtype `from`.
  array(const void *data, Dtype from, size_t count, Shape shape, Dtype dtype);
  void readItem(void *out, Dtype to) const;
  void *dataPointer() const;

  graph::Node *node;
};

namespace detail {
/// Product of the sizes. Throws InvalidArgument for a negative size, Overflow past 2^63 bytes.
size_t checked_size(const Shape &shape, Dtype dtype);
/// Copies elements from an iterator that is no pointer.
template <typename T, typename It> std::unique_ptr<T[]> collect(It first, size_t count) {
  auto values = std::make_unique<T[]>(count);
  for (size_t i = 0; i < count; ++i, ++first)
    values[i] = *first;
  return values;
}
} // namespace detail

template <std::input_iterator It> array::array(It data, Shape shape, Dtype dtype) : node(nullptr) {
  using T = std::iter_value_t<It>;
  const size_t count = detail::checked_size(shape, dtype);
  if constexpr (std::contiguous_iterator<It>) {
    *this = array(count ? std::to_address(data) : nullptr, detail::element_dtype<T>(), count, std::move(shape), dtype);
  } else {
    auto values = detail::collect<T>(data, count);
    *this = array(values.get(), detail::element_dtype<T>(), count, std::move(shape), dtype);
  }
}

} // namespace mx
MX_PUBLIC_END
