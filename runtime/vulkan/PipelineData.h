// What the driver made of one shader, from the cache on disk and to it: then it compiles a shader once for all processes. A
// file per shader instead of one per device, so that processes which end at the same time lose nothing of each other's.
#pragma once

#include "runtime/DiskCache.h"
#include "runtime/Shader.h"
#include "runtime/vulkan/Gpu.h"

namespace mx::rt::vulkan {

/// Lives while a pipeline is made.
class PipelineData {
public:
  PipelineData(Gpu &gpu, const Shader &shader);
  ~PipelineData();
  PipelineData(const PipelineData &) = delete;
  PipelineData &operator=(const PipelineData &) = delete;

  /// For vkCreateComputePipelines; null when nothing is cached on disk, or the driver makes no cache.
  VkPipelineCache handle() const { return cache; }
  /// Stores what the driver has made unless it was loaded; call once the pipeline exists.
  void keep();

private:
  Gpu &gpu;
  CacheKey key;
  VkPipelineCache cache = VK_NULL_HANDLE;
  bool loaded = false;
};

} // namespace mx::rt::vulkan
