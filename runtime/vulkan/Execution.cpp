// Submissions of one call. The command buffer is opened by the first shader after a submission.
#include "runtime/vulkan/Execution.h"

#include "runtime/base/Trace.h"

namespace mx::rt::vulkan {

Execution::Execution(BoundCall &call, VulkanDevice &device, Gpu &gpu, Pipelines &pipelines, Queues &queues,
                     Context &context, std::span<const Queues::Point> after)
    : call(call), queues(queues), context(context), recorder(call, device, gpu, pipelines, context), after(after),
      hasTimestamps(gpu.physical.ticks.bits), watched(call.times || tracing()) {}

Status Execution::run(Queues::Point *left) {
  TraceSpan span("program", call.program.name);
  for (const Step &step : call.program.steps)
    if (Status s = step.entry.shader ? runShader(step) : runOnHost(step); !s)
      return s;
  return flush(left);
}

Status Execution::runShader(const Step &step) {
  if (!std::exchange(open, true)) {
    if (Status s = context.begin(); !s)
      return s;
    if (watched) [[unlikely]]
      context.timestamps.begin(context.commands, call.program.steps.size());
  }
  return watched ? runWatched(step) : recorder.record(step);
}

Status Execution::runWatched(const Step &step) {
  const uint32_t before = recorder.numRecorded();
  if (Status s = recorder.record(step); !s || recorder.numRecorded() == before)
    return s;
  const auto number = static_cast<size_t>(&step - call.program.steps.data());
  if (context.timestamps.on())
    context.timestamps.partEnds(context.commands, number);
  if (hasTimestamps || !call.times)
    return {};
  const int64_t start = traceClock();
  Status s = flush(nullptr);
  call.times->stepNs[number] = traceClock() - start;
  return s;
}

Status Execution::runOnHost(const Step &step) {
  if (Status s = flush(nullptr); !s)
    return s;
  for (Queues::Point point : std::exchange(after, {}))
    if (Status s = queues.wait(point); !s)
      return s;
  return recorder.runOnHost(step);
}

Status Execution::flush(Queues::Point *left) {
  if (!std::exchange(open, false))
    return {};
  if (Status s = context.end(); !s)
    return s;
  if (recorder.numRecorded()) {
    auto point = queues.submit(context, std::exchange(after, {}));
    if (!point)
      return point.error();
    recorder.submitted();
    if (left && !recorder.hostFinishes()) {
      *left = *point;
      return {};
    }
    if (Status s = queues.wait(*point); !s)
      return s;
    if (context.timestamps.on()) [[unlikely]]
      queues.collectTimes(context, *point, &call.program, call.times ? &*call.times : nullptr);
  }
  return recorder.finish();
}

} // namespace mx::rt::vulkan
