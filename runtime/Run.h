// A program that a device was told to run and may be running still. What it touches stays alive with it; the program
// itself is its caller's to keep.
#pragma once

#include "runtime/base/Status.h"

#include <cstddef>
#include <memory>

namespace mx::rt {

/// Thread-safe. The last reference waits.
class Run {
public:
  virtual ~Run() = default;
  /// Blocks until the device has ended with it, and returns how; every call returns the same. Fails as well when a run that
  /// it was to come after has failed: it has read what that left.
  virtual Status wait() = 0;
};

using RunPtr = std::shared_ptr<Run>;

/// So many runs of one stream or evaluation may be under way: enough that a device never waits for the host, and bounded, for
/// all of them hold memory.
inline constexpr size_t kMostRunsUnderWay = 8;

/// What `start` returns; called once more when memory is missing that other runs were holding. `endOthers` waits for these, and
/// returns false when there were none.
template <typename Start, typename EndOthers> Result<RunPtr> startWithRoom(Start start, EndOthers endOthers) {
  auto started = start();
  if (started || started.error().code != ErrorCode::outOfMemory || !endOthers())
    return started;
  return start();
}

} // namespace mx::rt
