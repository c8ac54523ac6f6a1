// Shaders as pipelines, made at first use and kept in their slot (Shader::made). Thread-safe.
#pragma once

#include "runtime/Shader.h"
#include "runtime/vulkan/Gpu.h"

#include <map>
#include <mutex>

namespace mx::rt::vulkan {

/// The layout that shaders with the same bindings share.
struct PipelineLayout {
  explicit PipelineLayout(GpuPtr gpu) : gpu(std::move(gpu)) {}
  ~PipelineLayout();
  PipelineLayout(const PipelineLayout &) = delete;
  PipelineLayout &operator=(const PipelineLayout &) = delete;

  const GpuPtr gpu;
  VkDescriptorSetLayout set = VK_NULL_HANDLE;
  VkPipelineLayout handle = VK_NULL_HANDLE;
};

struct Pipeline final : DeviceShader {
  explicit Pipeline(std::shared_ptr<PipelineLayout> layout) : layout(std::move(layout)) {}
  ~Pipeline() override;

  const std::shared_ptr<PipelineLayout> layout;
  VkPipeline handle = VK_NULL_HANDLE;
};

class Pipelines {
public:
  explicit Pipelines(GpuPtr gpu) : gpu(std::move(gpu)) {}
  /// The pipeline of a shader, valid as long as the shader. An error names `kernel`.
  Result<const Pipeline *> get(const Shader &shader, const std::string &kernel);

private:
  Result<std::shared_ptr<PipelineLayout>> layoutFor(const std::vector<uint32_t> &bindings);
  Result<std::shared_ptr<Pipeline>> make(const Shader &shader, const std::string &kernel);

  const GpuPtr gpu;
  std::mutex mutex;
  /// By binding numbers.
  std::map<std::vector<uint32_t>, std::shared_ptr<PipelineLayout>> layouts;
};

} // namespace mx::rt::vulkan
