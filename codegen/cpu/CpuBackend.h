// Kernels to machine code in memory.
#pragma once

#include "codegen/Backend.h"
#include "codegen/cpu/CpuTarget.h"

namespace mx::codegen {

class CpuBackend final : public Backend {
public:
  explicit CpuBackend(CpuTarget target) : target(std::move(target)) {}
  std::string key() const override { return target.key(); }
  std::string passes() const override;
  rt::Result<rt::CompiledKernel> compile(ir::program::KernelOp kernel, KernelListing *listing, double &externalMs) const override;

private:
  CpuTarget target;
};

/// The backend of hostTarget(); `exact`: nothing is computed with fused multiply-adds.
const CpuBackend &hostBackend(bool exact = false);

} // namespace mx::codegen
