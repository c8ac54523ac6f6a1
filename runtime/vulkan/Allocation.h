// A buffer of Vulkan with memory of its own: made by the driver or imported from the host.
#pragma once

#include "runtime/vulkan/Gpu.h"

namespace mx::rt::vulkan {

/// Where an operand lies for the device.
struct Place {
  VkBuffer buffer = VK_NULL_HANDLE;
  VkDeviceSize offset = 0;
  /// Of `offset`; 0 where the device has no addresses.
  VkDeviceAddress address = 0;

  Place at(size_t bytes) const { return {buffer, offset + bytes, address ? address + bytes : 0}; }
};

/// Freed with the object, unless a fork has left it to the parent.
class Allocation {
public:
  /// Memory of the driver's, mapped when `hostVisible`.
  static Result<std::unique_ptr<Allocation>> create(GpuPtr gpu, size_t bytes, bool hostVisible);
  /// Memory of the host's, in whole pages, used in place.
  static Result<std::unique_ptr<Allocation>> import(GpuPtr gpu, void *data, size_t bytes);
  ~Allocation();
  Allocation(const Allocation &) = delete;
  Allocation &operator=(const Allocation &) = delete;

  Place place() const { return {buffer, 0, address}; }
  /// What the host sees; null unless it is mapped.
  std::byte *mapped = nullptr;
  const size_t bytes;

private:
  Allocation(GpuPtr gpu, size_t bytes) : bytes(bytes), gpu(std::move(gpu)) {}
  Status makeBuffer(const void *chain);
  /// Gives the buffer memory of one of `types` (a bit each); `chain` imports it.
  Status bind(uint32_t types, bool hostVisible, const void *chain);

  const GpuPtr gpu;
  VkBuffer buffer = VK_NULL_HANDLE;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  VkDeviceAddress address = 0;
};

using AllocationPtr = std::unique_ptr<Allocation>;

} // namespace mx::rt::vulkan
