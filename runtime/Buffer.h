// Reference-counted memory that host and devices see at one address. A Buffer is the only owner of
// array data; arrays, programs and user code hold BufferPtr.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>

namespace mx::rt {

class Allocator;

/// One allocation. Created by an Allocator or around memory of the user's.
struct Buffer {
  void *data = nullptr;
  /// Usable bytes (at least what was asked for).
  size_t bytes = 0;
  std::atomic<uint32_t> refs{0};
  /// The allocator that takes the memory back; null for foreign memory.
  Allocator *owner = nullptr;
  /// Called on the last release of foreign memory; may be empty.
  std::function<void(void *)> deleter;
};

/// Takes back the memory and the Buffer itself. Never fails.
void destroy(Buffer *buffer) noexcept;

/// Shared ownership of a Buffer.
class BufferPtr {
public:
  BufferPtr() = default;
  explicit BufferPtr(Buffer *b) noexcept : ptr(b) { if (ptr) ptr->refs.fetch_add(1, std::memory_order_relaxed); }
  BufferPtr(const BufferPtr &o) noexcept : BufferPtr(o.ptr) {}
  BufferPtr(BufferPtr &&o) noexcept : ptr(std::exchange(o.ptr, nullptr)) {}
  BufferPtr &operator=(BufferPtr o) noexcept { std::swap(ptr, o.ptr); return *this; }
  ~BufferPtr() { reset(); }
  void reset() noexcept {
    if (ptr && ptr->refs.fetch_sub(1, std::memory_order_acq_rel) == 1)
      destroy(ptr);
    ptr = nullptr;
  }
  Buffer *get() const noexcept { return ptr; }
  Buffer *operator->() const noexcept { return ptr; }
  explicit operator bool() const noexcept { return ptr; }
  /// True when nobody else holds the buffer: its memory may be overwritten.
  bool unique() const noexcept { return ptr && ptr->refs.load(std::memory_order_acquire) == 1; }

private:
  Buffer *ptr = nullptr;
};

/// Wraps memory of the user's; `deleter` runs on the last release.
BufferPtr wrapForeign(void *data, size_t bytes, std::function<void(void *)> deleter);

} // namespace mx::rt
