// How a Vulkan device is to be used, where that can be forced: so that tests on one machine cover the ways of others.
#pragma once

#include <cstdint>

namespace mx::rt {
class DiskCache;
}

namespace mx::rt::vulkan {

/// How arrays reach the device.
enum class MemoryPolicy : uint8_t {
  automatic, ///< by what the device has
  shared,    ///< host memory is imported and used in place
  migrate,   ///< large arrays have a copy in the device's memory, small ones are used in place
  copy,      ///< nothing is imported: large arrays have a copy, small ones are copied for the call
};

struct Options {
  const char *library = "libvulkan.so.1";
  MemoryPolicy memory = MemoryPolicy::automatic;
  /// Push descriptors where the device has them; otherwise descriptor pools.
  bool pushDescriptors = true;
  /// Timestamps where the device has them, and readings of both clocks at once where the driver offers these.
  bool timestamps = true, calibratedTimestamps = true;
  /// Where pipelines are kept; null: the process's own.
  DiskCache *pipelines = nullptr;
  /// Pretend limits; 0 for the device's own.
  int64_t storageBufferRange = 0, workgroupCount = 0, allocationBytes = 0;
};

} // namespace mx::rt::vulkan
