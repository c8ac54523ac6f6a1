// Where the clock of a device's timestamps stands against that of traces.
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
