// The kernels of a program as mx has compiled them, taken from its dump, to be launched without mx.
#pragma once

#include "benchmarks/gpu/RawVulkan.h"

#include <functional>

namespace mx::bench {

/// Calls `run`, which compiles one program of static sizes for the GPU, and gives its dispatches on buffers of `raw`, each of
/// `bufferBytes`. Throws std::runtime_error when it dumped none, or when a kernel needs more than buffers.
std::vector<RawVulkan::Dispatch> dispatchesOf(RawVulkan &raw, const std::function<void()> &run, size_t bufferBytes);

} // namespace mx::bench
