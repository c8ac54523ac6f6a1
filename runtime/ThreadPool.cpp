// One job at a time, announced by a 64-bit ticket {generation, chunks, next}. A thread claims a chunk by adding 1 to
// the ticket and reads the job only after a successful claim: the job cannot end while a claimed chunk is unfinished,
// so a late worker either gets a chunk of a live job or touches nothing. Do not read the job before a claim.
#include "runtime/ThreadPool.h"

#include "runtime/Scratch.h"
#include "runtime/base/Env.h"
#include "runtime/base/Fork.h"
#include "runtime/base/FpEnvironment.h"
#include "runtime/base/Futex.h"
#include "runtime/base/HostInfo.h"
#include "runtime/base/Log.h"
#include "runtime/base/SpinLock.h"
#include "runtime/base/Trace.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string>
#include <vector>

namespace mx::rt {
namespace {

/// How long an idle worker watches for work before it sleeps, and a caller for the last chunk.
constexpr std::chrono::microseconds kSpinTime{40};
constexpr int kMaxThreads = 1024;
/// Chunks of one job. Together with the threads that may each add one too many they fit the ticket's 16 bits.
constexpr uint32_t kMaxChunks = 1u << 15;

/// A ticket: the number of the job, its chunks and the next one to claim.
constexpr uint64_t makeTicket(uint32_t generation, uint32_t chunks, uint32_t next) {
  return uint64_t(generation) << 32 | uint64_t(chunks) << 16 | next;
}
constexpr uint32_t generationOf(uint64_t ticket) { return static_cast<uint32_t>(ticket >> 32); }
constexpr uint32_t chunksOf(uint64_t ticket) { return static_cast<uint32_t>(ticket >> 16) & 0xffff; }
constexpr uint32_t nextOf(uint64_t ticket) { return static_cast<uint32_t>(ticket) & 0xffff; }
constexpr bool hasWork(uint64_t ticket) { return nextOf(ticket) < chunksOf(ticket); }

/// True on workers, and on a caller while it takes part: what they run in turn runs inline.
[[gnu::tls_model("initial-exec")]] constinit thread_local bool insideRun = false;

/// What to do, for one run or forEach. Exactly one of kernel and task is set.
struct Job {
  mx_kernel kernel;
  const mx_args *args;
  int64_t scratchBytes;
  void (*task)(void *, uint32_t);
  void *context;
  uint32_t units, grain;
  /// What the trace calls it.
  std::string_view name{};
};

/// Calls the kernel with this thread's scratch and keeps what it says about a bad index.
int callKernel(mx_kernel kernel, mx_args &args, uint32_t begin, uint32_t end, mx_fault &fault) {
  int result = kernel(&args, begin, end);
  if (result == MX_KERNEL_INDEX_OUT_OF_RANGE)
    fault = *static_cast<const mx_fault *>(args.scratch);
  return result;
}

int64_t scratchFor(int64_t declared) { return std::max<int64_t>(declared, sizeof(mx_fault)); }

int runAlone(mx_kernel kernel, const mx_args &args, uint32_t units, int64_t scratchBytes, mx_fault *fault) {
  mx_args own = args;
  own.scratch = threadScratch(scratchFor(scratchBytes));
  if (!own.scratch)
    return ThreadPool::kScratchFailed;
  mx_fault found{};
  KernelFpEnvironment fp;
  int result = callKernel(kernel, own, 0, units, found);
  if (result && fault)
    *fault = found;
  return result;
}

/// Moves this thread to another core when it runs on `core`, leaving its affinity as it was. A virtual machine's idle
/// cores look busy to the kernel, which then wakes a worker on the core of its waker and leaves it there for
/// milliseconds, longer than most programs run.
void leaveCore(int core) {
  cpu_set_t allowed;
  if (sched_getcpu() != core || sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2)
    return;
  cpu_set_t others = allowed;
  CPU_CLR(core, &others);
  if (sched_setaffinity(0, sizeof others, &others) == 0)
    sched_setaffinity(0, sizeof allowed, &allowed);
}

/// Watches the clock of a waiting loop, cheaply.
class SpinTimer {
public:
  /// False once the time is over.
  bool keepSpinning() {
    cpuRelax();
    if (++spins % 64)
      return true;
    auto now = std::chrono::steady_clock::now();
    if (spins == 64)
      end = now + kSpinTime;
    return now < end;
  }
  void restart() { spins = 0; }

private:
  uint32_t spins = 0;
  std::chrono::steady_clock::time_point end;
};

} // namespace

struct ThreadPool::State {
  struct Worker {
    State *pool;
    int index;
    pthread_t thread;
  };

