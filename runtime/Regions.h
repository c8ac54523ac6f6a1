// The host allocator's memory as the system gave it: regions of whole pages, which a device can import as a unit, and
// where the newest contents of a region lie. What one would get wrong: a region found by address stays valid only while
// a buffer in it is alive.
#pragma once

#include "runtime/base/Status.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace mx::rt {

/// What one device has made of a region. Destroyed before the region is unmapped or when its device goes.
class RegionView {
public:
  explicit RegionView(const void *device) : device(device) {}
  virtual ~RegionView() = default;
  /// Copies what the device alone has to the host.
  virtual Status fetch() = 0;
  /// The device's copy is out of date: its contents no longer count.
  virtual void invalidate() = 0;

  /// Whose it is.
  const void *const device;
  RegionView *next = nullptr;
};

/// Pages from the system.
struct Region {
  std::byte *data = nullptr;
  size_t bytes = 0;
  /// One block has it all; otherwise small blocks share it.
  bool oneBlock = false;
  /// A list that only grows while the region lives.
  std::atomic<RegionView *> views{nullptr};

  /// The view of a device, null when it has none.
  RegionView *view(const void *device) const;
  /// Adds a view; the caller sees to it that no device does so twice.
  void attach(RegionView *view);
};

/// Maps fresh, page-aligned memory; null when the system refuses.
Region *mapRegion(size_t bytes, bool oneBlock);
/// Drops the views and gives the memory back.
void unmapRegion(Region *region) noexcept;

/// The region that holds `address`, null for memory of others.
Region *findRegion(const void *address);

/// Drops all views of a device that goes.
void detachFromRegions(const void *device);
/// Around fork: the child must not inherit a table that another thread was changing.
void lockRegions();
void unlockRegions();

/// Regions whose contents a device keeps a valid copy of. 0 where memory is shared.
extern std::atomic<int64_t> deviceCopies;

/// What the host is about to do with memory.
enum class HostUse : uint8_t { read, write, forget };

/// The rare case of hostAccess.
Status hostAccessSlow(const void *address, HostUse use);

/// To be called before the host touches an array's memory: brings contents that only a device has, and after `write` or
/// `forget` (without fetching, for memory that is given up) the device's copy no longer counts. One branch where no
/// device keeps copies. Fails when the device does.
inline Status hostAccess(const void *address, HostUse use = HostUse::read) {
  if (deviceCopies.load(std::memory_order_relaxed) == 0) [[likely]]
    return {};
  return hostAccessSlow(address, use);
}

} // namespace mx::rt
