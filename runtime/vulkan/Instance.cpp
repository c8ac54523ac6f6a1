// Making an instance. Portability drivers are left out; layers are asked for by MX_VALIDATE alone.
#include "runtime/vulkan/Instance.h"

#include "runtime/base/Env.h"
#include "runtime/base/Log.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mx::rt::vulkan {
namespace {

constexpr const char *kLayer = "VK_LAYER_KHRONOS_validation";

/// What the layers are to check.
struct Validation {
  bool wanted = false;
  std::vector<VkValidationFeatureEnableEXT> enables;
};

Result<Validation> wantedValidation() {
  Validation v;
  std::string text = envString(EnvVar::Validate).value_or("0");
  if (text == "0" || text == "1")
    return v;
  v.wanted = true;
  if (text == "sync")
    v.enables = {VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
  else if (text == "best")
    v.enables = {VK_VALIDATION_FEATURE_ENABLE_BEST_PRACTICES_EXT};
  else if (text == "gpu")
    v.enables = {VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_EXT,
                 VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_RESERVE_BINDING_SLOT_EXT};
  else if (text != "core")
    return Error{ErrorCode::device, "MX_VALIDATE='" + text + "' is none of 0, 1, core, sync, best, gpu"};
  return v;
}

Status checkLayer(const Api &vk) {
  uint32_t count = 0;
  vk.EnumerateInstanceLayerProperties(&count, nullptr);
  std::vector<VkLayerProperties> layers(count);
  vk.EnumerateInstanceLayerProperties(&count, layers.data());
  if (std::ranges::any_of(layers, [](const VkLayerProperties &l) { return std::strcmp(l.layerName, kLayer) == 0; }))
    return {};
  return Error{ErrorCode::device, "MX_VALIDATE asks for " + std::string(kLayer) + ", which is not installed"};
}

} // namespace

VkBool32 Instance::onMessage(VkDebugUtilsMessageSeverityFlagBitsEXT, VkDebugUtilsMessageTypeFlagsEXT,
                             const VkDebugUtilsMessengerCallbackDataEXT *data, void *self) {
  logMessage(LogLevel::error, data->pMessage);
  auto &instance = *static_cast<Instance *>(self);
  std::lock_guard guard(instance.mutex);
  if (!instance.complaint)
    instance.complaint = data->pMessage;
  return VK_FALSE;
}

Result<std::shared_ptr<Instance>> Instance::create(const char *library) {
  Result<Api> api = loadApi(library);
  if (!api)
    return api.error();
  std::shared_ptr<Instance> instance(new Instance);
  Api &vk = instance->vk = *api;
  Result<Validation> validation = wantedValidation();
  if (!validation)
    return validation.error();
  instance->assisted =
      !validation->enables.empty() && validation->enables[0] == VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_EXT;
  if (validation->wanted)
    if (Status s = checkLayer(vk); !s)
      return s.error();

  auto application = structure<VkApplicationInfo>(VK_STRUCTURE_TYPE_APPLICATION_INFO);
  application.pEngineName = "mx";
  application.apiVersion = VK_API_VERSION_1_2;
  auto messages =
      structure<VkDebugUtilsMessengerCreateInfoEXT>(VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT);
  messages.messageSeverity =
      VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  messages.messageType =
      VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT;
  messages.pfnUserCallback = onMessage;
  messages.pUserData = instance.get();
  auto features = structure<VkValidationFeaturesEXT>(VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT);
  features.enabledValidationFeatureCount = static_cast<uint32_t>(validation->enables.size());
  features.pEnabledValidationFeatures = validation->enables.data();
  const char *extension = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
  auto info = structure<VkInstanceCreateInfo>(VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO);
  info.pApplicationInfo = &application;
  if (validation->wanted) {
    info.pNext = &features;
    info.enabledLayerCount = info.enabledExtensionCount = 1;
    info.ppEnabledLayerNames = &kLayer;
    info.ppEnabledExtensionNames = &extension;
  }
  if (VkResult r = vk.CreateInstance(&info, nullptr, &instance->handle); r != VK_SUCCESS) {
    instance->handle = VK_NULL_HANDLE;
    if (r == VK_ERROR_INCOMPATIBLE_DRIVER)
      return Error{ErrorCode::device,
                   "there is no Vulkan driver that works (vkCreateInstance: VK_ERROR_INCOMPATIBLE_DRIVER)"};
    return Error{ErrorCode::device, "vkCreateInstance failed: " + nameOf(r)};
  }
  if (Status s = vk.loadInstance(instance->handle); !s)
    return s.error();
  if (validation->wanted) {
    auto create = reinterpret_cast<PFN_vkCreateDebugUtilsMessengerEXT>(
        vk.GetInstanceProcAddr(instance->handle, "vkCreateDebugUtilsMessengerEXT"));
    if (!create || create(instance->handle, &messages, nullptr, &instance->messenger) != VK_SUCCESS)
      return Error{ErrorCode::device, "the validation layers take no messenger"};
  }
  return instance;
}

Instance::~Instance() {
  if (!vk.DestroyInstance || generation != forkGeneration())
    return;
  if (messenger)
    if (auto destroy = reinterpret_cast<PFN_vkDestroyDebugUtilsMessengerEXT>(
            vk.GetInstanceProcAddr(handle, "vkDestroyDebugUtilsMessengerEXT")))
      destroy(handle, messenger, nullptr);
  vk.DestroyInstance(handle, nullptr);
}

Result<std::vector<VkPhysicalDevice>> Instance::physicalDevices() const {
  uint32_t count = 0;
  VkResult r = vk.EnumeratePhysicalDevices(handle, &count, nullptr);
  std::vector<VkPhysicalDevice> devices(count);
  if (r == VK_SUCCESS && count)
    r = vk.EnumeratePhysicalDevices(handle, &count, devices.data());
  if (r < 0)
    return Error{ErrorCode::device, "vkEnumeratePhysicalDevices failed: " + nameOf(r)};
  devices.resize(count);
  return devices;
}

std::optional<std::string> Instance::takeComplaint() {
  std::lock_guard guard(mutex);
  return std::exchange(complaint, std::nullopt);
}

} // namespace mx::rt::vulkan
