// A logical device and what everything made from it shares; the last of these that goes destroys it. What one would get
// wrong: after a fork the device is the parent's, and nothing of it may be touched, not even to free it.
#pragma once

#include "runtime/vulkan/Options.h"
#include "runtime/vulkan/Physical.h"

#include <atomic>

namespace mx::rt::vulkan {

class Gpu {
public:
  /// Enables what `physical` lists.
  static Result<std::shared_ptr<Gpu>> create(std::shared_ptr<Instance> instance, Physical physical,
                                             const Options &options);
  ~Gpu();
  Gpu(const Gpu &) = delete;
  Gpu &operator=(const Gpu &) = delete;

  /// A failed call as an error: memory with its code, anything else the device's. Remembers a lost device.
  Error failure(VkResult result, const std::string &what);
  /// Fails when the device was lost or belongs to a parent process.
  Status usable() const;
  /// False in a child process.
  bool ours() const;
  /// The best memory type among `bits`: memory that the host sees without flushes, or the device's own.
  Result<uint32_t> memoryType(uint32_t bits, bool hostVisible) const;

  /// Changed by tests only.
  Api vk;
  const std::shared_ptr<Instance> instance;
  Physical physical;
  VkDevice device = VK_NULL_HANDLE;
  /// automatic is decided.
  MemoryPolicy memory;
  /// Never null.
  DiskCache *pipelines;

private:
  Gpu(std::shared_ptr<Instance> instance, Physical physical);
  const uint32_t generation;
  std::atomic<bool> lost{false};
};

using GpuPtr = std::shared_ptr<Gpu>;

} // namespace mx::rt::vulkan
