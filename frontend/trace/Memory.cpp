// The allocator's statistics and limits under their public names.
#include "frontend/include/mx/memory.h"

#include "runtime/Allocator.h"

#include <atomic>

namespace mx {

size_t get_active_memory() { return rt::hostAllocator().activeBytes(); }
size_t get_peak_memory() { return rt::hostAllocator().peakBytes(); }
void reset_peak_memory() { rt::hostAllocator().resetPeak(); }
size_t get_cache_memory() { return rt::hostAllocator().cacheBytes(); }
size_t set_memory_limit(size_t limit) { return rt::hostAllocator().setMemoryLimit(limit); }
size_t get_memory_limit() { return rt::hostAllocator().memoryLimit(); }
size_t set_cache_limit(size_t limit) { return rt::hostAllocator().setCacheLimit(limit); }
void clear_cache() { rt::hostAllocator().clearCache(); }

size_t set_wired_limit(size_t limit) {
  static std::atomic<size_t> current{0};
  return current.exchange(limit);
}

} // namespace mx
