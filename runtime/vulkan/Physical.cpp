// Reading properties, features, memory and queues of a device. Structures of Vulkan 1.2 are passed only to devices that
// know them.
#include "runtime/vulkan/Physical.h"

#include "runtime/ArenaPlan.h"

#include <algorithm>
#include <cstring>
#include <unistd.h>

namespace mx::rt::vulkan {
namespace {

using Type = GpuProperties::Type;

Type typeOf(VkPhysicalDeviceType type) {
  switch (type) {
  case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: return Type::discrete;
  case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: return Type::integrated;
  case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: return Type::virtualGpu;
  case VK_PHYSICAL_DEVICE_TYPE_CPU: return Type::cpu;
  default: return Type::other;
  }
}

std::string versionOf(uint32_t v) {
  return std::to_string(VK_API_VERSION_MAJOR(v)) + "." + std::to_string(VK_API_VERSION_MINOR(v));
}

/// The family with compute and the least else.
void chooseQueues(const Api &vk, Physical &p) {
  uint32_t count = 0;
  vk.GetPhysicalDeviceQueueFamilyProperties(p.handle, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vk.GetPhysicalDeviceQueueFamilyProperties(p.handle, &count, families.data());
  for (uint32_t i = 0; i < count; ++i) {
    const VkQueueFamilyProperties &f = families[i];
    if (!(f.queueFlags & VK_QUEUE_COMPUTE_BIT) || !f.queueCount)
      continue;
    if (p.queueCount && (f.queueFlags & VK_QUEUE_GRAPHICS_BIT))
      continue;
    p.queueFamily = i;
    p.queueCount = f.queueCount;
    p.ticks.bits = f.timestampValidBits;
  }
}

/// All memory is the device's own and the host's: nothing need ever be copied.
bool isUnified(const Physical &p) {
  if (p.properties.type == Type::cpu || p.properties.type == Type::integrated)
    return true;
  for (uint32_t i = 0; i < p.memory.memoryTypeCount; ++i) {
    VkMemoryPropertyFlags flags = p.memory.memoryTypes[i].propertyFlags;
    if (bool(flags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT) != bool(flags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT))
      return false;
  }
  return true;
}

bool hasExtension(const Api &vk, VkPhysicalDevice device, const char *name) {
  uint32_t count = 0;
  vk.EnumerateDeviceExtensionProperties(device, nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> all(count);
  vk.EnumerateDeviceExtensionProperties(device, nullptr, &count, all.data());
  all.resize(count);
  return std::ranges::any_of(all,
                             [&](const VkExtensionProperties &e) { return std::strcmp(e.extensionName, name) == 0; });
}

/// True when the device's clock and the one of traces can be read at once.
bool calibratesTimestamps(const Api &vk, VkPhysicalDevice device) {
  if (!hasExtension(vk, device, VK_EXT_CALIBRATED_TIMESTAMPS_EXTENSION_NAME) || !vk.GetPhysicalDeviceCalibrateableTimeDomainsEXT)
    return false;
  uint32_t count = 0;
  vk.GetPhysicalDeviceCalibrateableTimeDomainsEXT(device, &count, nullptr);
  std::vector<VkTimeDomainEXT> domains(count);
  vk.GetPhysicalDeviceCalibrateableTimeDomainsEXT(device, &count, domains.data());
  domains.resize(count);
  auto has = [&](VkTimeDomainEXT domain) { return std::ranges::find(domains, domain) != domains.end(); };
  return has(VK_TIME_DOMAIN_DEVICE_EXT) && has(VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT);
}

/// Keeps of the features that exist those that shaders or the runtime use.
void chooseFeatures(const Api &vk, Physical &p) {
  auto sizes = structure<VkPhysicalDeviceSubgroupSizeControlFeatures>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES);
  auto has12 = structure<VkPhysicalDeviceVulkan12Features>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES);
  auto has11 = structure<VkPhysicalDeviceVulkan11Features>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES);
  auto has = structure<VkPhysicalDeviceFeatures2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2);
  has.pNext = &has11;
  has11.pNext = &has12;
  if (hasExtension(vk, p.handle, VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME))
    has12.pNext = &sizes;
  vk.GetPhysicalDeviceFeatures2(p.handle, &has);
  p.features.shaderFloat64 = has.features.shaderFloat64;
  p.features.shaderInt64 = has.features.shaderInt64;
  p.features.shaderInt16 = has.features.shaderInt16;
  p.features11.storageBuffer16BitAccess = has11.storageBuffer16BitAccess;
  p.features12.storageBuffer8BitAccess = has12.storageBuffer8BitAccess;
  p.features12.shaderFloat16 = has12.shaderFloat16;
  p.features12.shaderInt8 = has12.shaderInt8;
  p.features12.shaderSubgroupExtendedTypes = has12.shaderSubgroupExtendedTypes;
  p.features12.timelineSemaphore = has12.timelineSemaphore;
  p.features12.bufferDeviceAddress = has12.bufferDeviceAddress;
  p.subgroupSizeVaries = sizes.subgroupSizeControl;
  GpuProperties &g = p.properties;
  g.float64 = has.features.shaderFloat64;
  g.int64 = has.features.shaderInt64;
  g.int16 = has.features.shaderInt16;
  g.float16 = has12.shaderFloat16;
  g.int8 = has12.shaderInt8;
  g.storage8 = has12.storageBuffer8BitAccess;
  g.storage16 = has11.storageBuffer16BitAccess;
  g.bufferAddress = has12.bufferDeviceAddress && has.features.shaderInt64;
  if (!has12.timelineSemaphore)
    p.unusable = "it has no timeline semaphores";
}

} // namespace

