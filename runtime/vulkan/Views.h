// What the device makes of the host allocator's regions: imported in place, or, for large arrays of devices with memory
// of their own, a copy there that is brought up to date on demand.
#pragma once

#include "runtime/Regions.h"
#include "runtime/vulkan/Allocation.h"

#include <functional>
#include <mutex>

namespace mx::rt::vulkan {

/// Copies `bytes` bytes from place to place and waits.
using Copier = std::function<Status(Place from, Place to, size_t bytes)>;

/// One region. Thread-safe.
class View final : public RegionView {
public:
  View(const void *device, GpuPtr gpu, Region &region, const Copier &copier)
      : RegionView(device), gpu(std::move(gpu)), region(region), copier(copier) {}
  ~View() override;

  /// Imports the region, or makes the copy, by the device's policy.
  Status open();
  /// True when operands are read and written where the host has them.
  bool inPlace() const { return imported && !copy; }
  /// True when the region has a copy on the device; otherwise operands are copied for each call.
  bool hasCopy() const { return bool(copy); }
  /// The region's first byte, for the device.
  Place place() const { return copy ? copy->place() : imported->place(); }

  /// Brings the copy up to date.
  Status upload();
  /// The device wrote to the copy: it alone is valid.
  void written();
  Status fetch() override;
  void invalidate() override;

private:
  Status transfer(bool toDevice);
  void setCopyValid(bool valid);

  const GpuPtr gpu;
  Region &region;
  const Copier &copier;
  AllocationPtr imported, copy;
  std::mutex mutex;
  bool hostValid = true, copyValid = false;
};

} // namespace mx::rt::vulkan
