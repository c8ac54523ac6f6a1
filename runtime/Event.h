// The completion of work that was submitted, and its error. Shared by whoever waits.
#pragma once

#include "runtime/base/Status.h"

#include <atomic>
#include <memory>

namespace mx::rt {

/// Completed once; waited for by any number of threads.
class Event {
public:
  /// True once the work is done or has failed. Never blocks.
  bool ready() const { return done.load(std::memory_order_acquire); }
  /// Blocks until ready() and returns how the work ended; every call returns the same.
  Status wait() const {
    done.wait(false, std::memory_order_acquire);
    return status;
  }
  /// Called once, by whoever does the work.
  void complete(Status s) {
    status = std::move(s);
    done.store(true, std::memory_order_release);
    done.notify_all();
  }

private:
  std::atomic<bool> done{false};
  /// Written before `done`.
  Status status;
};

using EventPtr = std::shared_ptr<Event>;

} // namespace mx::rt
