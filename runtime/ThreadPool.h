// The persistent CPU thread pool. Work is a range of independent units claimed atomically; the caller
// takes part and never waits for a worker that has not started.
#pragma once

#include "runtime/KernelAbi.h"

#include <cstdint>

namespace mx::rt {

class ThreadPool {
public:
  /// The pool of the process: MX_NUM_THREADS threads, the caller counted (default: the cores it may use). Dropped at
  /// fork and restarted lazily.
  static ThreadPool &instance();

  /// Runs fn(args, begin, end) over [0, units) split into ranges of about `grain` units. args.scratch is replaced
  /// per thread by `scratchBytes` bytes that live as long as the thread. Returns the first nonzero result, else 0.
  /// `parallel` false runs all of it on the caller.
  int run(mx_kernel fn, const mx_args &args, uint32_t units, uint32_t grain, int64_t scratchBytes, bool parallel);

  /// Calls fn(context, i) for i in [0, count), each as a task of its own: for compile jobs.
  void forEach(uint32_t count, void (*fn)(void *context, uint32_t i), void *context);

  /// Threads that take part, the caller counted.
  int numThreads() const;
  /// Sets the number of threads (at least 1) for later runs.
  void setNumThreads(int threads);
  /// Parks all workers at once instead of after their spin time: a benchmark's peer gets the machine.
  void sleepWorkers();
};

} // namespace mx::rt
