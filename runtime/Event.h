// The completion of work that was submitted, and its error. Shared by whoever waits. Work may have been started on a
// device and be under way there: whoever only wants to hand its results to a device need not wait for more.
#pragma once

#include "runtime/Run.h"

#include <atomic>
#include <mutex>

namespace mx::rt {

/// Completed once; waited for by any number of threads.
class Event {
public:
  /// True once the work is done or has failed. Never blocks.
  bool ready() const { return state.load(std::memory_order_acquire) == State::Done; }
  /// Blocks until ready() and returns how the work ended; every call returns the same.
  Status wait() const {
    for (State seen; (seen = state.load(std::memory_order_acquire)) != State::Done;)
      state.wait(seen, std::memory_order_acquire);
    return status;
  }
  /// Blocks until the work is under way on a device, and returns its run; null once ready().
  RunPtr started() const {
    state.wait(State::Pending, std::memory_order_acquire);
    std::lock_guard lock(mutex);
    return run;
  }

  /// Called by whoever does the work, at most once and before complete.
  void start(RunPtr onDevice) {
    {
      std::lock_guard lock(mutex);
      run = std::move(onDevice);
    }
    enter(State::Started);
  }
  /// Called once, by whoever does the work.
  void complete(Status s) {
    status = std::move(s);
    if (state.load(std::memory_order_relaxed) == State::Started) {
      std::lock_guard lock(mutex);
      run.reset();
    }
    enter(State::Done);
  }

private:
  enum class State : uint8_t { Pending, Started, Done };
  void enter(State next) {
    state.store(next, std::memory_order_release);
    state.notify_all();
  }

  std::atomic<State> state{State::Pending};
  /// Written before Done.
  Status status;
  /// Guards `run`, which is there while the state is Started.
  mutable std::mutex mutex;
  RunPtr run;
};

using EventPtr = std::shared_ptr<Event>;

} // namespace mx::rt
