// The cache of programs. One that failed to compile is imported anew when it is wanted again: memory may have been short.
#include "frontend/eval/Programs.h"

#include "runtime/base/RecentMap.h"

#include <algorithm>

namespace mx::graph {
namespace {

constexpr size_t kMostPrograms = 4096;

rt::RecentMap<LazyProgramPtr> &cache() {
  static auto *programs = new rt::RecentMap<LazyProgramPtr>(kMostPrograms);
  return *programs;
}

} // namespace

rt::Result<ProgramPtr> LazyProgram::get() {
  if (state.load(std::memory_order_acquire) == State::Imported) {
    std::lock_guard lock(compiling);
    if (state.load(std::memory_order_relaxed) == State::Imported) {
      auto made = make();
      make = nullptr;
      if (made)
        program = std::move(*made);
      else
        error = made.error();
      state.store(made ? State::Compiled : State::Failed, std::memory_order_release);
    }
  }
  if (failed())
    return error;
  return program;
}

// True when an array of the trace is larger than one binding of the device reaches.
static bool exceedsBindings(const Trace &trace, const rt::GpuProperties &gpu) {
  auto exceeds = [&](const Node *node) { return node->size() * rt::sizeOf(node->dtype) > gpu.storageBufferRange; };
  return std::any_of(trace.inputs.begin(), trace.inputs.end(), exceeds) || std::any_of(trace.ops.begin(), trace.ops.end(), exceeds);
}

LazyProgramPtr programFor(const Trace &trace, std::string_view name, rt::Device &device) {
  rt::Hash128 key = trace.key;
  bool byAddress = false;
  if (const rt::GpuProperties *gpu = device.gpu()) {
    byAddress = exceedsBindings(trace, *gpu);
    rt::Hasher own;
    own.add(key);
    own.add(reinterpret_cast<uintptr_t>(&device));
    own.add(byAddress);
    key = own.finish();
  }
  if (LazyProgramPtr known = cache().find(key); known && !known->failed())
    return known;
  auto program = std::make_shared<LazyProgram>(importProgram(trace, name, device, byAddress), device);
  cache().insert(key, program);
  return program;
}

size_t cachedPrograms() { return cache().size(); }

} // namespace mx::graph
