// What one call records into: a command buffer, descriptor sets and a little memory for what the host passes along.
// Contexts are recycled, so that a steady state makes no object of Vulkan's and asks for no memory.
#pragma once

#include "runtime/Buffer.h"
#include "runtime/vulkan/Allocation.h"
#include "runtime/vulkan/Hazards.h"
#include "runtime/vulkan/Pipelines.h"
#include "runtime/vulkan/Timestamps.h"

#include <span>

namespace mx::rt::vulkan {

class View;

/// Where an operand of the call lies; Operands fills it in.
struct Operand {
  /// False until it is asked for.
  bool known;
  bool written;
  /// The place may be bound: it begins where a binding may begin.
  bool aligned;
  Place place;
  uint64_t bytes;
  /// The host's address.
  std::byte *host;
  /// The view whose copy on the device it lies in, null when it lies elsewhere.
  View *copy;
  /// Staging memory that a written operand goes back from, null when it lies elsewhere.
  std::byte *staged;
};

/// Used by one thread at a time.
class Context {
public:
  explicit Context(GpuPtr gpu) : timestamps(*gpu), gpu(std::move(gpu)) {}
  ~Context();
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;

  /// Opens the command buffer; what was recorded and staged before is gone.
  Status begin();
  /// Closes it. Everything written is visible to the host when it has run.
  Status end();

  struct Staged {
    Place place;
    std::byte *data;
  };
  /// `bytes` bytes that host and device see until the next begin.
  Result<Staged> stage(size_t bytes);
  /// Keeps an object until release.
  void keep(AllocationPtr allocation) { kept.push_back(std::move(allocation)); }
  void keep(BufferPtr buffer) { buffers.push_back(std::move(buffer)); }

  void release();

  /// Binds storage buffers to the bindings of a layout.
  Status bindBuffers(const PipelineLayout &layout, std::span<const uint32_t> bindings,
                     const VkDescriptorBufferInfo *infos);
  /// What follows sees what precedes has written, and overwrites only what precedes has read.
  void barrier();
  void copy(Place from, Place to, size_t bytes);

  const GpuPtr &device() const { return gpu; }
  VkCommandBuffer commands = VK_NULL_HANDLE;
  /// What steps have touched since the last barrier.
  Hazards hazards;
  /// When what it records has run; off until they are begun.
  Timestamps timestamps;
  /// Room for the call's operands.
  std::vector<Operand> operands;

private:
  Result<VkDescriptorSet> allocateSet(const PipelineLayout &layout, uint32_t buffers);

  const GpuPtr gpu;
  VkCommandPool commandPool = VK_NULL_HANDLE;
  /// A pool and what is left in it.
  struct DescriptorPool {
    VkDescriptorPool handle;
    uint32_t buffers, setsLeft, buffersLeft;
  };
  Status addDescriptorPool(uint32_t buffers);
  std::vector<DescriptorPool> descriptorPools;
  /// The pool that sets come from now.
  size_t currentPool = 0;
  AllocationPtr staging;
  size_t stagedBytes = 0;
  /// How much the current use would have liked to stage.
  size_t wantedBytes = 0;
  std::vector<AllocationPtr> kept;
  std::vector<BufferPtr> buffers;
  std::vector<VkWriteDescriptorSet> writes;
};

} // namespace mx::rt::vulkan
