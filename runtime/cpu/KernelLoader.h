// Turns object code into callable kernels. The compiler implements it over its JIT, the runtime over a file; what a
// Program holds is the same either way.
#pragma once

#include "runtime/KernelAbi.h"
#include "runtime/base/Status.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mx::rt {

/// Machine code in memory. It is unmapped when the last owner of `code` lets go.
struct LoadedKernel {
  /// In the order of the names that were asked for; none is null.
  std::vector<mx_kernel> entries;
  std::shared_ptr<void> code;
  /// Bytes of memory the code takes.
  size_t bytes = 0;
};

/// Loads object files of the machine it runs on.
class KernelLoader {
public:
  virtual ~KernelLoader() = default;
  /// Links `object` (a relocatable object file that refers to nothing but memcpy and friends) and finds
  /// `entryNames` in it. Fails with internal, naming what is missing. Thread-safe.
  virtual Result<LoadedKernel> load(std::span<const std::byte> object, std::span<const std::string> entryNames) = 0;
};

} // namespace mx::rt
