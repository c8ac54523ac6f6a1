// A Vulkan driver with one device that lacks something: compiled once for each lack, loaded by the real loader.
// FAKE_LACKS is one of VERSION (it has Vulkan 1.1), COMPUTE (no compute queue), TIMELINE (no timeline semaphores),
// DEVICE (vkCreateDevice fails), and INSTANCE (vkCreateInstance fails).
#include <cstdint>
#include <cstring>
#include <vulkan/vulkan_core.h>

namespace {

enum Lack { VERSION, COMPUTE, TIMELINE, DEVICE, INSTANCE };
constexpr Lack kLack = FAKE_LACKS;

/// What the loader expects at the start of a handle.
struct Dispatchable {
  uintptr_t loaderMagic = 0x01CDC0DE;
};
Dispatchable instance, physical;

template <typename Handle> Handle handleOf(Dispatchable &d) { return reinterpret_cast<Handle>(&d); }

VkResult createInstance(const VkInstanceCreateInfo *, const VkAllocationCallbacks *, VkInstance *result) {
  if (kLack == INSTANCE)
    return VK_ERROR_INITIALIZATION_FAILED;
  *result = handleOf<VkInstance>(instance);
  return VK_SUCCESS;
}
void destroyInstance(VkInstance, const VkAllocationCallbacks *) {}
VkResult noExtensions(const char *, uint32_t *count, VkExtensionProperties *) {
  *count = 0;
  return VK_SUCCESS;
}
VkResult noDeviceExtensions(VkPhysicalDevice, const char *, uint32_t *count, VkExtensionProperties *) {
  *count = 0;
  return VK_SUCCESS;
}
VkResult enumerate(VkInstance, uint32_t *count, VkPhysicalDevice *devices) {
  if (devices)
    *devices = handleOf<VkPhysicalDevice>(physical);
  *count = 1;
  return VK_SUCCESS;
}
void properties(VkPhysicalDevice, VkPhysicalDeviceProperties *p) {
  std::memset(p, 0, sizeof *p);
  p->apiVersion = kLack == VERSION ? VK_API_VERSION_1_1 : VK_API_VERSION_1_2;
  p->deviceType = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU;
  std::strcpy(p->deviceName, "fake");
  p->limits.minStorageBufferOffsetAlignment = 16;
}
void properties2(VkPhysicalDevice d, VkPhysicalDeviceProperties2 *p) { properties(d, &p->properties); }
void features(VkPhysicalDevice, VkPhysicalDeviceFeatures *f) { std::memset(f, 0, sizeof *f); }
void features2(VkPhysicalDevice d, VkPhysicalDeviceFeatures2 *f) {
  features(d, &f->features);
  for (auto *next = static_cast<VkBaseOutStructure *>(f->pNext); next; next = next->pNext)
    if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES)
      reinterpret_cast<VkPhysicalDeviceVulkan12Features *>(next)->timelineSemaphore = kLack != TIMELINE;
}
void memory(VkPhysicalDevice, VkPhysicalDeviceMemoryProperties *m) { std::memset(m, 0, sizeof *m); }
void families(VkPhysicalDevice, uint32_t *count, VkQueueFamilyProperties *f) {
  if (f) {
    *f = {};
    f->queueFlags = kLack == COMPUTE ? VK_QUEUE_TRANSFER_BIT : VK_QUEUE_COMPUTE_BIT;
    f->queueCount = 1;
  }
  *count = 1;
}
VkResult createDevice(VkPhysicalDevice, const VkDeviceCreateInfo *, const VkAllocationCallbacks *, VkDevice *) {
  return VK_ERROR_INITIALIZATION_FAILED;
}
/// Stands for what is asked for and never called.
void unused() {}

} // namespace

extern "C" {

__attribute__((visibility("default"))) VkResult vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version) {
  *version = 5;
  return VK_SUCCESS;
}

__attribute__((visibility("default"))) PFN_vkVoidFunction vk_icdGetInstanceProcAddr(VkInstance, const char *name) {
  struct Row {
    const char *name;
    PFN_vkVoidFunction function;
  };
#define X(name, function)                                                                                              \
  { name, reinterpret_cast<PFN_vkVoidFunction>(function) }
  static const Row rows[] = {X("vkCreateInstance", createInstance),
                             X("vkDestroyInstance", destroyInstance),
                             X("vkEnumerateInstanceExtensionProperties", noExtensions),
                             X("vkEnumerateDeviceExtensionProperties", noDeviceExtensions),
                             X("vkEnumeratePhysicalDevices", enumerate),
                             X("vkGetPhysicalDeviceProperties", properties),
                             X("vkGetPhysicalDeviceProperties2", properties2),
                             X("vkGetPhysicalDeviceFeatures", features),
                             X("vkGetPhysicalDeviceFeatures2", features2),
                             X("vkGetPhysicalDeviceMemoryProperties", memory),
                             X("vkGetPhysicalDeviceQueueFamilyProperties", families),
                             X("vkCreateDevice", createDevice),
                             X("vkGetPhysicalDeviceFormatProperties", unused),
                             X("vkGetPhysicalDeviceImageFormatProperties", unused),
                             X("vkGetPhysicalDeviceSparseImageFormatProperties", unused),
                             X("vkGetDeviceProcAddr", unused)};
#undef X
  for (const Row &row : rows)
    if (std::strcmp(row.name, name) == 0)
      return row.function;
  return nullptr;
}

} // extern "C"
