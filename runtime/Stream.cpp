// A stream's queue and its thread, which starts at the first submit. The count of pending work is atomic so that a
// synchronous run on an idle stream takes no lock.
#include "runtime/Stream.h"

#include "runtime/base/Fork.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace mx::rt {

struct Stream::Queue {
  struct Item {
    std::function<Status()> work;
    EventPtr event;
  };

  /// Adds work and sees to it that a thread runs it.
  void push(std::function<Status()> work, EventPtr event);
  Status drain();
  void stop();
  void threadMain();

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Item> items;
  /// Queued or running.
  std::atomic<size_t> pending{0};
  Status firstFailure;
  bool stopping = false;
  std::thread thread;
  const uint32_t generation = forkGeneration();
};

void Stream::Queue::push(std::function<Status()> work, EventPtr event) {
  std::unique_lock lock(mutex);
  if (!thread.joinable()) {
    try {
      thread = std::thread([this] { threadMain(); });
    } catch (const std::system_error &) {
      // No thread to be had: the work is done here, in order, for nothing can be queued without a thread.
      lock.unlock();
      Status status = work();
      lock.lock();
      if (!status && firstFailure)
        firstFailure = status;
      event->complete(std::move(status));
      return;
    }
  }
  pending.fetch_add(1, std::memory_order_relaxed);
  items.push_back({std::move(work), std::move(event)});
  lock.unlock();
  changed.notify_all();
}

void Stream::Queue::threadMain() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return stopping || !items.empty(); });
    if (items.empty())
      return;
    Item item = std::move(items.front());
    items.pop_front();
    lock.unlock();
    Status status = item.work();
    // What the work owns goes before anybody hears that it is done: a waiter may count on the memory.
    item.work = nullptr;
    lock.lock();
    if (!status && firstFailure)
      firstFailure = status;
    item.event->complete(std::move(status));
    if (pending.fetch_sub(1, std::memory_order_release) == 1)
      changed.notify_all();
  }
}

Status Stream::Queue::drain() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return pending.load(std::memory_order_acquire) == 0; });
  return std::exchange(firstFailure, Status());
}

void Stream::Queue::stop() {
  {
    std::lock_guard lock(mutex);
    stopping = true;
  }
  changed.notify_all();
  if (thread.joinable())
    thread.join();
}

Stream::Stream(Device &device) : target(device), current(new Queue) {}

Stream::~Stream() {
  Queue *q = current.load();
  // After a fork the queue's thread is the parent's; its mutex may be held for good.
  if (q->generation != forkGeneration())
    return;
  q->stop();
  delete q;
}

Stream::Queue &Stream::queue() const {
  Queue *q = current.load(std::memory_order_acquire);
  if (q->generation == forkGeneration()) [[likely]]
    return *q;
  auto *fresh = new Queue;
  if (current.compare_exchange_strong(q, fresh, std::memory_order_acq_rel))
    return *fresh;
  delete fresh;
  return *q;
}

Status Stream::run(const Program &program, const RunArgs &args) {
  Queue &q = queue();
  if (q.pending.load(std::memory_order_acquire) != 0) {
    // Failures stay for synchronize to report.
    std::unique_lock lock(q.mutex);
    q.changed.wait(lock, [&q] { return q.pending.load(std::memory_order_acquire) == 0; });
  }
  return target.run(program, args);
}

void Stream::submit(std::function<Status()> work, EventPtr event) { queue().push(std::move(work), std::move(event)); }

EventPtr Stream::submit(std::function<Status()> work) {
  auto event = std::make_shared<Event>();
  submit(std::move(work), event);
  return event;
}

Status Stream::synchronize() {
  Status queued = queue().drain();
  Status device = target.synchronize();
  return queued ? device : queued;
}

bool Stream::idle() const { return queue().pending.load(std::memory_order_acquire) == 0; }

} // namespace mx::rt
