// The host's caching allocator. Each size class has a list of free blocks under a spin lock of its own; a
// block keeps its Buffer, so that reuse touches nothing else. What one would get wrong: the memory of a block
// is first touched page by page at 0.39 ms per MiB, so recycling, not carving, is what makes it fast.
#include "runtime/Allocator.h"
#include "runtime/Regions.h"
#include "runtime/SizeClass.h"
#include "runtime/Slabs.h"
#include "runtime/base/Asan.h"
#include "runtime/base/Env.h"
#include "runtime/base/HostInfo.h"
#include "runtime/base/SpinLock.h"

#include <algorithm>
#include <array>
#include <limits>
#include <mutex>
#include <new>
#include <pthread.h>
#include <string>

namespace mx::rt {
namespace {

using namespace sizeclass;

/// A block of the allocator: the Buffer users see and the link of the free list. Small blocks have it in the 64
/// bytes before their data, large ones, which are regions, apart.
struct Block : Buffer {
  Block *next = nullptr;
  /// Null for a small block.
  Region *region = nullptr;
  uint32_t classIndex = 0;
};
static_assert(sizeof(Block) <= kQuantum && Slabs::kAlignment == kQuantum, "a small block's header is one cache line");

/// The free blocks of one size.
struct alignas(64) FreeList {
  SpinLock lock;
  Block *head = nullptr;
  /// The allocator's clock at the last use, for eviction.
  uint64_t lastUse = 0;
};

std::string inWords(size_t bytes) {
  if (bytes == std::numeric_limits<size_t>::max())
    return "none";
  return std::to_string(bytes) + " bytes";
}

class HostAllocator final : public Allocator {
public:
  HostAllocator() {
    size_t usable = usableMemoryBytes();
    auto wanted = envBytes(EnvVar::MemoryLimit);
    limit = wanted ? static_cast<size_t>(*wanted) : usable;
    // Half: what is cached is lost to the rest of the process.
    cacheLimit = usable / 2;
    gate = limit.load();
  }

  Result<BufferPtr> allocate(size_t bytes) override {
    // Refused before it is counted: a hopeless request must not make others fail.
    if (bytes > kMaxBytes || bytes > limit.load(std::memory_order_relaxed)) [[unlikely]]
      return outOfMemory(bytes);
    uint32_t index = indexOf(bytes);
    size_t blockBytes = bytesOf(index);
    size_t now = active.fetch_add(blockBytes, std::memory_order_relaxed) + blockBytes;
    if (now <= gate.load(std::memory_order_relaxed)) [[likely]] {
      if (Block *b = pop(index)) [[likely]]
        return handOut(b, now);
    }
    return allocateSlow(bytes, index, now);
  }

  void release(Buffer *buffer) noexcept override {
    auto *b = static_cast<Block *>(buffer);
    // Whoever has the block next finds no contents of a device's in it.
    if (b->region)
      (void)hostAccess(b->data, HostUse::forget);
    // Counted before it is pushed: from then on another thread may use or free it.
    size_t now = active.fetch_sub(b->bytes, std::memory_order_relaxed) - b->bytes;
    push(b);
    size_t held = reserved.load(std::memory_order_relaxed);
    if (held > now && held - now > cacheLimit.load(std::memory_order_relaxed)) [[unlikely]]
      shrinkCache(cacheLimit.load(std::memory_order_relaxed));
  }

  size_t activeBytes() const override { return active.load(std::memory_order_relaxed); }
  size_t peakBytes() const override { return peak.load(std::memory_order_relaxed); }
  void resetPeak() override { peak.store(activeBytes(), std::memory_order_relaxed); }
  size_t cacheBytes() const override {
    size_t held = reserved.load(std::memory_order_relaxed), used = activeBytes();
    return held > used ? held - used : 0;
  }
  size_t memoryLimit() const override { return limit.load(std::memory_order_relaxed); }
  size_t setMemoryLimit(size_t bytes) override {
    size_t former = limit.exchange(bytes);
    updateGate();
    return former;
  }
  size_t setCacheLimit(size_t bytes) override {
    size_t former = cacheLimit.exchange(bytes);
    shrinkCache(bytes);
    return former;
  }
  void clearCache() override { shrinkCache(0); }
  uint64_t systemAllocations() const override { return systemCalls.load(std::memory_order_relaxed); }
  void failAllocation(uint64_t n) override {
    failCountdown.store(n);
    updateGate();
  }

  /// Around fork: the child must not inherit a list that another thread was changing.
  void lockAll() {
    for (FreeList &l : lists)
      l.lock.lock();
    slabs.lock();
    lockRegions();
  }
  void unlockAll() {
    unlockRegions();
    slabs.unlock();
    for (FreeList &l : lists)
      l.lock.unlock();
  }

private:
  /// Asks the system for a block; null when it refuses.
  Block *make(uint32_t classIndex) {
    size_t bytes = bytesOf(classIndex);
    Block *b = nullptr;
    if (bytes < kLargeBytes) {
      void *memory = slabs.allocate(kQuantum + bytes);
      if (!memory)
        return nullptr;
      b = new (memory) Block;
      b->data = static_cast<std::byte *>(memory) + kQuantum;
    } else {
      Region *region = mapRegion(bytes, /*oneBlock=*/true);
      if (!region)
        return nullptr;
      b = new (std::nothrow) Block;
      if (!b) {
        unmapRegion(region);
        return nullptr;
      }
      b->data = region->data;
      b->region = region;
    }
    b->bytes = bytes;
    b->classIndex = classIndex;
    b->owner = this;
    return b;
  }

