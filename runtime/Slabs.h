// Small blocks of the host allocator, carved from regions of a few MiB so that a device imports many with one. A slab
// goes back to the system when nothing is left in it.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

namespace mx::rt {

struct Region;

/// Ranges of memory in slabs. The slow path behind a cache. Thread-safe.
class Slabs {
public:
  /// `bytes` bytes, a multiple of kAlignment and below the size of a slab, aligned to it; null when the system refuses.
  void *allocate(size_t bytes);
  /// Takes back what allocate gave.
  void release(void *memory, size_t bytes) noexcept;
  /// Around fork.
  void lock() { mutex.lock(); }
  void unlock() { mutex.unlock(); }

  static constexpr size_t kAlignment = 64;

private:
  struct Slab {
    Region *region = nullptr;
    /// Free ranges that do not touch: bytes by offset.
    std::map<size_t, size_t> free;
    /// No free range is larger.
    size_t largestFree = 0;

    /// A range, first fit; null when none is large enough.
    void *take(size_t bytes);
    void give(size_t offset, size_t bytes);
  };

  Slab *add(size_t atLeast);

  std::mutex mutex;
  /// By address of the slab.
  std::map<const void *, Slab> slabs;
};

} // namespace mx::rt