const char *nameOf(Type type) {
  switch (type) {
  case Type::discrete: return "discrete";
  case Type::integrated: return "integrated";
  case Type::virtualGpu: return "virtual";
  case Type::cpu: return "cpu";
  case Type::other: break;
  }
  return "other";
}

Physical examine(const Api &vk, VkPhysicalDevice device) {
  Physical p;
  p.handle = device;
  VkPhysicalDeviceProperties basic{};
  vk.GetPhysicalDeviceProperties(device, &basic);
  GpuProperties &g = p.properties;
  g.name = basic.deviceName;
  g.type = typeOf(basic.deviceType);
  p.vendor = basic.vendorID;
  p.model = basic.deviceID;
  std::copy(std::begin(basic.pipelineCacheUUID), std::end(basic.pipelineCacheUUID), p.cacheIdentifier.begin());
  if (basic.apiVersion < VK_API_VERSION_1_2) {
    p.unusable = "it has Vulkan " + versionOf(basic.apiVersion) + ", 1.2 is needed";
    return p;
  }
  chooseQueues(vk, p);
  if (!p.queueCount) {
    p.unusable = "it has no compute queue";
    return p;
  }
  chooseFeatures(vk, p);
  if (!p.unusable.empty())
    return p;
  vk.GetPhysicalDeviceMemoryProperties(device, &p.memory);
  g.unifiedMemory = isUnified(p);

  const bool canImport = hasExtension(vk, device, VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME);
  const bool canPush = hasExtension(vk, device, VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME);
  auto sizes = structure<VkPhysicalDeviceSubgroupSizeControlProperties>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES);
  auto push = structure<VkPhysicalDevicePushDescriptorPropertiesKHR>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PUSH_DESCRIPTOR_PROPERTIES_KHR);
  auto host = structure<VkPhysicalDeviceExternalMemoryHostPropertiesEXT>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_MEMORY_HOST_PROPERTIES_EXT);
  auto v12 = structure<VkPhysicalDeviceVulkan12Properties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES);
  auto v11 = structure<VkPhysicalDeviceVulkan11Properties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES);
  auto all = structure<VkPhysicalDeviceProperties2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2);
  void **end = &all.pNext;
  auto chain = [&end](auto &s) {
    *end = &s;
    end = &s.pNext;
  };
  chain(v11);
  chain(v12);
  if (canImport)
    chain(host);
  if (canPush)
    chain(push);
  if (p.subgroupSizeVaries)
    chain(sizes);
  vk.GetPhysicalDeviceProperties2(device, &all);

  const VkPhysicalDeviceLimits &limits = all.properties.limits;
  g.workgroupInvocations = std::min(limits.maxComputeWorkGroupInvocations, limits.maxComputeWorkGroupSize[0]);
  g.sharedMemoryBytes = limits.maxComputeSharedMemorySize;
  g.workgroupCount = limits.maxComputeWorkGroupCount[0];
  p.workgroupCountY = limits.maxComputeWorkGroupCount[1];
  g.subgroupSize = v11.subgroupSize;
  g.storageBufferRange = limits.maxStorageBufferRange;
  p.pushDescriptors = canPush;
  g.storageBuffers = std::min({limits.maxPerStageDescriptorStorageBuffers, limits.maxDescriptorSetStorageBuffers,
                               canPush ? push.maxPushDescriptors : UINT32_MAX});
  g.storageBufferAlignment = static_cast<int64_t>(limits.minStorageBufferOffsetAlignment);
  g.pushConstantBytes = limits.maxPushConstantsSize;
  p.ticks.ns = static_cast<double>(limits.timestampPeriod);
  p.calibratedTimestamps = p.ticks.bits && calibratesTimestamps(vk, device);
  const bool inCompute = v11.subgroupSupportedStages & VK_SHADER_STAGE_COMPUTE_BIT;
  g.subgroupArithmetic = inCompute && (v11.subgroupSupportedOperations & VK_SUBGROUP_FEATURE_ARITHMETIC_BIT);
  g.subgroupShuffle = inCompute && (v11.subgroupSupportedOperations & VK_SUBGROUP_FEATURE_SHUFFLE_BIT);
  g.signedZeroInfNanPreserve = v12.shaderSignedZeroInfNanPreserveFloat32;
  p.allocationBytes = v11.maxMemoryAllocationSize;
  p.driver = std::string(v12.driverName) + " " + v12.driverInfo + ", Vulkan " + versionOf(basic.apiVersion);
  // Regions are whole pages of the host.
  if (canImport && host.minImportedHostPointerAlignment <= static_cast<uint64_t>(sysconf(_SC_PAGESIZE)))
    p.importAlignment = host.minImportedHostPointerAlignment;
  p.subgroupSizeVaries = p.subgroupSizeVaries && sizes.minSubgroupSize != sizes.maxSubgroupSize &&
                         (sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT);
  if (g.storageBufferAlignment > kArenaAlignment)
    p.unusable = "its storage buffers begin at multiples of " + std::to_string(g.storageBufferAlignment) +
                 " bytes, arrays at " + std::to_string(kArenaAlignment);
  return p;
}

} // namespace mx::rt::vulkan
