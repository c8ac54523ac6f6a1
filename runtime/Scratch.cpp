// The calling thread's scratch. The pointer itself has no destructor, so that code that runs late in a thread's
// life still finds it valid.
#include "runtime/Scratch.h"

#include <algorithm>
#include <cstdlib>

namespace mx::rt {
namespace {

struct Scratch {
  void *data;
  size_t bytes;
};
// Initial-exec: an access is one instruction, in a shared library too.
[[gnu::tls_model("initial-exec")]] constinit thread_local Scratch scratch{};

/// Frees the scratch at the end of its thread.
struct ScratchOwner {
  bool engaged = false;
  ~ScratchOwner() {
    std::free(scratch.data);
    scratch = {};
  }
};
thread_local ScratchOwner owner;

[[gnu::noinline]] void *grow(size_t bytes) {
  constexpr size_t kStep = 4096;
  if (bytes > SIZE_MAX / 2)
    return nullptr;
  // Half as much again, so that a slowly growing demand does not reallocate each time; contents are not kept.
  size_t wanted = std::max(bytes, scratch.bytes + scratch.bytes / 2);
  wanted = (wanted + kStep - 1) & ~(kStep - 1);
  void *fresh = std::aligned_alloc(64, wanted);
  if (!fresh)
    return nullptr;
  owner.engaged = true;
  std::free(scratch.data);
  scratch = {fresh, wanted};
  return fresh;
}

} // namespace

void *threadScratch(int64_t bytes) {
  size_t wanted = static_cast<size_t>(std::max<int64_t>(bytes, 1));
  return wanted <= scratch.bytes ? scratch.data : grow(wanted);
}

} // namespace mx::rt
