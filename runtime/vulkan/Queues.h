// The queues of a device and the contexts that calls record into.
#pragma once

#include "runtime/StepTimes.h"
#include "runtime/vulkan/Context.h"
#include "runtime/vulkan/DeviceClock.h"

#include <mutex>

namespace mx::rt {
struct CompiledProgram;
}

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

  struct Queue {
    VkQueue handle = VK_NULL_HANDLE;
    /// Counts submissions.
    VkSemaphore timeline = VK_NULL_HANDLE;
    std::mutex mutex;
    uint64_t submitted = 0;
    /// The last submission in the trace, and when it ended there.
    uint64_t traced = 0;
    int64_t tracedUntil = 0;
    int number = 0;
  };
  /// A submission on the time line of its queue.
  struct Point {
    Queue *queue = nullptr;
    uint64_t value = 0;
    /// On the clock of the trace; 0 while nothing is traced, and where timestamps will tell.
    int64_t submittedAt = 0;
  };
  /// Lets the device run what a context has recorded, after what was submitted at `after`.
  Result<Point> submit(Context &context, std::span<const Point> after = {});
  /// Waits until the device has passed the point.
  Status wait(Point point);
  /// Both.
  Status run(Context &context);
  /// What the timestamps of a context say, whose commands have run: events on the track of the queue, and the times of
  /// the steps of `program` for those of `times`; either may be null.
  void collectTimes(Context &context, Point point, const CompiledProgram *program, CallTimes *times);
  /// Waits for all queues.
  Status synchronize();

private:
  explicit Queues(GpuPtr owner) : gpu(std::move(owner)), clock(*gpu) {}
  void giveBack(Context *context);
  void trace(Point point);
  Status measureClock();
  Status waitIdle();

  const GpuPtr gpu;
  DeviceClock clock;
  std::vector<std::unique_ptr<Queue>> queues;
  std::atomic<uint32_t> turn{0};
  std::mutex mutex;
  std::vector<std::unique_ptr<Context>> idle;
};

} // namespace mx::rt::vulkan
