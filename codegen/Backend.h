// What turns kernels into code for one target. The compiler knows no more of a target than this.
#pragma once

#include "codegen/Dump.h"
#include "ir/program/MxpDialect.h"
#include "ir/shape/Dim.h"
#include "runtime/Program.h"

#include <memory>

namespace mx::codegen {

/// One entry of a kernel, ready to run. Sizes are over the kernel's symbols.
struct CompiledEntry {
  rt::KernelEntry entry;
  ir::Dim units, unitCostNs = 0, passes = 1, loopIterations = 0;
};

/// A kernel as its target runs it, with what its dispatches need to know. Entries run in order.
struct CompiledKernel {
  std::vector<CompiledEntry> entries;
  /// The scalar arguments of every entry.
  std::vector<ir::Dim> scalars;
  /// Bytes of scratch that all threads and entries share; it is the buffer after the outputs.
  ir::Dim scratchBytes = 0;
  /// Keeps machine code alive.
  std::shared_ptr<void> code;
};

class Backend {
public:
  virtual ~Backend() = default;
  /// What kernels depend on beside their text: part of every cache key.
  virtual std::string key() const = 0;
  /// The passes that do to a module of phase program what compile() does to each of its kernels, as mx-opt reads them.
  virtual std::string passes() const = 0;
  /// Small fusions up to this many elements are to run as one kernel; 0 where launches are cheap.
  virtual int64_t chainElements() const { return 0; }
  /// Compiles one kernel. Fills `listing` unless it is null, and adds to `externalMs` the time that others' code took: LLVM,
  /// SPIRV-Tools. Called by several threads with kernels of one context.
  virtual rt::Result<CompiledKernel> compile(ir::program::KernelOp kernel, KernelListing *listing, double &externalMs) const = 0;
};

} // namespace mx::codegen
