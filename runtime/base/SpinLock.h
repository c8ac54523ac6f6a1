// A lock for critical sections of a few nanoseconds. Never hold it over a system call or an allocation.
#pragma once

#include <atomic>
#include <sched.h>

namespace mx::rt {

/// Tells the core that this is a waiting loop.
inline void cpuRelax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Satisfies Lockable. Yields to the scheduler when the holder seems to be off its core.
class SpinLock {
public:
  void lock() noexcept {
    for (int spins = 0; !try_lock(); ++spins) {
      if (spins < 100)
        cpuRelax();
      else
        sched_yield();
    }
  }
  bool try_lock() noexcept {
    return !held.load(std::memory_order_relaxed) && !held.exchange(true, std::memory_order_acquire);
  }
  void unlock() noexcept { held.store(false, std::memory_order_release); }

private:
  std::atomic<bool> held{false};
};

} // namespace mx::rt
