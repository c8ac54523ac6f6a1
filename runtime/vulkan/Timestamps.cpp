// Timing never fails a call: without a pool, or without results, there are no times. Stages are all BOTTOM_OF_PIPE, which
// waits for everything submitted to the queue before.
#include "runtime/vulkan/Timestamps.h"

#include <algorithm>
#include <bit>

namespace mx::rt::vulkan {

void Timestamps::destroy() {
  if (pool)
    gpu.vk.DestroyQueryPool(gpu.device, pool, nullptr);
  pool = VK_NULL_HANDLE;
  room = 0;
}

void Timestamps::begin(VkCommandBuffer commands, size_t mostParts) {
  drop();
  if (!gpu.physical.ticks.bits)
    return;
  const size_t needed = mostParts + 1;
  if (needed > room) {
    destroy();
    auto info = structure<VkQueryPoolCreateInfo>(VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO);
    info.queryType = VK_QUERY_TYPE_TIMESTAMP;
    info.queryCount = static_cast<uint32_t>(std::bit_ceil(std::max<size_t>(needed, 32)));
    if (gpu.vk.CreateQueryPool(gpu.device, &info, nullptr, &pool) != VK_SUCCESS) {
      pool = VK_NULL_HANDLE;
      return;
    }
    room = info.queryCount;
  }
  gpu.vk.CmdResetQueryPool(commands, pool, 0, static_cast<uint32_t>(needed));
  gpu.vk.CmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool, 0);
  numWritten = 1;
  numbers.clear();
}

void Timestamps::partEnds(VkCommandBuffer commands, size_t number) {
  gpu.vk.CmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool, numWritten++);
  numbers.push_back(number);
}

std::vector<Timestamps::Part> Timestamps::read() const {
  std::vector<uint64_t> ticks(numWritten);
  std::vector<Part> parts;
  if (gpu.vk.GetQueryPoolResults(gpu.device, pool, 0, numWritten, ticks.size() * sizeof(uint64_t), ticks.data(),
                                 sizeof(uint64_t), VK_QUERY_RESULT_64_BIT) != VK_SUCCESS)
    return parts;
  for (size_t i = 0; i < numbers.size(); ++i)
    parts.push_back({numbers[i], ticks[i], ticks[i + 1]});
  return parts;
}

} // namespace mx::rt::vulkan
