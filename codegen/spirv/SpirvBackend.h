// Kernels as SPIR-V modules for one device.
#pragma once

#include "codegen/Backend.h"
#include "codegen/spirv/SpirvTarget.h"

namespace mx::codegen {

class SpirvBackend : public Backend {
public:
  /// `validate`: every module goes through SPIRV-Tools' validator, and one it refuses is an error.
  explicit SpirvBackend(SpirvTarget target, bool validate = false) : target(std::move(target)), validate(validate) {}
  std::string key() const override { return target.key(); }
  std::string passes() const override { return "mx-lower-kernels-to-gpu{target=" + target.nearestName() + "},mx-lower-gpu-entries,mx-emit-spirv"; }
  int64_t chainElements() const override { return 4 * target.device.workgroupInvocations; }
  /// The error is of kind invalidArgument when the target lacks what the kernel needs, and says what.
  rt::Result<rt::CompiledKernel> compile(ir::program::KernelOp kernel, KernelListing *listing, double &externalMs) const override;

private:
  SpirvTarget target;
  bool validate;
};

} // namespace mx::codegen
