// Keys hold the identifier that the driver gives its pipeline caches, so another driver or device never sees the data.
// Drivers trust what they are given: what the header does not say is right stays away from them.
#include "runtime/vulkan/PipelineData.h"

#include "runtime/base/Hash.h"

#include <cstring>

namespace mx::rt::vulkan {
namespace {

CacheKey keyOf(const Physical &physical, const Shader &shader) {
  Hasher hash;
  hash.add(physical.vendor);
  hash.add(physical.model);
  hash.add(std::string_view(physical.driver));
  hash.add(physical.subgroupSizeVaries);
  hash.add(physical.properties.subgroupSize);
  hash.add(std::string_view(shader.entry));
  hash.addBytes(shader.words->data(), shader.words->size() * sizeof(uint32_t));
  const Hash128 content = hash.finish();
  CacheKey key;
  static_assert(sizeof(key) == VK_UUID_SIZE + sizeof(content));
  std::memcpy(key.data(), physical.cacheIdentifier.data(), VK_UUID_SIZE);
  std::memcpy(key.data() + VK_UUID_SIZE, &content, sizeof(content));
  return key;
}

/// Whether data begins with the header of this device's.
bool isOf(const Physical &physical, std::span<const std::byte> data) {
  VkPipelineCacheHeaderVersionOne header;
  if (data.size() < sizeof header)
    return false;
  std::memcpy(&header, data.data(), sizeof header);
  return header.headerSize == sizeof header && header.headerVersion == VK_PIPELINE_CACHE_HEADER_VERSION_ONE && header.vendorID == physical.vendor &&
         header.deviceID == physical.model && std::memcmp(header.pipelineCacheUUID, physical.cacheIdentifier.data(), VK_UUID_SIZE) == 0;
}

} // namespace

PipelineData::PipelineData(Gpu &gpu, const Shader &shader) : gpu(gpu), key(keyOf(gpu.physical, shader)) {
  if (!gpu.pipelines->enabled())
    return;
  auto data = gpu.pipelines->load(CacheKind::Pipeline, key);
  if (data && !isOf(gpu.physical, *data)) {
    gpu.pipelines->reject(CacheKind::Pipeline, key);
    data.reset();
  }
  auto info = structure<VkPipelineCacheCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO);
  if (data) {
    info.initialDataSize = data->size();
    info.pInitialData = data->data();
  }
  // Pipelines are made without one just as well.
  if (gpu.vk.CreatePipelineCache(gpu.device, &info, nullptr, &cache) != VK_SUCCESS)
    cache = VK_NULL_HANDLE;
  loaded = cache && data;
}

PipelineData::~PipelineData() {
  if (cache)
    gpu.vk.DestroyPipelineCache(gpu.device, cache, nullptr);
}

void PipelineData::keep() {
  size_t bytes = 0;
  if (!cache || loaded || gpu.vk.GetPipelineCacheData(gpu.device, cache, &bytes, nullptr) != VK_SUCCESS)
    return;
  std::vector<std::byte> data(bytes);
  if (gpu.vk.GetPipelineCacheData(gpu.device, cache, &bytes, data.data()) != VK_SUCCESS)
    return;
  data.resize(bytes);
  // A header alone: the driver keeps nothing, or keeps it elsewhere.
  if (bytes > sizeof(VkPipelineCacheHeaderVersionOne) && isOf(gpu.physical, data))
    gpu.pipelines->store(CacheKind::Pipeline, key, data);
}

} // namespace mx::rt::vulkan
