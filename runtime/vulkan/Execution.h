// Running the steps of a bound call: shaders are recorded one behind the other and submitted together, steps with machine
// code run on the host in between. Of a call that is watched every step is timed, by the device where it has timestamps;
// elsewhere steps whose times somebody wants are submitted one by one.
#pragma once

#include "runtime/vulkan/Recorder.h"

namespace mx::rt::vulkan {

class Execution {
public:
  /// Comes after the points of `after`.
  Execution(BoundCall &call, VulkanDevice &device, Gpu &gpu, Pipelines &pipelines, Queues &queues, Context &context,
            std::span<const Queues::Point> after);

  /// Runs all steps. Goes on without waiting for the last submission, and says in `left` where that ends, unless `left` is
  /// null or the host has to look at what it leaves.
  Status run(Queues::Point *left);

private:
  Status runShader(const Step &step);
  Status runWatched(const Step &step);
  Status runOnHost(const Step &step);
  Status flush(Queues::Point *left);

  BoundCall &call;
  Queues &queues;
  Context &context;
  Recorder recorder;
  std::span<const Queues::Point> after;
  /// Steps are timed on the device.
  const bool hasTimestamps;
  /// Somebody wants times of steps.
  const bool watched;
  /// The command buffer takes commands.
  bool open = false;
};

} // namespace mx::rt::vulkan
