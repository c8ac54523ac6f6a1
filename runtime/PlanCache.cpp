// A linear search over eight entries: cheaper than a hash of the sizes.
#include "runtime/PlanCache.h"

#include <algorithm>
#include <mutex>

namespace mx::rt {

std::shared_ptr<const ArenaLayout> PlanCache::find(std::span<const int64_t> sizes) const {
  std::lock_guard guard(lock);
  for (Entry &e : entries) {
    if (e.layout && std::ranges::equal(e.sizes, sizes)) {
      e.lastUse = ++uses;
      return e.layout;
    }
  }
  return nullptr;
}

void PlanCache::insert(std::span<const int64_t> sizes, std::shared_ptr<const ArenaLayout> layout) const {
  // Made and destroyed outside the lock.
  Entry entry{{sizes.begin(), sizes.end()}, std::move(layout), 0};
  {
    std::lock_guard guard(lock);
    Entry &oldest = *std::ranges::min_element(entries, {}, &Entry::lastUse);
    entry.lastUse = ++uses;
    std::swap(oldest, entry);
  }
}

} // namespace mx::rt
