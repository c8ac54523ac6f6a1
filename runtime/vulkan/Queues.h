// The queues of a device and the contexts that calls record into.
#pragma once

#include "runtime/vulkan/Context.h"

#include <mutex>

namespace mx::rt::vulkan {

/// The contexts and queues of a device. Thread-safe.
class Queues {
public:
  static Result<std::unique_ptr<Queues>> create(GpuPtr gpu);
  ~Queues();
  Queues(const Queues &) = delete;
  Queues &operator=(const Queues &) = delete;

  /// A context for the caller, given back when the pointer goes.
  struct Release {
    Queues *owner;
    void operator()(Context *context) const { owner->giveBack(context); }
  };
  using ContextPtr = std::unique_ptr<Context, Release>;
  ContextPtr take();

  /// Runs what a context has recorded, and waits.
  Status run(Context &context);
  /// Waits for all queues.
  Status synchronize();

private:
  explicit Queues(GpuPtr gpu) : gpu(std::move(gpu)) {}
  void giveBack(Context *context);
  Status waitIdle();

  struct Queue {
    VkQueue handle = VK_NULL_HANDLE;
    /// Counts submissions.
    VkSemaphore timeline = VK_NULL_HANDLE;
    std::mutex mutex;
    uint64_t submitted = 0;
  };

  const GpuPtr gpu;
  std::vector<std::unique_ptr<Queue>> queues;
  std::atomic<uint32_t> turn{0};
  std::mutex mutex;
  std::vector<std::unique_ptr<Context>> idle;
};

} // namespace mx::rt::vulkan
