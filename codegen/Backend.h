// What turns kernels into code for one target. The compiler knows no more of a target than this.
#pragma once

#include "codegen/Dump.h"
#include "ir/program/MxpDialect.h"
#include "runtime/CompiledKernel.h"

namespace mx::codegen {

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
  virtual rt::Result<rt::CompiledKernel> compile(ir::program::KernelOp kernel, KernelListing *listing, double &externalMs) const = 0;
};

} // namespace mx::codegen
