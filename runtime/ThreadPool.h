// The persistent CPU thread pool. Work is a range of independent units claimed atomically; the caller
// takes part and never waits for a worker that has not started.
#pragma once

#include "runtime/KernelAbi.h"

#include <atomic>
#include <cstdint>

namespace mx::rt {

/// The threads that run kernels and compile jobs. All members may be called from any thread.
class ThreadPool {
public:
  /// What run returns when a thread cannot get its scratch memory; kernels return positive values.
  static constexpr int kScratchFailed = -1;

  /// The pool of the process: MX_NUM_THREADS threads, the caller counted (default: the cores it may use). Dropped at
  /// fork and restarted lazily.
  static ThreadPool &instance();

  /// Runs fn(args, begin, end) over [0, units) split into ranges of about `grain` units. args.scratch is replaced
  /// per thread by `scratchBytes` bytes that live as long as the thread. Returns the first nonzero result, else 0;
  /// after MX_KERNEL_INDEX_OUT_OF_RANGE `fault`, if given, is what the kernel left. `parallel` false runs all of it on
  /// the caller, and so does a call while the pool serves another one or from inside it.
  int run(mx_kernel fn, const mx_args &args, uint32_t units, uint32_t grain, int64_t scratchBytes, bool parallel,
          mx_fault *fault = nullptr);

  /// Calls fn(context, i) for i in [0, count), each as a task of its own: for compile jobs. What a task runs on the
  /// pool in turn runs on the task's thread.
  void forEach(uint32_t count, void (*fn)(void *context, uint32_t i), void *context);

  /// Threads that take part, the caller counted.
  int numThreads() const;
  /// Sets the number of threads (at least 1) for later runs. Waits for the run that is under way; not to be called
  /// from inside one.
  void setNumThreads(int threads);
  /// Parks all workers at once instead of after their spin time: a benchmark's peer gets the machine.
  void sleepWorkers();

private:
  struct State;
  ThreadPool();
  State &state();
  State &restartAfterFork(State *inherited);

  std::atomic<State *> current;
};

} // namespace mx::rt
