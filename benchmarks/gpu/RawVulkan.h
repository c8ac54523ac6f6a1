// Shaders with as little as can be between a launch and the device: what mx's rows on a GPU are compared with. A device of
// its own beside mx's, made with the runtime's classes; its buffers are the driver's.
#pragma once

#include "runtime/vulkan/Queues.h"

#include <span>

namespace mx::bench {

class RawVulkan {
public:
  /// The device of that name. Throws std::runtime_error, as all members.
  explicit RawVulkan(const std::string &name);
  ~RawVulkan();

  /// Memory filled with small numbers; returns its number.
  uint32_t addBuffer(size_t bytes);

  /// An entry point with its buffers, by their numbers in order of the bindings.
  struct Dispatch {
    std::shared_ptr<rt::Shader> shader;
    std::vector<uint32_t> buffers;
    uint32_t workgroups = 1;
  };
  /// Records, submits and waits; each dispatch after all of the one before.
  void run(std::span<const Dispatch> dispatches);

private:
  rt::vulkan::GpuPtr gpu;
  std::unique_ptr<rt::vulkan::Queues> queues;
  std::unique_ptr<rt::vulkan::Pipelines> pipelines;
  std::vector<rt::vulkan::AllocationPtr> buffers;
  std::vector<VkDescriptorBufferInfo> bound;
};

} // namespace mx::bench
