// An in-order queue of work for one device. Work runs on the caller, or, when submitted, on the stream's own thread.
#pragma once

#include "runtime/Device.h"
#include "runtime/Event.h"

#include <functional>

namespace mx::rt {

/// Thread-safe. Work of one stream never overlaps other work submitted to it; different streams run side by side.
class Stream {
public:
  explicit Stream(Device &device);
  /// Waits for what was submitted.
  ~Stream();
  Stream(const Stream &) = delete;
  Stream &operator=(const Stream &) = delete;

  Device &device() const { return target; }
  /// Runs `program` on the calling thread, after all that was submitted before.
  Status run(const Program &program, const RunArgs &args);
  /// Queues `work`, which owns all it refers to; its failure is kept in `event`. In a child process, work that was queued
  /// before the fork is the parent's alone.
  void submit(std::function<Status()> work, EventPtr event);
  /// The same with an event of its own.
  EventPtr submit(std::function<Status()> work);
  /// Waits for all submitted work; returns the first failure since the last synchronize.
  Status synchronize();
  /// True when nothing is queued or running on the stream's thread.
  bool idle() const;

private:
  struct Queue;
  Queue &queue() const;

  Device &target;
  mutable std::atomic<Queue *> current;
};

} // namespace mx::rt
