// Tests of devices, streams and events.
#include "runtime/Stream.h"

#include "runtime/ThreadPool.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace mx::rt {
namespace {

Device &cpu() { return *findDevice(DeviceKind::cpu); }

CompiledProgram fillWithSeven() {
  CompiledProgram p;
  p.name = "seven";
  p.outputs = {{DType::uint8, {100}, 100, -1}};
  p.steps = {{{"fill", [](const mx_args *args, uint32_t begin, uint32_t end) -> int {
                 std::memset(static_cast<char *>(args->buffers[0]) + begin, 7, end - begin);
                 return 0;
               }, 0}, {{BufferRef::Output, 0}}, {}, 100, 1}};
  return p;
}

TEST(Device, CpuAndNullAreAlwaysThere) {
  ASSERT_TRUE(findDevice(DeviceKind::cpu));
  ASSERT_TRUE(findDevice(DeviceKind::null));
  EXPECT_EQ(findDevice(DeviceKind::cpu, 1), nullptr);
  EXPECT_EQ(countDevices(DeviceKind::cpu), 1);
  EXPECT_EQ(cpu().name(), "cpu");
  EXPECT_FALSE(cpu().info().empty());
}

TEST(Device, NullRunsNothingButBindsOutputs) {
  BufferPtr a, b;
  ASSERT_TRUE(cpu().run(fillWithSeven(), {{}, {}, {}, {&a, 1}}));
  ASSERT_TRUE(findDevice(DeviceKind::null)->run(fillWithSeven(), {{}, {}, {}, {&b, 1}}));
  EXPECT_EQ(static_cast<char *>(a->data)[99], 7);
  EXPECT_EQ(static_cast<char *>(b->data)[99], 0);
}

TEST(Stream, SubmittedWorkRunsInOrderOffTheCaller) {
  Stream stream(cpu());
  std::vector<int> order;
  std::thread::id caller = std::this_thread::get_id(), worker;
  std::vector<EventPtr> events;
  for (int i = 0; i < 100; ++i)
    events.push_back(stream.submit([&, i] {
      worker = std::this_thread::get_id();
      order.push_back(i);
      return Status();
    }));
  EXPECT_TRUE(stream.synchronize());
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_NE(worker, caller);
  for (EventPtr &e : events)
    EXPECT_TRUE(e->ready());
}

TEST(Stream, FinishWaitsForWhatWasSubmitted) {
  Stream stream(cpu());
  std::atomic<bool> done{false};
  stream.submit([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    done = true;
    return Status();
  });
  stream.finish();
  EXPECT_TRUE(done);
}

TEST(Stream, AFailureIsKeptInItsEventAndLaterWorkGoesOn) {
  Stream stream(cpu());
  EventPtr bad = stream.submit([] { return Status(Error{ErrorCode::outOfRange, "index 9"}); });
  EventPtr good = stream.submit([] { return Status(); });
  EXPECT_TRUE(good->wait());
  for (int i = 0; i < 2; ++i) {
    Status s = bad->wait();
    ASSERT_FALSE(s);
    EXPECT_EQ(s.error().message, "index 9");
  }
  Status first = stream.synchronize();
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::outOfRange);
  EXPECT_TRUE(stream.synchronize()) << "a failure is reported once";
}

TEST(Stream, DestructionWaitsForTheQueue) {
  std::atomic<int> count{0};
  {
    Stream stream(cpu());
    for (int i = 0; i < 50; ++i)
      stream.submit([&] {
        ++count;
        return Status();
      });
  }
  EXPECT_EQ(count, 50);
}

TEST(Stream, WhatTheWorkHeldIsReleasedBeforeItsEvent) {
  Stream stream(cpu());
  for (int i = 0; i < 100; ++i) {
    auto held = std::make_shared<int>(1);
    std::weak_ptr<int> watch = held;
    EventPtr e = stream.submit([held = std::move(held)] { return Status(); });
    EXPECT_TRUE(e->wait());
    EXPECT_TRUE(watch.expired());
  }
}

/// A run that ends when the test says so.
class TestRun final : public Run {
public:
  Status wait() override {
    ended.wait(false);
    return outcome;
  }
  void end(Status how = {}) {
    outcome = std::move(how);
    ended = true;
    ended.notify_all();
  }

private:
  std::atomic<bool> ended{false};
  Status outcome;
};

