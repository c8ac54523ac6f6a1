// What a physical device has, asked once: the properties that code generation sees and the facts that the runtime
// needs.
#pragma once

#include "runtime/GpuProperties.h"
#include "runtime/vulkan/Instance.h"
#include "runtime/vulkan/Ticks.h"

#include <array>

namespace mx::rt::vulkan {

struct Physical {
  VkPhysicalDevice handle = VK_NULL_HANDLE;
  /// The arithmetic ones are filled in by probing.
  GpuProperties properties;
  /// Why it cannot be used; empty when it can.
  std::string unusable;
  /// The driver in words.
  std::string driver;
  /// Vulkan's numbers of the maker and the model.
  uint32_t vendor = 0, model = 0;
  /// What the driver's pipeline caches begin with: another driver, another one.
  std::array<uint8_t, VK_UUID_SIZE> cacheIdentifier{};
  uint32_t queueFamily = 0, queueCount = 0;
  VkPhysicalDeviceMemoryProperties memory{};
  /// The largest single allocation, and the largest number of workgroups along y.
  uint64_t allocationBytes = 0;
  int64_t workgroupCountY = 0;
  /// Host memory can be imported at multiples of this; 0 when it cannot.
  uint64_t importAlignment = 0;
  bool pushDescriptors = false;
  Ticks ticks;
  /// The driver reads the clock of timestamps and CLOCK_MONOTONIC at once.
  bool calibratedTimestamps = false;
  /// Subgroups come in several sizes unless a pipeline asks for one.
  bool subgroupSizeVaries = false;
  /// Features to enable.
  VkPhysicalDeviceFeatures features{};
  VkPhysicalDeviceVulkan11Features features11 =
      structure<VkPhysicalDeviceVulkan11Features>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES);
  VkPhysicalDeviceVulkan12Features features12 =
      structure<VkPhysicalDeviceVulkan12Features>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES);
};

/// Never fails: a device that lacks something says so in `unusable`.
Physical examine(const Api &vk, VkPhysicalDevice device);

/// "discrete", "integrated", ...
const char *nameOf(GpuProperties::Type type);

} // namespace mx::rt::vulkan
