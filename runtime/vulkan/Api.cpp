// Looking up Vulkan's functions. Those of a device come from the device, which spares the loader's dispatch at each call.
#include "runtime/vulkan/Api.h"

#include <dlfcn.h>

namespace mx::rt::vulkan {
namespace {

Error missing(const char *name) {
  return {ErrorCode::device, std::string("the Vulkan driver has no function vk") + name};
}

} // namespace

Result<Api> loadApi(const char *library) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *why = dlerror();
    return Error{ErrorCode::device, std::string("the Vulkan loader cannot be opened: ") + (why ? why : library)};
  }
  Api api;
  api.GetInstanceProcAddr = reinterpret_cast<PFN_vkGetInstanceProcAddr>(dlsym(handle, "vkGetInstanceProcAddr"));
  if (!api.GetInstanceProcAddr)
    return missing("GetInstanceProcAddr");
#define X(name) \
  api.name = reinterpret_cast<PFN_vk##name>(api.GetInstanceProcAddr(nullptr, "vk" #name)); \
  if (!api.name) \
    return missing(#name);
  MX_VULKAN_GLOBAL(X)
#undef X
  return api;
}

Status Api::loadInstance(VkInstance instance) {
#define X(name) name = reinterpret_cast<PFN_vk##name>(GetInstanceProcAddr(instance, "vk" #name));
  MX_VULKAN_INSTANCE(X) MX_VULKAN_INSTANCE_OPTIONAL(X)
#undef X
#define X(name) \
  if (!name) \
    return missing(#name);
  MX_VULKAN_INSTANCE(X)
#undef X
  return {};
}

Status Api::loadDevice(VkDevice device) {
#define X(name) name = reinterpret_cast<PFN_vk##name>(GetDeviceProcAddr(device, "vk" #name));
  MX_VULKAN_DEVICE(X) MX_VULKAN_OPTIONAL(X)
#undef X
#define X(name) \
  if (!name) \
    return missing(#name);
  MX_VULKAN_DEVICE(X)
#undef X
  return {};
}

std::string nameOf(VkResult result) {
  switch (result) {
#define X(name) \
  case name: return #name;
    X(VK_SUCCESS) X(VK_NOT_READY) X(VK_TIMEOUT) X(VK_INCOMPLETE)
    X(VK_ERROR_OUT_OF_HOST_MEMORY) X(VK_ERROR_OUT_OF_DEVICE_MEMORY) X(VK_ERROR_INITIALIZATION_FAILED) X(VK_ERROR_DEVICE_LOST)
    X(VK_ERROR_MEMORY_MAP_FAILED) X(VK_ERROR_LAYER_NOT_PRESENT) X(VK_ERROR_EXTENSION_NOT_PRESENT)
    X(VK_ERROR_FEATURE_NOT_PRESENT) X(VK_ERROR_INCOMPATIBLE_DRIVER) X(VK_ERROR_TOO_MANY_OBJECTS) X(VK_ERROR_FRAGMENTED_POOL)
    X(VK_ERROR_OUT_OF_POOL_MEMORY) X(VK_ERROR_INVALID_EXTERNAL_HANDLE) X(VK_ERROR_INVALID_OPAQUE_CAPTURE_ADDRESS)
    X(VK_ERROR_INVALID_SHADER_NV) X(VK_ERROR_UNKNOWN)
#undef X
  default: return "VkResult " + std::to_string(static_cast<int>(result));
  }
}

} // namespace mx::rt::vulkan
