// Recording. Staging memory that turned out too small is made as large as it should have been at the next use.
#include "runtime/vulkan/Context.h"

#include <algorithm>
#include <bit>

namespace mx::rt::vulkan {
namespace {

constexpr size_t kStagingAlignment = 256, kFirstStaging = size_t(1) << 20;
constexpr uint32_t kSetsPerPool = 64, kBuffersPerSet = 8;

} // namespace

Context::~Context() {
  if (!gpu->ours())
    return;
  timestamps.destroy();
  for (const DescriptorPool &pool : descriptorPools)
    gpu->vk.DestroyDescriptorPool(gpu->device, pool.handle, nullptr);
  if (commandPool)
    gpu->vk.DestroyCommandPool(gpu->device, commandPool, nullptr);
}

Status Context::begin() {
  const Api &vk = gpu->vk;
  timestamps.drop();
  if (!commandPool) {
    auto poolInfo = structure<VkCommandPoolCreateInfo>(VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO);
    poolInfo.flags = VK_COMMAND_POOL_CREATE_TRANSIENT_BIT;
    poolInfo.queueFamilyIndex = gpu->physical.queueFamily;
    if (VkResult r = vk.CreateCommandPool(gpu->device, &poolInfo, nullptr, &commandPool); r != VK_SUCCESS)
      return gpu->failure(r, "vkCreateCommandPool failed");
  }
  if (!commands) {
    auto info = structure<VkCommandBufferAllocateInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO);
    info.commandPool = commandPool;
    info.commandBufferCount = 1;
    if (VkResult r = vk.AllocateCommandBuffers(gpu->device, &info, &commands); r != VK_SUCCESS)
      return gpu->failure(r, "vkAllocateCommandBuffers failed");
  } else if (VkResult r = vk.ResetCommandPool(gpu->device, commandPool, 0); r != VK_SUCCESS) {
    return gpu->failure(r, "vkResetCommandPool failed");
  }
  for (DescriptorPool &pool : descriptorPools) {
    if (pool.setsLeft == kSetsPerPool)
      break;
    vk.ResetDescriptorPool(gpu->device, pool.handle, 0);
    pool.setsLeft = kSetsPerPool;
    pool.buffersLeft = pool.buffers;
  }
  currentPool = 0;
  hazards.clear();
  if (staging && wantedBytes > staging->bytes)
    staging.reset();
  stagedBytes = 0;
  wantedBytes = staging ? 0 : wantedBytes;
  auto info = structure<VkCommandBufferBeginInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO);
  info.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  if (VkResult r = vk.BeginCommandBuffer(commands, &info); r != VK_SUCCESS)
    return gpu->failure(r, "vkBeginCommandBuffer failed");
  return {};
}

Status Context::end() {
  auto memory = structure<VkMemoryBarrier>(VK_STRUCTURE_TYPE_MEMORY_BARRIER);
  memory.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
  memory.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
  gpu->vk.CmdPipelineBarrier(commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
                             VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &memory, 0, nullptr, 0, nullptr);
  if (VkResult r = gpu->vk.EndCommandBuffer(commands); r != VK_SUCCESS)
    return gpu->failure(r, "vkEndCommandBuffer failed");
  return {};
}

void Context::release() {
  kept.clear();
  buffers.clear();
}

Result<Context::Staged> Context::stage(size_t bytes) {
  bytes = (std::max<size_t>(bytes, 1) + kStagingAlignment - 1) & ~(kStagingAlignment - 1);
  if (!staging) {
    auto made =
        Allocation::create(gpu, std::bit_ceil(std::max({bytes, wantedBytes, kFirstStaging})), /*hostVisible=*/true);
    if (!made)
      return made.error();
    staging = std::move(*made);
    wantedBytes = 0;
  }
  wantedBytes += bytes;
  if (bytes <= staging->bytes - stagedBytes) {
    Staged result{staging->place().at(stagedBytes), staging->mapped + stagedBytes};
    stagedBytes += bytes;
    return result;
  }
  auto extra = Allocation::create(gpu, std::max(bytes, kFirstStaging), /*hostVisible=*/true);
  if (!extra)
    return extra.error();
  Staged result{(*extra)->place(), (*extra)->mapped};
  keep(std::move(*extra));
  return result;
}

