// Waiting for a call. The first who waits finds out how it ended; the others wait for that.
#include "runtime/vulkan/Submission.h"

#include <algorithm>

namespace mx::rt::vulkan {

std::vector<Queues::Point> Submission::earlierPoints() const {
  std::vector<Queues::Point> points;
  for (const RunPtr &run : after) {
    const Queues::Point &end = static_cast<const Submission &>(*run).point;
    auto known = std::ranges::find(points, end.queue, &Queues::Point::queue);
    if (known == points.end())
      points.push_back(end);
    else
      known->value = std::max(known->value, end.value);
  }
  return points;
}

Status Submission::wait() {
  std::lock_guard lock(mutex);
  if (std::exchange(ended, true))
    return outcome;
  if (point.queue)
    outcome = queues.wait(point);
  if (point.queue && outcome && context->timestamps.on()) [[unlikely]] {
    queues.collectTimes(*context, point, program, times ? &*times : nullptr);
    if (times && program->times)
      program->times->add(*times);
  }
  for (const RunPtr &earlier : after)
    if (Status s = earlier->wait(); !s && outcome)
      outcome = std::move(s);
  after.clear();
  arena.reset();
  context.reset();
  return outcome;
}

} // namespace mx::rt::vulkan
