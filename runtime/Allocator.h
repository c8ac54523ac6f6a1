// The caching allocator: freed blocks are kept by size class and handed out again, so that a steady
// state asks the system for nothing. Thread-safe.
#pragma once

#include "runtime/Buffer.h"
#include "runtime/base/Status.h"

namespace mx::rt {

class Allocator {
public:
  virtual ~Allocator() = default;
  /// At least `bytes` bytes, aligned to 64 (page-aligned from 1 MiB on). Zero bytes give a valid, unique buffer.
  /// Fails with outOfMemory when the system or the memory limit refuses; the message has size, limit and
  /// what is active. The cache is emptied before giving up.
  virtual Result<BufferPtr> allocate(size_t bytes) = 0;
  virtual void release(Buffer *buffer) noexcept = 0;

  virtual size_t activeBytes() const = 0;
  virtual size_t peakBytes() const = 0;
  virtual void resetPeak() = 0;
  virtual size_t cacheBytes() const = 0;
  /// Returns the former limit. A limit below what is active takes effect at the next allocation.
  virtual size_t setMemoryLimit(size_t bytes) = 0;
  virtual size_t memoryLimit() const = 0;
  virtual size_t setCacheLimit(size_t bytes) = 0;
  virtual void clearCache() = 0;
  /// Times the system was asked for memory, ever: a steady state holds it still.
  virtual uint64_t systemAllocations() const = 0;
};

/// The host allocator, alive as long as the process.
Allocator &hostAllocator();

} // namespace mx::rt
