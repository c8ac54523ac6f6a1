// The entry points of Vulkan that the runtime calls, found at run time: nothing links libvulkan. A table is a value, so
// a test replaces single pointers in the one of its device.
#pragma once

#include "runtime/base/Status.h"

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan_core.h>

namespace mx::rt::vulkan {

// Every entry is a function without its `vk`. Those with an instance or a device as the first argument are looked up
// once it exists; those of extensions may be absent.
// clang-format off
#define MX_VULKAN_GLOBAL(X) X(CreateInstance) X(EnumerateInstanceLayerProperties)
#define MX_VULKAN_INSTANCE(X) \
  X(DestroyInstance) X(EnumeratePhysicalDevices) X(EnumerateDeviceExtensionProperties) X(GetPhysicalDeviceProperties) \
  X(GetPhysicalDeviceProperties2) X(GetPhysicalDeviceFeatures2) X(GetPhysicalDeviceMemoryProperties) \
  X(GetPhysicalDeviceQueueFamilyProperties) X(CreateDevice) X(GetDeviceProcAddr)
#define MX_VULKAN_INSTANCE_OPTIONAL(X) X(GetPhysicalDeviceCalibrateableTimeDomainsEXT)
#define MX_VULKAN_DEVICE(X) \
  X(DestroyDevice) X(DeviceWaitIdle) X(GetDeviceQueue) X(QueueSubmit) X(AllocateMemory) X(FreeMemory) X(MapMemory) \
  X(CreateBuffer) X(DestroyBuffer) X(GetBufferMemoryRequirements) X(BindBufferMemory) X(GetBufferDeviceAddress) \
  X(CreateShaderModule) X(DestroyShaderModule) X(CreateDescriptorSetLayout) X(DestroyDescriptorSetLayout) \
  X(CreatePipelineLayout) X(DestroyPipelineLayout) X(CreateComputePipelines) X(DestroyPipeline) \
  X(CreatePipelineCache) X(GetPipelineCacheData) X(DestroyPipelineCache) \
  X(CreateDescriptorPool) X(DestroyDescriptorPool) X(ResetDescriptorPool) X(AllocateDescriptorSets) \
  X(UpdateDescriptorSets) X(CreateCommandPool) X(DestroyCommandPool) X(ResetCommandPool) X(AllocateCommandBuffers) \
  X(BeginCommandBuffer) X(EndCommandBuffer) X(CmdBindPipeline) X(CmdBindDescriptorSets) X(CmdPushConstants) \
  X(CmdDispatch) X(CmdPipelineBarrier) X(CmdCopyBuffer) X(CreateSemaphore) X(DestroySemaphore) X(WaitSemaphores) \
  X(CreateQueryPool) X(DestroyQueryPool) X(GetQueryPoolResults) X(CmdResetQueryPool) X(CmdWriteTimestamp)
#define MX_VULKAN_OPTIONAL(X) \
  X(CmdPushDescriptorSetKHR) X(GetMemoryHostPointerPropertiesEXT) X(GetCalibratedTimestampsEXT)

struct Api {
  PFN_vkGetInstanceProcAddr GetInstanceProcAddr = nullptr;
#define X(name) PFN_vk##name name = nullptr;
  MX_VULKAN_GLOBAL(X) MX_VULKAN_INSTANCE(X) MX_VULKAN_INSTANCE_OPTIONAL(X) MX_VULKAN_DEVICE(X) MX_VULKAN_OPTIONAL(X)
#undef X
  // clang-format on

  /// Fill in their part of the table; an error names the function that is missing.
  Status loadInstance(VkInstance instance);
  Status loadDevice(VkDevice device);
};

/// Opens a Vulkan loader, which stays open for the life of the process, and finds the global functions.
Result<Api> loadApi(const char *library);

/// A structure of Vulkan's, empty but for its type.
template <typename T> T structure(VkStructureType type) {
  T s{};
  s.sType = type;
  return s;
}

/// The name of a result, such as VK_ERROR_DEVICE_LOST.
std::string nameOf(VkResult result);

} // namespace mx::rt::vulkan
