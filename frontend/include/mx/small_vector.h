// A vector with room for a few elements inside the object: shapes and strides rarely need more.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace mx {

/// Contiguous sequence of a trivially copyable T with `N` elements of inline storage. Iterators are pointers.
template <typename T, std::size_t N = 8> class SmallVector {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  using value_type = T;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using reference = T &;
  using const_reference = const T &;
  using iterator = T *;
  using const_iterator = const T *;
  using reverse_iterator = std::reverse_iterator<iterator>;
  using const_reverse_iterator = std::reverse_iterator<const_iterator>;

  SmallVector() = default;
  explicit SmallVector(size_type n, const T &value = T{}) { resize(n, value); }
  SmallVector(std::initializer_list<T> init) : SmallVector(init.begin(), init.end()) {}
  SmallVector(const std::vector<T> &v) : SmallVector(v.begin(), v.end()) {}
  template <typename It, typename = std::enable_if_t<!std::is_integral_v<It>>> SmallVector(It first, It last) {
    insert(begin(), first, last);
  }
  SmallVector(const SmallVector &o) : SmallVector(o.begin(), o.end()) {}
  SmallVector(SmallVector &&o) noexcept { take(o); }
  SmallVector &operator=(const SmallVector &o) {
    if (this != &o) {
      clear();
      insert(end(), o.begin(), o.end());
    }
    return *this;
  }
  SmallVector &operator=(SmallVector &&o) noexcept {
    if (this != &o) {
      release();
      take(o);
    }
    return *this;
  }
  SmallVector &operator=(std::initializer_list<T> init) {
    clear();
    insert(end(), init.begin(), init.end());
    return *this;
  }
  ~SmallVector() { release(); }

  iterator begin() { return ptr; }
  iterator end() { return ptr + count; }
  const_iterator begin() const { return ptr; }
  const_iterator end() const { return ptr + count; }
  const_iterator cbegin() const { return begin(); }
  const_iterator cend() const { return end(); }
  reverse_iterator rbegin() { return reverse_iterator(end()); }
  reverse_iterator rend() { return reverse_iterator(begin()); }
  const_reverse_iterator rbegin() const { return const_reverse_iterator(end()); }
  const_reverse_iterator rend() const { return const_reverse_iterator(begin()); }

  size_type size() const { return count; }
  size_type capacity() const { return room; }
  bool empty() const { return count == 0; }
  T *data() { return ptr; }
  const T *data() const { return ptr; }
  T &operator[](size_type i) { return ptr[i]; }
  const T &operator[](size_type i) const { return ptr[i]; }
  /// Throws std::out_of_range past the end.
  T &at(size_type i) {
    check(i);
    return ptr[i];
  }
  const T &at(size_type i) const {
    check(i);
    return ptr[i];
  }
  T &front() { return ptr[0]; }
  const T &front() const { return ptr[0]; }
  T &back() { return ptr[count - 1]; }
  const T &back() const { return ptr[count - 1]; }

  void reserve(size_type n) {
    if (n <= room)
      return;
    T *wider = std::allocator<T>().allocate(n);
    std::copy(begin(), end(), wider);
    const size_type kept = count;
    release();
    ptr = wider;
    room = n;
    count = kept;
  }
  void resize(size_type n, const T &value = T{}) {
    const T copy = value;
    reserve(n);
    for (size_type i = count; i < n; ++i)
      ptr[i] = copy;
    count = n;
  }
  void clear() { count = 0; }
  void push_back(const T &value) {
    const T copy = value;
    if (count == room)
      reserve(2 * room);
    ptr[count++] = copy;
  }
  template <typename... A> T &emplace_back(A &&...args) {
    push_back(T(std::forward<A>(args)...));
    return back();
  }
  void pop_back() { --count; }
  template <typename It> void assign(It first, It last) {
    const std::vector<T> copy(first, last);
    clear();
    insert(begin(), copy.begin(), copy.end());
  }
  void assign(size_type n, const T &value) {
    clear();
    resize(n, value);
  }
  iterator insert(const_iterator at, const T &value) {
    const T copy = value;
    return insert(at, &copy, &copy + 1);
  }
  template <typename It, typename = std::enable_if_t<!std::is_integral_v<It>>>
  iterator insert(const_iterator at, It first, It last) {
    const size_type where = at - begin(), n = std::distance(first, last);
    if (count + n > room)
      reserve(std::max(count + n, 2 * room));
    std::copy_backward(begin() + where, end(), end() + n);
    std::copy(first, last, begin() + where);
    count += n;
    return begin() + where;
  }
  iterator erase(const_iterator at) { return erase(at, at + 1); }
  iterator erase(const_iterator first, const_iterator last) {
    iterator to = begin() + (first - begin());
    std::copy(last, cend(), to);
    count -= last - first;
    return to;
  }

  friend bool operator==(const SmallVector &a, const SmallVector &b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }
  friend auto operator<=>(const SmallVector &a, const SmallVector &b) {
    return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
  }

private:
  void check(size_type i) const {
    if (i >= count)
      throw std::out_of_range("[SmallVector::at] index " + std::to_string(i) + " of " + std::to_string(count));
  }
  void release() {
    if (ptr != local)
      std::allocator<T>().deallocate(ptr, room);
    ptr = local;
    room = N;
    count = 0;
  }
  void take(SmallVector &o) {
    if (o.ptr == o.local)
      std::copy(o.begin(), o.end(), local);
    else
      ptr = o.ptr;
    count = o.count;
    room = o.room;
    o.ptr = o.local;
    o.room = N;
    o.count = 0;
  }
  T local[N];
  T *ptr = local;
  size_type count = 0, room = N;
};

/// Sizes of an array's axes.
using Shape = SmallVector<int32_t, 6>;
/// Distance in elements between neighbours along each axis.
using Strides = SmallVector<int64_t, 6>;

} // namespace mx
