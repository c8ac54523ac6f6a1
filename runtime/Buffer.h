// Reference-counted memory that host and devices see at one address. A Buffer is the only owner of
// array data; arrays, programs and user code hold BufferPtr.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace mx::rt {

class Allocator;

/// One allocation. Created by an Allocator or around memory of the user's.
struct Buffer {
  void *data = nullptr;
  /// Usable bytes (at least what was asked for).
  size_t bytes = 0;
  /// The allocator that takes the memory back; null for foreign memory.
  Allocator *owner = nullptr;
  std::atomic<uint32_t> refs{0};
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
  /// The first owner of a buffer that no other thread has seen.
  static BufferPtr adopt(Buffer *fresh) noexcept {
    fresh->refs.store(1, std::memory_order_relaxed);
    BufferPtr p;
    p.ptr = fresh;
    return p;
  }
  void reset() noexcept {
    Buffer *b = std::exchange(ptr, nullptr);
    // A sole owner needs no atomic subtraction: nobody is left who could add a reference.
    if (b && (b->refs.load(std::memory_order_acquire) == 1 || b->refs.fetch_sub(1, std::memory_order_acq_rel) == 1))
      destroy(b);
  }
  Buffer *get() const noexcept { return ptr; }
  Buffer *operator->() const noexcept { return ptr; }
  explicit operator bool() const noexcept { return ptr; }
  /// True when nobody else holds the buffer: its memory may be overwritten.
  bool unique() const noexcept { return ptr && ptr->refs.load(std::memory_order_acquire) == 1; }

private:
  Buffer *ptr = nullptr;
};

/// Wraps memory of the user's; `deleter` (which may be empty) runs on the last release.
BufferPtr wrapForeign(void *data, size_t bytes, std::function<void(void *)> deleter);

} // namespace mx::rt