  void unmake(Block *b) {
    asanUnpoison(b->data, b->bytes);
    if (!b->region)
      return slabs.release(b, kQuantum + b->bytes);
    unmapRegion(b->region);
    delete b;
  }

  Result<BufferPtr> handOut(Block *b, size_t now) {
    // Under ASan the memory of a cached block is as forbidden as if it had been freed.
    asanUnpoison(b->data, b->bytes);
    size_t high = peak.load(std::memory_order_relaxed);
    while (now > high && !peak.compare_exchange_weak(high, now, std::memory_order_relaxed)) {
    }
    return BufferPtr::adopt(b);
  }

  Block *pop(uint32_t index) {
    FreeList &l = lists[index];
    std::lock_guard guard(l.lock);
    Block *b = l.head;
    if (b) {
      l.head = b->next;
      l.lastUse = clock.load(std::memory_order_relaxed);
    }
    return b;
  }

  void push(Block *b) {
    asanPoison(b->data, b->bytes);
    FreeList &l = lists[b->classIndex];
    std::lock_guard guard(l.lock);
    b->next = l.head;
    l.head = b;
    l.lastUse = clock.load(std::memory_order_relaxed);
  }

  /// Everything but a hit in the cache: the limit, an armed failure, the system. `now` already counts this block.
  [[gnu::noinline]] Result<BufferPtr> allocateSlow(size_t bytes, uint32_t index, size_t now) {
    size_t blockBytes = bytesOf(index);
    if (now > limit.load() || takeArmedFailure()) {
      active.fetch_sub(blockBytes, std::memory_order_relaxed);
      return outOfMemory(bytes);
    }
    Block *b = pop(index);
    if (!b) {
      makeRoom(blockBytes);
      b = make(index);
      if (!b) {
        clearCache();
        b = make(index);
      }
      if (!b) {
        active.fetch_sub(blockBytes, std::memory_order_relaxed);
        return outOfMemory(bytes);
      }
      reserved.fetch_add(blockBytes, std::memory_order_relaxed);
      systemCalls.fetch_add(1, std::memory_order_relaxed);
      clock.fetch_add(1, std::memory_order_relaxed);
    }
    return handOut(b, now);
  }

  /// Shrinks the cache so that `blockBytes` more from the system stay within the memory limit.
  void makeRoom(size_t blockBytes) {
    size_t held = reserved.load(std::memory_order_relaxed) + blockBytes, allowed = limit.load();
    if (held > allowed) {
      size_t cached = cacheBytes();
      shrinkCache(cached - std::min(cached, held - allowed));
    }
  }

  /// Gives cached blocks back, the sizes longest out of use first, until at most `target` bytes are cached.
  [[gnu::noinline]] void shrinkCache(size_t target) {
    while (cacheBytes() > target) {
      FreeList *oldest = nullptr;
      uint64_t oldestUse = std::numeric_limits<uint64_t>::max();
      for (FreeList &l : lists) {
        std::lock_guard guard(l.lock);
        if (l.head && l.lastUse < oldestUse) {
          oldest = &l;
          oldestUse = l.lastUse;
        }
      }
      if (!oldest)
        return;
      while (cacheBytes() > target) {
        Block *b = nullptr;
        {
          std::lock_guard guard(oldest->lock);
          b = oldest->head;
          if (b)
            oldest->head = b->next;
        }
        if (!b)
          break;
        reserved.fetch_sub(b->bytes, std::memory_order_relaxed);
        unmake(b);
      }
    }
  }

  Error outOfMemory(size_t bytes) const {
    return {ErrorCode::outOfMemory, "[allocate] cannot allocate " + inWords(bytes) + ": " + inWords(activeBytes()) +
                                        " are in use, " + inWords(cacheBytes()) + " are cached, the memory limit is " +
                                        inWords(memoryLimit())};
  }

  void updateGate() { gate.store(failCountdown.load() ? 0 : limit.load()); }

  bool takeArmedFailure() {
    uint64_t left = failCountdown.load();
    while (left && !failCountdown.compare_exchange_weak(left, left - 1)) {
    }
    if (left == 1)
      updateGate();
    return left == 1;
  }

  std::array<FreeList, kNumClasses> lists;
  Slabs slabs;
  /// Bytes handed out, and bytes held from the system; what lies between them is the cache.
  alignas(64) std::atomic<size_t> active{0};
  std::atomic<size_t> peak{0};
  /// Read often, written seldom.
  alignas(64) std::atomic<size_t> reserved{0};
  std::atomic<size_t> limit, cacheLimit;
  /// Allocations that would lift `active` beyond this take the slow path: the limit, or 0 while a failure is armed.
  std::atomic<size_t> gate;
  std::atomic<uint64_t> failCountdown{0};
  std::atomic<uint64_t> systemCalls{0};
  /// Advances with each request to the system: the time by which eviction tells old from new.
  std::atomic<uint64_t> clock{1};
};

} // namespace

namespace {

/// Leaked on purpose: buffers outlive static destructors.
HostAllocator &instance() {
  static HostAllocator *allocator = [] {
    auto *a = new HostAllocator;
    pthread_atfork([] { instance().lockAll(); }, [] { instance().unlockAll(); }, [] { instance().unlockAll(); });
    return a;
  }();
  return *allocator;
}

} // namespace

Allocator &hostAllocator() { return instance(); }

} // namespace mx::rt
