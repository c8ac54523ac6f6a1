// The clock of a device's timestamps, told in nanoseconds and on the clock of traces.
#pragma once

#include "runtime/vulkan/Gpu.h"

#include <mutex>

namespace mx::rt::vulkan {

/// Thread-safe.
class DeviceClock {
public:
  explicit DeviceClock(Gpu &gpu) : gpu(gpu) {}

  /// What both clocks showed at one time.
  struct Moment {
    uint64_t ticks;
    int64_t hostNs;
  };
  /// Nanoseconds from one timestamp to another that is not before it.
  int64_t between(uint64_t begin, uint64_t end) const;
  /// A timestamp of about the time of `moment` on the clock of traces.
  int64_t onHost(uint64_t ticks, Moment moment) const;

  /// A recent moment where the driver reads both clocks at once; otherwise the one that was set.
  Moment moment();
  /// For drivers that do not.
  void set(Moment moment);

private:
  Gpu &gpu;
  std::mutex mutex;
  Moment latest{0, 0};
};

} // namespace mx::rt::vulkan
