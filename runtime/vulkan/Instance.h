// The connection to Vulkan: loader, instance and, where MX_VALIDATE asks for them, the validation layers with a
// messenger.
#pragma once

#include "runtime/base/Fork.h"
#include "runtime/vulkan/Api.h"

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace mx::rt::vulkan {

class Instance {
public:
  /// Loads `library` and makes an instance; the error says what is missing.
  static Result<std::shared_ptr<Instance>> create(const char *library);
  ~Instance();
  Instance(const Instance &) = delete;
  Instance &operator=(const Instance &) = delete;

  /// Empty, or why there are none, in which case the driver failed.
  Result<std::vector<VkPhysicalDevice>> physicalDevices() const;
  /// Whether the validation layers check from inside of shaders.
  bool validatesShaders() const { return assisted; }
  /// What the layers have complained about since the last call.
  std::optional<std::string> takeComplaint();

  /// The functions of the instance.
  const Api &api() const { return vk; }

private:
  Instance() = default;
  static VKAPI_ATTR VkBool32 VKAPI_CALL onMessage(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                                  VkDebugUtilsMessageTypeFlagsEXT,
                                                  const VkDebugUtilsMessengerCallbackDataEXT *data, void *self);

  Api vk;
  /// After a fork the instance is the parent's.
  const uint32_t generation = forkGeneration();
  VkInstance handle = VK_NULL_HANDLE;
  VkDebugUtilsMessengerEXT messenger = VK_NULL_HANDLE;
  bool assisted = false;
  std::mutex mutex;
  std::optional<std::string> complaint;
};

} // namespace mx::rt::vulkan