Status Context::addDescriptorPool(uint32_t buffers) {
  buffers = std::max(kSetsPerPool * kBuffersPerSet, buffers);
  VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, buffers};
  auto info = structure<VkDescriptorPoolCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO);
  info.maxSets = kSetsPerPool;
  info.poolSizeCount = 1;
  info.pPoolSizes = &size;
  VkDescriptorPool pool = VK_NULL_HANDLE;
  if (VkResult r = gpu->vk.CreateDescriptorPool(gpu->device, &info, nullptr, &pool); r != VK_SUCCESS)
    return gpu->failure(r, "vkCreateDescriptorPool failed");
  descriptorPools.push_back({pool, buffers, kSetsPerPool, buffers});
  return {};
}

Result<VkDescriptorSet> Context::allocateSet(const PipelineLayout &layout, uint32_t buffers) {
  auto isFull = [&](const DescriptorPool &pool) { return !pool.setsLeft || pool.buffersLeft < buffers; };
  while (currentPool < descriptorPools.size() && isFull(descriptorPools[currentPool]))
    ++currentPool;
  if (currentPool == descriptorPools.size())
    if (Status s = addDescriptorPool(buffers); !s)
      return s.error();
  DescriptorPool &pool = descriptorPools[currentPool];
  auto info = structure<VkDescriptorSetAllocateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO);
  info.descriptorPool = pool.handle;
  info.descriptorSetCount = 1;
  info.pSetLayouts = &layout.set;
  VkDescriptorSet set = VK_NULL_HANDLE;
  if (VkResult r = gpu->vk.AllocateDescriptorSets(gpu->device, &info, &set); r != VK_SUCCESS)
    return gpu->failure(r, "vkAllocateDescriptorSets failed");
  --pool.setsLeft;
  pool.buffersLeft -= buffers;
  return set;
}

Status Context::bindBuffers(const PipelineLayout &layout, std::span<const uint32_t> bindings,
                            const VkDescriptorBufferInfo *infos) {
  if (bindings.empty())
    return {};
  const bool push = gpu->physical.pushDescriptors;
  VkDescriptorSet set = VK_NULL_HANDLE;
  if (!push) {
    auto made = allocateSet(layout, static_cast<uint32_t>(bindings.size()));
    if (!made)
      return made.error();
    set = *made;
  }
  writes.resize(bindings.size());
  for (size_t i = 0; i < bindings.size(); ++i) {
    writes[i] = structure<VkWriteDescriptorSet>(VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET);
    writes[i].dstSet = set;
    writes[i].dstBinding = bindings[i];
    writes[i].descriptorCount = 1;
    writes[i].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    writes[i].pBufferInfo = &infos[i];
  }
  const auto count = static_cast<uint32_t>(writes.size());
  if (push) {
    gpu->vk.CmdPushDescriptorSetKHR(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout.handle, 0, count, writes.data());
    return {};
  }
  gpu->vk.UpdateDescriptorSets(gpu->device, count, writes.data(), 0, nullptr);
  gpu->vk.CmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout.handle, 0, 1, &set, 0, nullptr);
  return {};
}

void Context::barrier() {
  auto memory = structure<VkMemoryBarrier>(VK_STRUCTURE_TYPE_MEMORY_BARRIER);
  memory.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
  memory.dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_READ_BIT |
                         VK_ACCESS_TRANSFER_WRITE_BIT;
  constexpr VkPipelineStageFlags kStages = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
  gpu->vk.CmdPipelineBarrier(commands, kStages, kStages, 0, 1, &memory, 0, nullptr, 0, nullptr);
}

void Context::copy(Place from, Place to, size_t bytes) {
  VkBufferCopy range{from.offset, to.offset, bytes};
  gpu->vk.CmdCopyBuffer(commands, from.buffer, to.buffer, 1, &range);
}

} // namespace mx::rt::vulkan
