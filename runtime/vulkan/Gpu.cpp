// Making the logical device, and the one place where results of Vulkan become errors.
#include "runtime/vulkan/Gpu.h"

#include "runtime/DiskCache.h"
#include "runtime/base/Fork.h"

namespace mx::rt::vulkan {
namespace {

MemoryPolicy choosePolicy(const Physical &p, MemoryPolicy wanted) {
  if (wanted != MemoryPolicy::automatic)
    return wanted;
  if (!p.importAlignment)
    return MemoryPolicy::copy;
  return p.properties.unifiedMemory ? MemoryPolicy::shared : MemoryPolicy::migrate;
}

} // namespace

Gpu::Gpu(std::shared_ptr<Instance> owner, Physical facts)
    : vk(owner->api()), instance(std::move(owner)), physical(std::move(facts)), generation(forkGeneration()) {}

Result<GpuPtr> Gpu::create(std::shared_ptr<Instance> instance, Physical facts, const Options &options) {
  GpuPtr gpu(new Gpu(std::move(instance), std::move(facts)));
  Physical &p = gpu->physical;
  // The layers' checks inside of shaders take pushed descriptors for missing ones.
  p.pushDescriptors &= options.pushDescriptors && !gpu->instance->validatesShaders();
  // They bind up to four buffers of their own, which the limits that they report leave out; past it lavapipe crashes.
  if (gpu->instance->validatesShaders())
    p.properties.storageBuffers = std::max<int64_t>(p.properties.storageBuffers - 4, 1);
  if (!options.timestamps)
    p.ticks.bits = 0;
  p.calibratedTimestamps &= options.calibratedTimestamps && p.ticks.bits;
  if (options.storageBufferRange)
    p.properties.storageBufferRange = options.storageBufferRange;
  if (options.workgroupCount)
    p.properties.workgroupCount = options.workgroupCount;
  if (options.allocationBytes)
    p.allocationBytes = static_cast<uint64_t>(options.allocationBytes);
  gpu->memory = choosePolicy(p, options.memory);
  gpu->pipelines = options.pipelines ? options.pipelines : &DiskCache::instance();
  if (gpu->memory == MemoryPolicy::copy)
    p.importAlignment = 0;
  p.properties.unifiedMemory = gpu->memory == MemoryPolicy::shared;

  std::vector<const char *> extensions;
  if (p.importAlignment)
    extensions.push_back(VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME);
  if (p.pushDescriptors)
    extensions.push_back(VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME);
  if (p.calibratedTimestamps)
    extensions.push_back(VK_EXT_CALIBRATED_TIMESTAMPS_EXTENSION_NAME);
  auto sizes = structure<VkPhysicalDeviceSubgroupSizeControlFeatures>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES);
  sizes.subgroupSizeControl = VK_TRUE;
  VkPhysicalDeviceVulkan12Features features12 = p.features12;
  VkPhysicalDeviceVulkan11Features features11 = p.features11;
  features11.pNext = &features12;
  if (p.subgroupSizeVaries) {
    extensions.push_back(VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME);
    features12.pNext = &sizes;
  }
  std::vector<float> priorities(p.queueCount, 1.0f);
  auto queues = structure<VkDeviceQueueCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO);
  queues.queueFamilyIndex = p.queueFamily;
  queues.queueCount = p.queueCount;
  queues.pQueuePriorities = priorities.data();
  auto info = structure<VkDeviceCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO);
  info.pNext = &features11;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queues;
  info.enabledExtensionCount = static_cast<uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  info.pEnabledFeatures = &p.features;
  if (VkResult r = gpu->vk.CreateDevice(p.handle, &info, nullptr, &gpu->device); r != VK_SUCCESS) {
    gpu->device = VK_NULL_HANDLE;
    return Error{ErrorCode::device, "vkCreateDevice failed: " + nameOf(r)};
  }
  if (Status s = gpu->vk.loadDevice(gpu->device); !s)
    return s.error();
  return gpu;
}

Gpu::~Gpu() {
  if (device && vk.DestroyDevice && ours())
    vk.DestroyDevice(device, nullptr);
}

Error Gpu::failure(VkResult result, const std::string &what) {
  switch (result) {
  case VK_ERROR_DEVICE_LOST:
    lost.store(true);
    return {ErrorCode::device, what + ": the device " + physical.properties.name + " was lost; the CPU still works"};
  case VK_ERROR_OUT_OF_HOST_MEMORY:
  case VK_ERROR_OUT_OF_DEVICE_MEMORY:
  case VK_ERROR_TOO_MANY_OBJECTS: return {ErrorCode::outOfMemory, what + ": " + nameOf(result)};
  default: return {ErrorCode::device, what + ": " + nameOf(result)};
  }
}

Status Gpu::usable() const {
  if (!ours())
    return Error{ErrorCode::device,
                 "the device " + physical.properties.name + " belongs to the parent of this forked process"};
  if (lost.load(std::memory_order_relaxed))
    return Error{ErrorCode::device, "the device " + physical.properties.name + " was lost; the CPU still works"};
  return {};
}

Result<uint32_t> Gpu::memoryType(uint32_t bits, bool hostVisible) const {
  const VkPhysicalDeviceMemoryProperties &memory = physical.memory;
  const VkMemoryPropertyFlags wanted = hostVisible
                                           ? VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT
                                           : VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
  const VkMemoryPropertyFlags better = hostVisible ? VK_MEMORY_PROPERTY_HOST_CACHED_BIT : 0;
  for (VkMemoryPropertyFlags flags : {wanted | better, wanted})
    for (uint32_t i = 0; i < memory.memoryTypeCount; ++i)
      if ((bits >> i & 1) && (memory.memoryTypes[i].propertyFlags & flags) == flags)
        return i;
  return Error{ErrorCode::device, "the device " + physical.properties.name + " has no memory type for " +
                                      (hostVisible ? "buffers that the host sees" : "buffers of its own")};
}

bool Gpu::ours() const { return generation == forkGeneration(); }

} // namespace mx::rt::vulkan
