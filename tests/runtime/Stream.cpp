// Tests of devices, streams and events.
#include "runtime/Stream.h"

#include "runtime/ThreadPool.h"

#include <chrono>
#include <cstring>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace mx::rt {
namespace {

Device &cpu() { return *findDevice(DeviceKind::cpu); }

Program fillWithSeven() {
  Program p;
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
  EXPECT_TRUE(stream.idle());
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_NE(worker, caller);
  for (EventPtr &e : events)
    EXPECT_TRUE(e->ready());
}

TEST(Stream, RunWaitsForWhatWasSubmitted) {
  Stream stream(cpu());
  std::atomic<bool> done{false};
  stream.submit([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    done = true;
    return Status();
  });
  BufferPtr out;
  ASSERT_TRUE(stream.run(fillWithSeven(), {{}, {}, {}, {&out, 1}}));
  EXPECT_TRUE(done);
  EXPECT_EQ(static_cast<char *>(out->data)[0], 7);
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
