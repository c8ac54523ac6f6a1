// Evaluation in the background: what returns at once, who waits for whom, and where failures surface.
#include "frontend/trace/Node.h"
#include "frontend/trace/Streams.h"
#include "tests/compile/Support.h"

#include <atomic>
#include <future>
#include <thread>

namespace mx::test {
namespace {

/// Holds a stream's thread up until open() or the end of the scope.
class Gate {
public:
  explicit Gate(Stream s = default_stream(Device::cpu)) {
    graph::queueOf(s)->submit([open = opened] {
      open->wait(false);
      return rt::Status();
    });
  }
  ~Gate() { open(); }
  void open() {
    *opened = true;
    opened->notify_all();
  }

private:
  std::shared_ptr<std::atomic<bool>> opened = std::make_shared<std::atomic<bool>>(false);
};

TEST(AsyncEval, ReturnsBeforeTheWorkIsDone) {
  array x = ramp({64}), y = exp(x), z = y + 1.f;
  Gate gate;
  async_eval(z);
  for (const array &a : {y, z}) { // y is held, so it is computed as well
    EXPECT_FALSE(a.is_available());
    EXPECT_EQ(a.status(), array::scheduled);
    EXPECT_TRUE(a.event().valid());
    EXPECT_FALSE(a.event().is_signaled());
  }
  Event done = z.event();
  gate.open();
  done.wait();
  EXPECT_TRUE(done.is_signaled());
  EXPECT_TRUE(z.is_available());
  EXPECT_TRUE(y.is_available());
  EXPECT_FALSE(z.event().valid());
  EXPECT_TRUE(sameBits(z, exp(x) + 1.f));
}

// Each way to get at the value waits for it.
TEST(AsyncEval, ReadersWait) {
  const auto readers = std::vector<std::pair<const char *, std::function<float(array &)>>>{
      {"eval", [](array &a) { a.eval(); return a.data<float>()[0]; }},
      {"wait", [](array &a) { a.wait(); return a.data<float>()[0]; }},
      {"item", [](array &a) { return a.item<float>(); }},
      {"const item", [](array &a) { return std::as_const(a).item<float>(); }},
      {"data", [](array &a) { return a.data<float>()[0]; }},
      {"buffer", [](array &a) { return static_cast<float *>(a.buffer().raw_ptr())[0]; }},
      {"flags", [](array &a) { return a.flags().row_contiguous ? a.data<float>()[0] : 0; }},
      {"synchronize", [](array &a) { synchronize(); return a.is_available() ? a.data<float>()[0] : 0; }},
      {"another eval", [](array &a) { return (a + 0.f).item<float>(); }},
      {"compiled function", [](array &a) { return compile([](array x) { return x + 0.f; })(a).item<float>(); }},
      {"captured", [](array &a) { return compile([&](array x) { return x * a; })(array(1.f)).item<float>(); }},
      {"vjp", [](array &a) { return grad([](const array &x) { return sum(x * x * 0.5f); })(a).item<float>(); }},
  };
  for (const auto &[name, read] : readers) {
    array a = sum(array({1.f, 2.f, 4.f}));
    Gate gate;
    async_eval(a);
    auto value = std::async(std::launch::async, [&] { return read(a); });
    EXPECT_EQ(value.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout) << name;
    gate.open();
    EXPECT_EQ(value.get(), 7) << name;
  }
}

// Work on one stream waits for its inputs from another, also when both are queued at once.
TEST(AsyncEval, StreamsWaitForEachOther) {
  const Stream first = new_thread_unsafe_stream(Device::cpu), second = new_thread_unsafe_stream(Device::cpu);
  array x = ramp({1000});
  Gate gate(first);
  array a = multiply(x, array(2.f), first), b = add(a, array(1.f), second), c = add(b, a, first);
  async_eval(a);
  async_eval(b);
  async_eval(c);
  array apart = add(x, array(3.f), second);
  EXPECT_FALSE(b.is_available());
  apart.eval(); // on the caller: nothing of it is held up
  gate.open();
  EXPECT_TRUE(sameBits(c, x * 2.f + 1.f + x * 2.f));
  // One call with arrays of both.
  array d = exp(x, first), e = exp(d, second);
  async_eval(d, e);
  EXPECT_TRUE(sameBits(e, exp(exp(x))));
}

TEST(AsyncEval, ChainsOfCalls) {
  array x = array(1.f);
  for (int i = 0; i < 500; ++i) {
    x = x * 0.5f + 1.f;
    async_eval(x);
  }
  EXPECT_EQ(x.item<float>(), 2);
}

// More ops than one program takes, with values of pieces that later ones read.
TEST(AsyncEval, GraphsInPieces) {
  array start = ramp({3}), x = start, held = x;
  for (int i = 0; i < 5000; ++i) {
    x = x + 1.f;
    if (i == 2999)
      held = x;
  }
  async_eval(x);
  EXPECT_EQ(held.status() == array::unscheduled, false);
  EXPECT_TRUE(sameBits(x - 5000.f + start * 0.f, x - 5000.f));
  EXPECT_EQ(held.data<float>()[0] + 2000, x.data<float>()[0]);
}

TEST(AsyncEval, FailuresSurfaceAtTheWait) {
  array x = ramp({256, 256}), small = ramp({4});
  array big = broadcast_to(expand_dims(x, 0), {64, 256, 256}) + 1.f, after = sum(big);
  const Event event = [&] {
    MemoryLimit limit(get_active_memory() + (1 << 20));
    Gate gate;
    async_eval(big);
    async_eval(after);
    Event e = big.event();
    gate.open();
    EXPECT_THROW(synchronize(), DeviceError); // the limit holds until the work has failed
    return e;
  }();
  EXPECT_FALSE(big.is_available());
  for (int i = 0; i < 2; ++i) { // each time
    EXPECT_THROW(event.wait(), DeviceError);
    EXPECT_THROW(big.eval(), DeviceError);
    EXPECT_THROW(big.wait(), DeviceError);
    EXPECT_THROW(big.data<float>(), DeviceError);
    EXPECT_THROW(after.item<float>(), DeviceError);
    EXPECT_THROW(eval(big + 1.f), DeviceError);
    EXPECT_THROW(async_eval(sum(big)), DeviceError);
  }
  try {
    big.eval();
  } catch (const DeviceError &e) {
    EXPECT_EQ(e.code(), ErrorCode::out_of_memory);
  }
  synchronize(); // has been told
  EXPECT_TRUE(sameBits(small + 1.f, 1.f + small));
  EXPECT_TRUE(sameBits(sum(broadcast_to(expand_dims(x, 0), {64, 256, 256}) + 1.f, 0), x * 64.f + 64.f));
}

// On the caller a failure can be tried again.
TEST(Eval, FailuresLeaveTheArrayAsItWas) {
  array x = ramp({256, 256}), big = broadcast_to(expand_dims(x, 0), {64, 256, 256}) + 1.f;
  {
    MemoryLimit limit(get_active_memory() + (1 << 20));
    EXPECT_THROW(big.eval(), DeviceError);
    EXPECT_EQ(big.status(), array::unscheduled);
    EXPECT_THROW(big.eval(), DeviceError);
  }
  big.eval();
  EXPECT_TRUE(big.is_available());
}

TEST(AsyncEval, RefusesWhatHasNoValue) {
  EXPECT_THROW(compile([](array x) {
    async_eval(x + 1.f);
    return x;
  })(array(1.f)), InvalidArgument);
}

// Threads that want the same lazy arrays: one computes, the others wait or take their part.
TEST(Eval, SharedByThreads) {
  for (int round = 0; round < 20; ++round) {
    array x = ramp({round + 2, 50});
    array y = exp(x), z = softmax(y, -1), w = sum(z * y);
    std::vector<std::thread> threads;
    std::vector<float> values(8);
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        array mine = w + static_cast<float>(t);
        if (t % 3 == 0)
          async_eval(mine, z);
        if (t % 2)
          eval(y, z);
        z.strides();
        values[t] = mine.item<float>() - t;
      });
    for (std::thread &thread : threads)
      thread.join();
    for (float v : values)
      EXPECT_NEAR(v, w.item<float>(), 1e-4);
  }
}

TEST(Eval, BufferOfAHostScalarIsOne) {
  array a(2.5f);
  std::vector<std::thread> threads;
  std::vector<const void *> pointers(8);
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] { pointers[t] = a.buffer().raw_ptr(); });
  for (std::thread &thread : threads)
    thread.join();
  for (const void *p : pointers)
    EXPECT_EQ(p, pointers[0]);
  EXPECT_EQ(*static_cast<const float *>(pointers[0]), 2.5f);
}

TEST(Eval, SiblingsAreTheOtherResults) {
  ArraysFn both = custom_function([](const Arrays &in) { return Arrays{in[0] + 1.f, in[0] * 2.f}; },
                                  [](const Arrays &, const Arrays &cotangents, const Arrays &) { return Arrays{cotangents[0]}; });
  Arrays out = both({array({1.f, 2.f})});
  ASSERT_EQ(out[0].siblings().size(), 1u);
  EXPECT_TRUE(sameBits(out[0].siblings()[0], out[1]));
  EXPECT_EQ(exp(out[0]).siblings().size(), 0u);
}

} // namespace
} // namespace mx::test
