// A stream's queue and its threads, which start when they are first needed. The count of pending work is atomic so that a
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
    Work work;
    EventPtr event;
    RunPtr run;
  };

  /// Adds work and sees to it that a thread runs it.
  void push(Work work, EventPtr event);
  Status drain();
  void stop();
  bool launch(std::thread &thread, void (Queue::*main)());
  void startMain();
  void finishMain();
  bool endUnderWay();
  void leaveUnderWay(Item item);
  void finish(Item item, Status status);

  std::mutex mutex;
  std::condition_variable changed;
  /// What has not been started, and what runs on the device.
  std::deque<Item> items, underWay;
  /// Queued, running or under way.
  std::atomic<size_t> pending{0};
  Status firstFailure;
  /// Nothing more is queued; nothing more is started.
  bool stopping = false, allStarted = false;
  std::thread starter, finisher;
  const uint32_t generation = forkGeneration();
};

/// False when there is no thread to be had.
bool Stream::Queue::launch(std::thread &thread, void (Queue::*main)()) {
  try {
    if (!thread.joinable())
      thread = std::thread(main, this);
    return true;
  } catch (const std::system_error &) {
    return false;
  }
}

void Stream::Queue::push(Work work, EventPtr event) {
  pending.fetch_add(1, std::memory_order_relaxed);
  Item item{std::move(work), std::move(event), nullptr};
  std::unique_lock lock(mutex);
  if (!launch(starter, &Queue::startMain)) {
    // The work is done here, in order, for nothing can be queued without a thread.
    lock.unlock();
    auto started = item.work.start();
    return finish(std::move(item), !started ? Status(started.error()) : *started ? (*started)->wait() : Status());
  }
  items.push_back(std::move(item));
  lock.unlock();
  changed.notify_all();
}

/// Waits for what runs on the device; false when nothing does.
bool Stream::Queue::endUnderWay() {
  std::unique_lock lock(mutex);
  if (underWay.empty())
    return false;
  changed.wait(lock, [this] { return underWay.empty(); });
  return true;
}

void Stream::Queue::startMain() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return stopping || !items.empty(); });
    if (items.empty())
      return;
    Item item = std::move(items.front());
    items.pop_front();
    lock.unlock();
    auto started = startWithRoom(item.work.start, [this] { return endUnderWay(); });
    if (started && *started) {
      item.run = std::move(*started);
      leaveUnderWay(std::move(item));
    } else {
      finish(std::move(item), started ? Status() : Status(started.error()));
    }
    lock.lock();
  }
}

void Stream::Queue::leaveUnderWay(Item item) {
  std::unique_lock lock(mutex);
  if (!launch(finisher, &Queue::finishMain)) {
    lock.unlock();
    Status status = item.run->wait();
    return finish(std::move(item), std::move(status));
  }
  changed.wait(lock, [this] { return underWay.size() < kMostRunsUnderWay; });
  underWay.push_back(std::move(item));
  changed.notify_all();
}

void Stream::Queue::finishMain() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return allStarted || !underWay.empty(); });
    if (underWay.empty())
      return;
    // Its place is kept until it has ended.
    Item item = std::move(underWay.front());
    lock.unlock();
    Status status = item.run->wait();
    finish(std::move(item), std::move(status));
    lock.lock();
    underWay.pop_front();
    changed.notify_all();
  }
}

/// Called without the lock.
void Stream::Queue::finish(Item item, Status status) {
  if (item.work.finish)
    status = item.work.finish(std::move(status));
  // What the work owns goes before anybody hears that it is done: a waiter may count on the memory.
  item.work = {};
  item.run.reset();
  std::lock_guard lock(mutex);
  if (!status && firstFailure)
    firstFailure = status;
  item.event->complete(std::move(status));
  if (pending.fetch_sub(1, std::memory_order_release) == 1)
    changed.notify_all();
}

Status Stream::Queue::drain() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return pending.load(std::memory_order_acquire) == 0; });
  return std::exchange(firstFailure, Status());
}

void Stream::Queue::stop() {
  auto tell = [this](bool &flag, std::thread &thread) {
    {
      std::lock_guard lock(mutex);
      flag = true;
    }
    changed.notify_all();
    if (thread.joinable())
      thread.join();
  };
  tell(stopping, starter);
  tell(allStarted, finisher);
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

void Stream::finish() const {
  Queue &q = queue();
  if (q.pending.load(std::memory_order_acquire) == 0)
    return;
  std::unique_lock lock(q.mutex);
  q.changed.wait(lock, [&q] { return q.pending.load(std::memory_order_acquire) == 0; });
}

void Stream::submit(Work work, EventPtr event) { queue().push(std::move(work), std::move(event)); }

EventPtr Stream::submit(std::function<Status()> work) {
  auto event = std::make_shared<Event>();
  auto start = [work = std::move(work)]() -> Result<RunPtr> {
    if (Status s = work(); !s)
      return s.error();
    return RunPtr();
  };
  submit({std::move(start), nullptr}, event);
  return event;
}

Status Stream::synchronize() {
  Status queued = queue().drain();
  Status device = target.synchronize();
  return queued ? device : queued;
}

} // namespace mx::rt