  explicit State(int threads) : target(threads), generation(forkGeneration()) {
    oversubscribed = threads > usableCores();
  }

  /// Takes the pool for one job; false when another one has it.
  bool tryAcquire() { return !busy.load(std::memory_order_relaxed) && !busy.exchange(true, std::memory_order_acquire); }
  void release() { busy.store(false, std::memory_order_release); }

  /// Starts the workers that are missing, as many as the system allows. The pool is acquired.
  void startWorkers();
  /// Ends and joins the workers beyond the target. The pool is acquired.
  void stopExtraWorkers();
  /// Runs `job` (units > grain) with the workers' help. The pool is acquired.
  int runShared(const Job &job, mx_fault *fault);

  static void *workerMain(void *argument);
  void workerLoop(int index);
  void sleep(int index);
  /// Works on claimed chunks, from `chunk` on, until none is left; returns how many it did.
  uint32_t workFrom(uint32_t chunk, uint32_t chunks);
  void finish(uint32_t chunksDone);
  void waitForRest(uint32_t chunksDone);
  void fail(int result, const mx_fault &fault);

  static constexpr uint32_t kCallerSleeps = 1u << 31;

  /// What idle workers watch.
  alignas(64) std::atomic<uint64_t> ticket{0};
  std::atomic<uint32_t> parkRequests{0};
  /// Valid for a thread that holds a claimed chunk.
  alignas(64) Job job{};
  /// Chunks not finished yet; the top bit says that the caller sleeps on this word.
  alignas(64) std::atomic<uint32_t> unfinished{0};
  std::atomic<int> firstFailure{0};
  /// Written by whoever set firstFailure.
  mx_fault fault{};
  /// The word sleeping workers sleep on, and how many do.
  alignas(64) std::atomic<uint32_t> wakeWord{0};
  std::atomic<int> sleepers{0};
  /// The core of the thread that last woke workers.
  std::atomic<int> callerCore{-1};
  alignas(64) std::atomic<bool> busy{false};
  /// Threads wanted, the caller counted.
  std::atomic<int> target;
  /// Spinning takes the core from whoever has the work when threads outnumber cores.
  std::atomic<bool> oversubscribed;
  /// Changed only while the pool is acquired.
  std::vector<std::unique_ptr<Worker>> workers;
  const uint32_t generation;
  /// The state of the parent process, kept reachable.
  State *inherited = nullptr;
};

void *ThreadPool::State::workerMain(void *argument) {
  auto *worker = static_cast<Worker *>(argument);
  insideRun = true;
  pthread_setname_np(pthread_self(), ("mx-pool-" + std::to_string(worker->index)).c_str());
  worker->pool->workerLoop(worker->index);
  return nullptr;
}

void ThreadPool::State::workerLoop(int index) {
  uint32_t seenParkRequests = parkRequests.load(std::memory_order_relaxed);
  SpinTimer timer;
  while (index < target.load(std::memory_order_relaxed)) {
    uint64_t t = ticket.load(std::memory_order_relaxed);
    if (hasWork(t)) {
      t = ticket.fetch_add(1, std::memory_order_acquire);
      if (hasWork(t))
        finish(workFrom(nextOf(t), chunksOf(t)));
      timer.restart();
      continue;
    }
    uint32_t requests = parkRequests.load(std::memory_order_relaxed);
    if (requests == seenParkRequests && !oversubscribed.load(std::memory_order_relaxed) && timer.keepSpinning())
      continue;
    sleep(index);
    seenParkRequests = parkRequests.load(std::memory_order_relaxed);
    timer.restart();
  }
}

void ThreadPool::State::sleep(int index) {
  uint32_t word = wakeWord.load(std::memory_order_seq_cst);
  // Announced before the last look at the ticket; the caller looks for sleepers after it has written it.
  sleepers.fetch_add(1, std::memory_order_seq_cst);
  if (!hasWork(ticket.load(std::memory_order_seq_cst)) && index < target.load(std::memory_order_seq_cst))
    futexWait(wakeWord, word);
  sleepers.fetch_sub(1, std::memory_order_seq_cst);
  if (!oversubscribed.load(std::memory_order_relaxed))
    leaveCore(callerCore.load(std::memory_order_relaxed));
}

uint32_t ThreadPool::State::workFrom(uint32_t chunk, uint32_t chunks) {
  const Job j = job;
  TraceSpan span("thread", j.name);
  mx_args args{};
  if (j.kernel) {
    args = *j.args;
    args.scratch = threadScratch(scratchFor(j.scratchBytes));
    if (!args.scratch)
      fail(kScratchFailed, {});
  }
  KernelFpEnvironment fp;
  uint32_t done = 0;
  while (true) {
    uint64_t begin = uint64_t(chunk) * j.grain;
    uint64_t end = std::min<uint64_t>(begin + j.grain, j.units);
    if (j.task) {
      for (uint64_t i = begin; i < end; ++i)
        j.task(j.context, static_cast<uint32_t>(i));
    } else if (!firstFailure.load(std::memory_order_relaxed)) {
      mx_fault found{};
      if (int result = callKernel(j.kernel, args, static_cast<uint32_t>(begin), static_cast<uint32_t>(end), found))
        fail(result, found);
    }
    ++done;
    // Still the same job: this thread's chunks are not reported finished.
    chunk = nextOf(ticket.fetch_add(1, std::memory_order_relaxed));
    if (chunk >= chunks) {
      span.note("chunks", done);
      return done;
    }
  }
}

void ThreadPool::State::fail(int result, const mx_fault &found) {
  int none = 0;
  if (firstFailure.compare_exchange_strong(none, result, std::memory_order_relaxed))
    fault = found;
}

void ThreadPool::State::finish(uint32_t chunksDone) {
  if (unfinished.fetch_sub(chunksDone, std::memory_order_acq_rel) == (chunksDone | kCallerSleeps))
    futexWake(unfinished);
}

void ThreadPool::State::waitForRest(uint32_t chunksDone) {
  if (unfinished.fetch_sub(chunksDone, std::memory_order_acq_rel) == chunksDone)
    return;
  SpinTimer timer;
  while (!oversubscribed.load(std::memory_order_relaxed) && timer.keepSpinning())
    if (unfinished.load(std::memory_order_acquire) == 0)
      return;
  uint32_t left = unfinished.fetch_or(kCallerSleeps, std::memory_order_acq_rel) | kCallerSleeps;
  while (left != kCallerSleeps) {
    futexWait(unfinished, left);
    left = unfinished.load(std::memory_order_acquire);
  }
}

int ThreadPool::State::runShared(const Job &wanted, mx_fault *faultOut) {
  job = wanted;
  job.name = TraceSpan::innermost();
  uint32_t least = (wanted.units + kMaxChunks - 1) / kMaxChunks;
  job.grain = std::max({wanted.grain, least, 1u});
  uint32_t chunks = (wanted.units - 1) / job.grain + 1;
  unfinished.store(chunks, std::memory_order_relaxed);
  firstFailure.store(0, std::memory_order_relaxed);
  // Chunk 0 is the caller's. Sequentially consistent for the sake of sleep().
  uint32_t number = generationOf(ticket.load(std::memory_order_relaxed)) + 1;
  ticket.store(makeTicket(number, chunks, 1), std::memory_order_seq_cst);
  if (int asleep = sleepers.load(std::memory_order_seq_cst)) {
    callerCore.store(sched_getcpu(), std::memory_order_relaxed);
    wakeWord.fetch_add(1, std::memory_order_seq_cst);
    futexWake(wakeWord, std::min<int>(asleep, static_cast<int>(chunks) - 1));
  }
  insideRun = true;
  uint32_t done = workFrom(0, chunks);
  insideRun = false;
  waitForRest(done);
  int result = firstFailure.load(std::memory_order_relaxed);
  if (result && faultOut)
    *faultOut = fault;
  return result;
}

void ThreadPool::State::startWorkers() {
  // A user's signal handlers run on the user's threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (static_cast<int>(workers.size()) + 1 < target.load(std::memory_order_relaxed)) {
    auto worker = std::make_unique<Worker>();
    worker->pool = this;
    worker->index = static_cast<int>(workers.size()) + 1;
    if (pthread_create(&worker->thread, nullptr, workerMain, worker.get()) != 0) {
      int have = static_cast<int>(workers.size()) + 1;
      logMessage(LogLevel::warning, "the system refuses more threads; going on with " + std::to_string(have));
      target.store(have, std::memory_order_relaxed);
      break;
    }
    workers.push_back(std::move(worker));
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void ThreadPool::State::stopExtraWorkers() {
  wakeWord.fetch_add(1, std::memory_order_seq_cst);
  futexWake(wakeWord);
  while (static_cast<int>(workers.size()) + 1 > target.load(std::memory_order_relaxed)) {
    pthread_join(workers.back()->thread, nullptr);
    workers.pop_back();
  }
}

ThreadPool::ThreadPool() {
  int threads = static_cast<int>(envInt(EnvVar::NumThreads, 1, kMaxThreads).value_or(usableCores()));
  current = new State(std::min(threads, kMaxThreads));
}

ThreadPool &ThreadPool::instance() {
  // Leaked on purpose: workers run until the process ends.
  static ThreadPool *pool = new ThreadPool;
  return *pool;
}

ThreadPool::State &ThreadPool::state() {
  State *s = current.load(std::memory_order_acquire);
  return s->generation == forkGeneration() ? *s : restartAfterFork(s);
}

ThreadPool::State &ThreadPool::restartAfterFork(State *inherited) {
  auto *fresh = new State(inherited->target.load(std::memory_order_relaxed));
  fresh->inherited = inherited;
  if (current.compare_exchange_strong(inherited, fresh, std::memory_order_acq_rel))
    return *fresh;
  delete fresh;
  return *inherited;
}

int ThreadPool::run(mx_kernel fn, const mx_args &args, uint32_t units, uint32_t grain, int64_t scratchBytes,
                    bool parallel, mx_fault *fault) {
  if (units == 0)
    return 0;
  if (!parallel || units <= grain || units == 1 || insideRun)
    return runAlone(fn, args, units, scratchBytes, fault);
  State &s = state();
  if (s.target.load(std::memory_order_relaxed) == 1 || !s.tryAcquire())
    return runAlone(fn, args, units, scratchBytes, fault);
  if (static_cast<int>(s.workers.size()) + 1 < s.target.load(std::memory_order_relaxed)) [[unlikely]]
    s.startWorkers();
  int result = s.runShared({fn, &args, scratchBytes, nullptr, nullptr, units, grain}, fault);
  s.release();
  return result;
}

void ThreadPool::forEach(uint32_t count, void (*fn)(void *context, uint32_t i), void *context) {
  State &s = state();
  if (count < 2 || insideRun || s.target.load(std::memory_order_relaxed) == 1 || !s.tryAcquire()) {
    for (uint32_t i = 0; i < count; ++i)
      fn(context, i);
    return;
  }
  s.startWorkers();
  s.runShared({nullptr, nullptr, 0, fn, context, count, 1}, nullptr);
  s.release();
}

int ThreadPool::numThreads() const { return current.load(std::memory_order_acquire)->target.load(std::memory_order_relaxed); }

void ThreadPool::setNumThreads(int threads) {
  State &s = state();
  while (!s.tryAcquire())
    sched_yield();
  threads = std::clamp(threads, 1, kMaxThreads);
  s.target.store(threads, std::memory_order_seq_cst);
  s.oversubscribed.store(threads > usableCores(), std::memory_order_relaxed);
  s.stopExtraWorkers();
  s.release();
}

void ThreadPool::sleepWorkers() {
  State &s = state();
  while (!s.tryAcquire())
    sched_yield();
  s.parkRequests.fetch_add(1, std::memory_order_relaxed);
  // Workers park within a spin; the deadline is for a machine so busy that they do not get to run.
  auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
  while (s.sleepers.load(std::memory_order_relaxed) < static_cast<int>(s.workers.size()) &&
         std::chrono::steady_clock::now() < deadline)
    sched_yield();
  s.release();
}

} // namespace mx::rt
