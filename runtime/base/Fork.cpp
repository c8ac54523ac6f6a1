// Counts forks by a handler that runs in the child before fork returns.
#include "runtime/base/Fork.h"

#include <atomic>
#include <pthread.h>

namespace mx::rt {
namespace {

std::atomic<uint32_t> generation{0};

} // namespace

uint32_t forkGeneration() {
  // Registered by the first owner of threads, so before any fork that matters to one.
  [[maybe_unused]] static const int registered =
      pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); });
  return generation.load(std::memory_order_relaxed);
}

} // namespace mx::rt
