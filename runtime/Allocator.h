// The caching allocator: freed blocks are kept by size class and handed out again, so that a steady
// state asks the system for nothing. Thread-safe.
#pragma once

#include "runtime/Buffer.h"
#include "runtime/base/Status.h"

namespace mx::rt {

/// Where buffers come from and go back to. Thread-safe.
class Allocator {
public:
  virtual ~Allocator() = default;
  /// At least `bytes` bytes, aligned to 64 (page-aligned from 1 MiB on). Zero bytes give a valid, unique buffer.
  /// Fails with outOfMemory when the system or the memory limit refuses; the message has size, limit and
  /// what is active. The cache is emptied before giving up.
  virtual Result<BufferPtr> allocate(size_t bytes) = 0;
  /// Takes a buffer back; called by the last BufferPtr.
  virtual void release(Buffer *buffer) noexcept = 0;

  /// Bytes in live buffers, padding to the size class included.
  virtual size_t activeBytes() const = 0;
  /// The largest activeBytes() since the start or the last resetPeak().
  virtual size_t peakBytes() const = 0;
  /// Lets peakBytes() start over from what is active.
  virtual void resetPeak() = 0;
  /// Bytes kept for later allocations.
  virtual size_t cacheBytes() const = 0;
  /// Limits activeBytes(). Returns the former limit. A limit below what is active takes effect at the next allocation.
  virtual size_t setMemoryLimit(size_t bytes) = 0;
  /// The limit in force: at first MX_MEMORY_LIMIT or the memory of the machine or container.
  virtual size_t memoryLimit() const = 0;
  /// Limits cacheBytes(). Returns the former limit. What the cache holds beyond it goes back to the system, least recently used first.
  virtual size_t setCacheLimit(size_t bytes) = 0;
  /// Gives all cached memory back to the system.
  virtual void clearCache() = 0;
  /// Times the system was asked for memory, ever: a steady state holds it still.
  virtual uint64_t systemAllocations() const = 0;
  /// Makes the n-th allocation from now on (1 is the next) fail once with outOfMemory; 0 disarms. For tests of
  /// what callers do then; costs nothing while disarmed.
  virtual void failAllocation(uint64_t n) = 0;
};

/// The host allocator, alive as long as the process.
Allocator &hostAllocator();

} // namespace mx::rt
