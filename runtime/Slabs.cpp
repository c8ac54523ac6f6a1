// First fit by address with free ranges joined: blocks of long life gather, and slabs at the end empty. Under ASan
// memory that is not handed out is forbidden, and a forbidden gap follows each block.
#include "runtime/Slabs.h"

#include "runtime/Regions.h"
#include "runtime/base/Asan.h"

#include <algorithm>

namespace mx::rt {
namespace {

/// The first slab; each further one is as large as all before it, up to the limit.
constexpr size_t kFirstSlab = size_t(4) << 20, kLargestSlab = size_t(64) << 20;

#ifdef MX_ASAN
constexpr size_t kGap = Slabs::kAlignment;
#else
constexpr size_t kGap = 0;
#endif

} // namespace

void *Slabs::Slab::take(size_t bytes) {
  if (bytes > largestFree)
    return nullptr;
  size_t largest = 0;
  for (auto it = free.begin(); it != free.end(); ++it) {
    auto [offset, room] = *it;
    if (room < bytes) {
      largest = std::max(largest, room);
      continue;
    }
    free.erase(it);
    if (room > bytes)
      free.emplace(offset + bytes, room - bytes);
    return region->data + offset;
  }
  largestFree = largest;
  return nullptr;
}

void Slabs::Slab::give(size_t offset, size_t bytes) {
  auto after = free.lower_bound(offset);
  if (after != free.begin()) {
    auto before = std::prev(after);
    if (before->first + before->second == offset) {
      offset = before->first;
      bytes += before->second;
      free.erase(before);
    }
  }
  if (after != free.end() && offset + bytes == after->first) {
    bytes += after->second;
    free.erase(after);
  }
  free.emplace(offset, bytes);
  largestFree = std::max(largestFree, bytes);
}

Slabs::Slab *Slabs::add(size_t atLeast) {
  size_t all = 0;
  for (auto &[address, slab] : slabs)
    all += slab.region->bytes;
  for (size_t bytes = std::clamp(all, kFirstSlab, kLargestSlab); bytes >= atLeast; bytes /= 2) {
    Region *region = mapRegion(bytes, /*oneBlock=*/false);
    if (!region)
      continue;
    asanPoison(region->data, bytes);
    return &slabs.emplace(region->data, Slab{region, {{0, bytes}}, bytes}).first->second;
  }
  return nullptr;
}

void *Slabs::allocate(size_t bytes) {
  std::lock_guard guard(mutex);
  void *memory = nullptr;
  for (auto it = slabs.begin(); it != slabs.end() && !memory; ++it)
    memory = it->second.take(bytes + kGap);
  if (!memory)
    if (Slab *fresh = add(bytes + kGap))
      memory = fresh->take(bytes + kGap);
  if (memory)
    asanUnpoison(memory, bytes);
  return memory;
}

void Slabs::release(void *memory, size_t bytes) noexcept {
  asanPoison(memory, bytes);
  std::lock_guard guard(mutex);
  auto it = std::prev(slabs.upper_bound(memory));
  Slab &slab = it->second;
  slab.give(static_cast<size_t>(static_cast<std::byte *>(memory) - slab.region->data), bytes + kGap);
  if (slab.free.begin()->second != slab.region->bytes)
    return;
  asanUnpoison(slab.region->data, slab.region->bytes);
  unmapRegion(slab.region);
  slabs.erase(it);
}

} // namespace mx::rt
