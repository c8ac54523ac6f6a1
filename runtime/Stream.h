// An in-order queue of work for one device. Work runs on the caller, or, when submitted, on the stream's own thread. What it
// leaves running on a device is waited for by a second thread, while the first goes on with the next.
#pragma once

#include "runtime/Device.h"
#include "runtime/Event.h"

#include <functional>

namespace mx::rt {

/// Thread-safe. Work of one stream starts in the order in which it was submitted, each when the one before has ended or
/// runs on a device; different streams run side by side.
class Stream {
public:
  /// Both parts own all they refer to.
  struct Work {
    /// On the stream's thread. What runs on when it returns, if anything. It may be called again when it failed for want of
    /// memory that runs under way were holding.
    std::function<Result<RunPtr>()> start;
    /// When that has ended, or start has failed: told how, it returns how the work ends. May be empty.
    std::function<Status(Status)> finish;
  };

  explicit Stream(Device &device);
  /// Waits for what was submitted.
  ~Stream();
  Stream(const Stream &) = delete;
  Stream &operator=(const Stream &) = delete;

  Device &device() const { return target; }
  /// Queues `work`; how it ends is kept in `event`. In a child process, work that was queued before the fork is the
  /// parent's alone.
  void submit(Work work, EventPtr event);
  /// The same for work that runs on the stream's thread alone, with an event of its own.
  EventPtr submit(std::function<Status()> work);
  /// Waits for all submitted work; returns the first failure since the last synchronize.
  Status synchronize();
  /// Waits until nothing is queued or running. Failures stay for synchronize to report.
  void finish() const;

private:
  struct Queue;
  Queue &queue() const;

  Device &target;
  mutable std::atomic<Queue *> current;
};

} // namespace mx::rt