TEST(Stream, WhatRunsOnADeviceLetsTheStreamGoOn) {
  Stream stream(cpu());
  auto first = std::make_shared<TestRun>(), second = std::make_shared<TestRun>();
  std::vector<EventPtr> events;
  std::vector<std::string> finished;
  for (const auto &[name, run] : {std::pair{"first", first}, {"second", second}}) {
    events.push_back(std::make_shared<Event>());
    stream.submit({[run, event = events.back()] {
                     event->start(run);
                     return Result<RunPtr>(run);
                   },
                   [&finished, name = std::string(name)](Status s) {
                     finished.push_back(name);
                     return s;
                   }},
                  events.back());
  }
  EventPtr after = stream.submit([] { return Status(); });
  EXPECT_TRUE(after->wait()) << "work of the host does not wait for the device";
  EXPECT_EQ(events[0]->started(), first);
  EXPECT_EQ(events[1]->started(), second);
  EXPECT_FALSE(events[0]->ready());
  second->end(Error{ErrorCode::device, "lost"});
  EXPECT_FALSE(events[1]->ready());
  first->end();
  EXPECT_TRUE(events[0]->wait());
  EXPECT_EQ(events[0]->started(), nullptr) << "an event that is ready holds no run";
  EXPECT_EQ(events[1]->wait().error().message, "lost");
  EXPECT_EQ(stream.synchronize().error().message, "lost");
  EXPECT_EQ(finished, (std::vector<std::string>{"first", "second"}));
}

TEST(Stream, RunsUnderWayAreBounded) {
  Stream stream(cpu());
  std::vector<std::shared_ptr<TestRun>> runs(2 * kMostRunsUnderWay);
  std::atomic<size_t> started{0};
  EventPtr last;
  for (auto &run : runs) {
    run = std::make_shared<TestRun>();
    last = std::make_shared<Event>();
    stream.submit({[&started, run] {
                     ++started;
                     return Result<RunPtr>(run);
                   },
                   nullptr},
                  last);
  }
  // One more waits to be taken in.
  while (started != kMostRunsUnderWay + 1)
    std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(started, kMostRunsUnderWay + 1);
  for (auto &run : runs)
    run->end();
  EXPECT_TRUE(last->wait());
  EXPECT_EQ(started, runs.size());
}

TEST(Stream, WorkThatLacksMemoryStartsAgainWhenRunsHaveEnded) {
  Stream stream(cpu());
  auto run = std::make_shared<TestRun>();
  auto first = std::make_shared<Event>(), second = std::make_shared<Event>();
  stream.submit({[run] { return Result<RunPtr>(run); }, nullptr}, first);
  std::atomic<int> attempts{0};
  stream.submit({[&]() -> Result<RunPtr> {
                   ++attempts;
                   if (!first->ready())
                     return Error{ErrorCode::outOfMemory, "full"};
                   return RunPtr();
                 },
                 nullptr},
                second);
  while (attempts == 0)
    std::this_thread::yield();
  run->end();
  EXPECT_TRUE(second->wait());
  EXPECT_EQ(attempts, 2);
  // With nothing under way the failure stands.
  EventPtr third = stream.submit([&attempts]() -> Status {
    ++attempts;
    return Error{ErrorCode::outOfMemory, "full"};
  });
  EXPECT_EQ(third->wait().error().code, ErrorCode::outOfMemory);
  EXPECT_EQ(attempts, 3);
}

TEST(Stream, FinishWaitsForTheDeviceAndKeepsFailures) {
  Stream stream(cpu());
  auto run = std::make_shared<TestRun>();
  auto event = std::make_shared<Event>();
  stream.submit({[run] { return Result<RunPtr>(run); }, nullptr}, event);
  std::thread ender([run] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    run->end(Error{ErrorCode::device, "lost"});
  });
  stream.finish();
  EXPECT_TRUE(event->ready());
  EXPECT_EQ(stream.synchronize().error().message, "lost");
  ender.join();
}

TEST(Stream, DestructionWaitsForTheDevice) {
  auto run = std::make_shared<TestRun>();
  auto event = std::make_shared<Event>();
  std::thread ender;
  {
    Stream stream(cpu());
    stream.submit({[run] { return Result<RunPtr>(run); }, nullptr}, event);
    ender = std::thread([run] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      run->end();
    });
  }
  EXPECT_TRUE(event->ready());
  ender.join();
}

TEST(Stream, AForkedChildGetsAQueueOfItsOwn) {
  Stream stream(cpu());
  ASSERT_TRUE(stream.submit([] { return Status(); })->wait());
  pid_t child = fork();
  if (child == 0) {
    bool ok = bool(stream.submit([] { return Status(); })->wait()) && bool(stream.synchronize());
    _exit(ok ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

} // namespace
} // namespace mx::rt
