// Memory private to a thread, for kernels: grown on demand and kept until the thread ends.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mx::rt {

/// At least `bytes` bytes, aligned to 64 and never none; null when the system refuses. A later call on the same
/// thread may move it.
void *threadScratch(int64_t bytes);

} // namespace mx::rt
