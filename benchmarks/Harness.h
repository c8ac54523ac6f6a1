// How the rows of mx-bench are timed: competing sides in one process, in turns, each with the others' threads gone or
// asleep. Only ratios between sides of one row mean something on a shared machine.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace mx::bench {

/// Threads every side may use (MX_NUM_THREADS, 2 when unset).
int numThreads();
/// A steady clock's milliseconds.
double nowMs();

/// One side of a comparison.
struct Side {
  std::string name;
  /// The work that is timed.
  std::function<void()> run;
  /// Called before and after each turn of this side: starts and ends threads of its own. May be empty.
  std::function<void()> beginTurn, endTurn;
};

/// Milliseconds of one run.
struct Timing {
  double minMs = 0, medianMs = 0;
  int runs = 0;
};

struct AlternateOptions {
  int turns = 5;
  int runsPerTurn = 5;
  /// Untimed runs that open a turn, as many as fill this time: by then caches and clock are in their steady state and
  /// the system has spread woken threads over the cores, which takes it a few milliseconds.
  double warmupMs = 20;
  /// Before each turn: longer than the time for which idle threads of OpenBLAS (26 ms) and of mx spin.
  int pauseMs = 80;
  /// Calls that make one timed run; the time of a run is divided by it.
  int callsPerRun = 1;
};

/// Times the sides in turns; one Timing per side, over turns * runsPerTurn runs.
std::vector<Timing> alternate(const std::vector<Side> &sides, const AlternateOptions &options = {});

/// Threads that meet at every run: a parallel loop without the cost of starting threads in the timed part.
/// Workers spin between runs, so a crew lives only as long as its side's turn.
class Crew {
public:
  explicit Crew(int threads);
  ~Crew();
  Crew(const Crew &) = delete;
  Crew &operator=(const Crew &) = delete;
  /// Calls work(0) ... work(threads - 1), each on a thread of its own, and returns when all have.
  void run(const std::function<void(int)> &work);

private:
  std::vector<std::thread> workers;
  const std::function<void(int)> *current = nullptr;
  std::atomic<uint32_t> round{0}, pending{0};
  std::atomic<bool> done{false};
};

/// Page-aligned memory filled with small numbers; touched, so that no page fault falls into a timed run.
class Buffer {
public:
  explicit Buffer(size_t numFloats, float scale = 1.0f);
  ~Buffer();
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  float *data() const { return floats; }
  size_t size() const { return count; }

private:
  float *floats;
  size_t count;
};

} // namespace mx::bench
