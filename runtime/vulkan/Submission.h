// A call that the device runs while the host goes on: what it must keep, and where on the time line it ends.
#pragma once

#include "runtime/BoundCall.h"
#include "runtime/Run.h"
#include "runtime/vulkan/Queues.h"

namespace mx::rt::vulkan {

class Submission final : public Run {
public:
  /// `after`: the runs it reads from.
  Submission(Queues &queues, std::vector<RunPtr> after)
      : queues(queues), context(queues.take()), after(std::move(after)) {}
  ~Submission() override { (void)wait(); }

  /// Where the last of the runs it reads from end, one point a queue.
  std::vector<Queues::Point> earlierPoints() const;
  /// Says where it ends; keeps what the call holds until then. Without this it has ended.
  void submitted(Queues::Point end, BoundCall &call) {
    point = end;
    arena = call.takeArena();
    program = &call.program;
    times = std::move(call.times);
  }
  Status wait() override;

  Queues &queues;
  /// What the call is recorded into, until it has ended.
  Queues::ContextPtr context;

private:
  Queues::Point point;
  BufferPtr arena;
  const CompiledProgram *program = nullptr;
  std::optional<CallTimes> times;
  std::vector<RunPtr> after;
  std::mutex mutex;
  bool ended = false;
  Status outcome;
};

} // namespace mx::rt::vulkan
