// The table of regions, by address. Read by every call of a device, changed when the system gives or takes memory.
#include "runtime/Regions.h"

#include <map>
#include <mutex>
#include <new>
#include <sys/mman.h>

namespace mx::rt {
namespace {

struct Table {
  std::mutex mutex;
  /// By first address.
  std::map<uintptr_t, Region *> regions;
};

/// Leaked on purpose: buffers outlive static destructors.
Table &table() {
  static Table *t = new Table;
  return *t;
}

uintptr_t number(const void *address) { return reinterpret_cast<uintptr_t>(address); }

} // namespace

std::atomic<int64_t> deviceCopies{0};

RegionView *Region::view(const void *device) const {
  RegionView *v = views.load(std::memory_order_acquire);
  while (v && v->device != device)
    v = v->next;
  return v;
}

void Region::attach(RegionView *view) {
  view->next = views.load(std::memory_order_relaxed);
  while (!views.compare_exchange_weak(view->next, view, std::memory_order_release, std::memory_order_relaxed)) {
  }
}

Region *mapRegion(size_t bytes, bool oneBlock) {
  void *data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED)
    return nullptr;
  auto *region = new (std::nothrow) Region;
  if (!region) {
    munmap(data, bytes);
    return nullptr;
  }
  region->data = static_cast<std::byte *>(data);
  region->bytes = bytes;
  region->oneBlock = oneBlock;
  Table &t = table();
  std::lock_guard guard(t.mutex);
  t.regions.emplace(number(data), region);
  return region;
}

void unmapRegion(Region *region) noexcept {
  Table &t = table();
  RegionView *view = nullptr;
  {
    std::lock_guard guard(t.mutex);
    t.regions.erase(number(region->data));
    view = region->views.exchange(nullptr);
  }
  while (view)
    delete std::exchange(view, view->next);
  munmap(region->data, region->bytes);
  delete region;
}

Region *findRegion(const void *address) {
  Table &t = table();
  std::lock_guard guard(t.mutex);
  auto after = t.regions.upper_bound(number(address));
  if (after == t.regions.begin())
    return nullptr;
  Region *candidate = std::prev(after)->second;
  return number(address) - number(candidate->data) < candidate->bytes ? candidate : nullptr;
}

void detachFromRegions(const void *device) {
  Table &t = table();
  std::lock_guard guard(t.mutex);
  for (auto &[address, region] : t.regions) {
    RegionView *kept = nullptr;
    for (RegionView *v = region->views.exchange(nullptr); v;) {
      RegionView *next = v->next;
      if (v->device == device) {
        delete v;
      } else {
        v->next = kept;
        kept = v;
      }
      v = next;
    }
    region->views = kept;
  }
}

void lockRegions() { table().mutex.lock(); }
void unlockRegions() { table().mutex.unlock(); }

Status hostAccessSlow(const void *address, HostUse use) {
  Region *region = findRegion(address);
  for (RegionView *v = region ? region->views.load(std::memory_order_acquire) : nullptr; v; v = v->next) {
    if (use != HostUse::forget)
      if (Status s = v->fetch(); !s)
        return s;
    if (use != HostUse::read)
      v->invalidate();
  }
  return {};
}

} // namespace mx::rt
