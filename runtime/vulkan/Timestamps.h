// When the parts of a command buffer have run, by the device's clock: a timestamp before the first command and one after
// each part. What one would get wrong: parts without a barrier between them may run side by side; a timestamp waits for
// everything before it, so the time of a part is what it adds, and times add up to that of the whole.
#pragma once

#include "runtime/vulkan/Gpu.h"

#include <vector>

namespace mx::rt::vulkan {

/// The timestamps of one command buffer at a time.
class Timestamps {
public:
  explicit Timestamps(Gpu &gpu) : gpu(gpu) {}
  /// To be called before it goes, while the device is ours.
  void destroy();

  /// Begins timing the commands recorded from here on, in up to `mostParts` parts. Leaves it off where the device cannot.
  void begin(VkCommandBuffer commands, size_t mostParts);
  /// What was recorded since the last part, or since begin, is the part called `number`.
  void partEnds(VkCommandBuffer commands, size_t number);
  /// Forgets what was begun.
  void drop() { numWritten = 0; }
  /// True from begin to drop.
  bool on() const { return numWritten != 0; }

  /// A part that has run, in ticks.
  struct Part {
    size_t number;
    uint64_t begin, end;
  };
  /// The parts in their order, each beginning where the one before ends; to be called when the commands have run. None
  /// where the driver fails to tell.
  std::vector<Part> read() const;

private:
  Gpu &gpu;
  VkQueryPool pool = VK_NULL_HANDLE;
  uint32_t room = 0, numWritten = 0;
  /// The parts' numbers.
  std::vector<size_t> numbers;
};

} // namespace mx::rt::vulkan
