// Taking turns and measuring. A turn is: pause, begin, warm up, timed runs, end; the pause lets the other side's idle
// threads fall asleep.
#include "benchmarks/Harness.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <new>

using namespace mx::bench;

namespace {

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

} // namespace

double mx::bench::nowMs() {
  using namespace std::chrono;
  return duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
}

int mx::bench::numThreads() {
  const char *set = std::getenv("MX_NUM_THREADS");
  int threads = set ? std::atoi(set) : 2;
  return std::max(1, threads);
}

std::vector<Timing> mx::bench::alternate(const std::vector<Side> &sides, const AlternateOptions &options) {
  std::vector<std::vector<double>> times(sides.size());
  for (int turn = 0; turn < options.turns; ++turn) {
    for (size_t s = 0; s < sides.size(); ++s) {
      const Side &side = sides[s];
      std::this_thread::sleep_for(std::chrono::milliseconds(options.pauseMs));
      if (side.beginTurn)
        side.beginTurn();
      for (double end = nowMs() + options.warmupMs; nowMs() < end;)
        side.run();
      for (int i = 0; i < options.runsPerTurn; ++i) {
        double begin = nowMs();
        for (int call = 0; call < options.callsPerRun; ++call)
          side.run();
        times[s].push_back((nowMs() - begin) / options.callsPerRun);
      }
      if (side.endTurn)
        side.endTurn();
    }
  }
  std::vector<Timing> timings;
  for (std::vector<double> &t : times) {
    std::sort(t.begin(), t.end());
    timings.push_back({t.front(), t[t.size() / 2], int(t.size())});
  }
  return timings;
}

Crew::Crew(int threads) {
  for (int i = 1; i < threads; ++i)
    workers.emplace_back([this, i] {
      for (uint32_t seen = 0;;) {
        uint32_t next;
        while ((next = round.load(std::memory_order_acquire)) == seen)
          relax();
        seen = next;
        if (done.load(std::memory_order_relaxed))
          return;
        (*current)(i);
        pending.fetch_sub(1, std::memory_order_release);
      }
    });
}

Crew::~Crew() {
  done.store(true, std::memory_order_relaxed);
  round.fetch_add(1, std::memory_order_release);
  for (std::thread &worker : workers)
    worker.join();
}

void Crew::run(const std::function<void(int)> &work) {
  current = &work;
  pending.store(uint32_t(workers.size()), std::memory_order_relaxed);
  round.fetch_add(1, std::memory_order_release);
  work(0);
  while (pending.load(std::memory_order_acquire))
    relax();
}

Buffer::Buffer(size_t numFloats, float scale) : count(numFloats) {
  size_t bytes = (numFloats * sizeof(float) + 4095) / 4096 * 4096;
  floats = static_cast<float *>(std::aligned_alloc(4096, bytes));
  if (!floats)
    throw std::bad_alloc();
  // A short multiplicative sequence: no denormals, no two equal neighbours.
  uint32_t state = 0x9e3779b9u;
  for (size_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    floats[i] = scale * (float(state >> 8) * (2.0f / 16777216.0f) - 1.0f);
  }
}

Buffer::~Buffer() { std::free(floats); }
