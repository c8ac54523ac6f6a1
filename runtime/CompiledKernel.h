// A kernel as its target runs it, before a program says where its operands lie; and the same as bytes, for files that
// keep kernels.
#pragma once

#include "runtime/CompiledProgram.h"
#include "runtime/base/Bytes.h"
#include "runtime/base/Status.h"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace mx::rt {

/// One entry of a kernel, ready to run. Sizes are over the kernel's symbols.
struct CompiledEntry {
  KernelEntry entry;
  SizeExpr units, unitCostNs, passes = 1, loopIterations = 0;
};

/// A kernel with what its dispatches need to know. Entries run in order.
struct CompiledKernel {
  std::vector<CompiledEntry> entries;
  /// The scalar arguments of every entry.
  std::vector<SizeExpr> scalars;
  /// Bytes of scratch that all threads and entries share; it is the buffer after the outputs.
  SizeExpr scratchBytes = 0;
  /// The machine code of the entries; null for shaders.
  std::shared_ptr<const MachineCode> code;
};

/// The kernel as bytes that begin with a version and a checksum. The same kernel gives the same bytes.
std::vector<std::byte> serializeKernel(const CompiledKernel &kernel);
/// The kernel that serializeKernel wrote, its code loaded. Fails with `file` when a byte differs from what was written.
Result<CompiledKernel> deserializeKernel(std::span<const std::byte> bytes);

} // namespace mx::rt
