// A Vulkan device as a target of programs: shaders run on it, steps with machine code between them on the host.
#pragma once

#include "runtime/BoundCall.h"
#include "runtime/Device.h"
#include "runtime/vulkan/Queues.h"
#include "runtime/vulkan/Views.h"

#include <mutex>

namespace mx::rt::vulkan {

class VulkanDevice final : public Device {
public:
  /// Makes the logical device and probes its arithmetic.
  static Result<std::unique_ptr<VulkanDevice>> create(std::shared_ptr<Instance> instance, Physical physical,
                                                      const Options &options);
  ~VulkanDevice() override;

  DeviceKind kind() const override { return DeviceKind::gpu; }
  std::string name() const override { return gpuPtr->physical.properties.name; }
  std::vector<std::pair<std::string, std::string>> info() const override;
  const GpuProperties *gpu() const override { return &gpuPtr->physical.properties; }
  Allocator &allocator() override { return hostAllocator(); }
  Status run(const CompiledProgram &program, const RunArgs &args) override;
  Result<RunPtr> start(const CompiledProgram &program, const RunArgs &args, std::span<const RunPtr> after) override;
  Status synchronize() override { return queues->synchronize(); }

  /// What the device has made of a region, opened at the first use. The caller holds a buffer in it.
  Result<View *> view(Region &region);
  /// The functions that it calls, for tests to replace.
  Api &api() { return gpuPtr->vk; }
  const Physical &physical() const { return gpuPtr->physical; }

private:
  VulkanDevice(GpuPtr gpu, std::unique_ptr<Queues> queues);
  BindOptions bindOptions() const;
  Status copyAndWait(Place from, Place to, size_t bytes);

  const GpuPtr gpuPtr;
  const std::unique_ptr<Queues> queues;
  Pipelines pipelines;
  const Copier copier;
  std::mutex viewsMutex;
};

} // namespace mx::rt::vulkan
