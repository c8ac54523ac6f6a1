// mx::eval runs its jobs on the caller, mx::async_eval on the threads of the arrays' streams. Neither holds a lock
// while it does.
#include "frontend/eval/Eval.h"

#include "frontend/eval/Plan.h"
#include "frontend/include/mx/event.h"
#include "frontend/include/mx/transforms.h"
#include "frontend/trace/Errors.h"
#include "frontend/trace/Streams.h"

#include <algorithm>
#include <optional>

namespace mx {
namespace graph {
namespace {

// The calling thread's plan, kept for the room its lists have. A fresh one when evaluation is entered again from a
// deleter of the user's.
class PlanLease {
public:
  PlanLease() : plan(spare ? std::move(spare) : std::make_unique<Plan>()) {}
  ~PlanLease() { spare = std::move(plan); }
  Plan *operator->() const { return plan.get(); }

private:
  static thread_local std::unique_ptr<Plan> spare;
  std::unique_ptr<Plan> plan;
};
thread_local std::unique_ptr<Plan> PlanLease::spare;

// Jobs are queued in the order in which they were planned, or one could wait for a job behind it.
std::mutex &queueingMutex() {
  static auto *mutex = new std::mutex;
  return *mutex;
}

void evaluateOn(const Stream &stream, std::span<const array> arrays) {
  const std::shared_ptr<rt::Stream> queue = queueOf(stream);
  Plan plan;
  std::lock_guard order(queueingMutex());
  plan.make(arrays);
  for (Job &planned : plan.jobs) {
    auto job = std::make_shared<Job>(std::move(planned));
    rt::EventPtr done = job->done;
    auto finish = [job](rt::Status status) {
      return publish(*job, std::move(status), Status::Failed);
    };
    queue->submit({[job = std::move(job)] { return start(*job); }, std::move(finish)}, std::move(done));
  }
}

// Runs jobs in order, on devices several at a time.
class Runner {
public:
  void run(Job &job) {
    auto started = rt::startWithRoom([&] { return start(job); }, [this] { return finishAll(); });
    if (!started || !*started)
      return finish(job, started ? rt::Status() : rt::Status(started.error()));
    if (underWay.size() == rt::kMostRunsUnderWay)
      finishFirst();
    underWay.emplace_back(&job, std::move(*started));
  }
  /// False when nothing was under way.
  bool finishAll() {
    const bool any = !underWay.empty();
    while (!underWay.empty())
      finishFirst();
    return any;
  }
  /// The first failure of all that was run.
  rt::Status first;

private:
  void finishFirst() {
    auto [job, run] = std::move(underWay.front());
    underWay.erase(underWay.begin());
    finish(*job, run->wait());
  }
  void finish(Job &job, rt::Status status) {
    status = publish(job, std::move(status), Status::Unscheduled);
    job.done->complete(status);
    if (!status && first)
      first = std::move(status);
  }

  std::vector<std::pair<Job *, rt::RunPtr>> underWay;
};

} // namespace

void evaluate(std::span<const array> arrays, Passes passes) {
  if (std::all_of(arrays.begin(), arrays.end(), [](const array &a) { return nodeOf(a)->available(); }))
    return;
  PlanLease plan;
  plan->make(arrays, passes);
  Runner runner;
  for (Job &job : plan->jobs)
    runner.run(job);
  runner.finishAll();
  for (const rt::EventPtr &event : plan->pending)
    if (rt::Status status = event->wait(); !status && runner.first)
      runner.first = std::move(status);
  if (!runner.first)
    raise(runner.first.error());
}

void settle(const Node &node) {
  if (node.available())
    return;
  rt::EventPtr event;
  {
    std::lock_guard lock(graphMutex());
    event = node.event;
  }
  if (!event)
    return;
  if (rt::Status status = event->wait(); !status)
    raise(status.error());
}

} // namespace graph

void eval(std::vector<array> outputs) { graph::evaluate(outputs); }

void async_eval(std::vector<array> outputs) {
  // Each stream gets the arrays that were made on it.
  while (!outputs.empty()) {
    const Stream stream = graph::nodeOf(outputs.front())->stream;
    std::vector<array> here, others;
    for (array &a : outputs)
      (graph::nodeOf(a)->stream == stream ? here : others).push_back(std::move(a));
    graph::evaluateOn(stream, here);
    outputs = std::move(others);
  }
}

bool Event::is_signaled() const { return !impl || impl->ready(); }

void Event::wait() const {
  if (!impl)
    return;
  if (rt::Status status = impl->wait(); !status)
    graph::raise(status.error());
}

} // namespace mx
