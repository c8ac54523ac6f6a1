// What a Vulkan device can do, as far as code generation asks: capabilities, limits, and how its arithmetic rounds.
// The description is a value made from a name, so that modules are the same on every machine that builds them; the
// runtime fills one in from a device's properties.
#pragma once

#include "codegen/lowering/MathExpr.h"
#include "runtime/base/Status.h"

#include "mlir/Dialect/SPIRV/IR/SPIRVAttributes.h"

namespace mx::codegen {

/// Limits that schedules obey. The defaults are what Vulkan guarantees.
struct GpuLimits {
  /// Invocations of one workgroup.
  int64_t workgroupInvocations = 128;
  /// Memory that a workgroup shares.
  int64_t sharedMemoryBytes = 16 << 10;
  /// Workgroups of a dispatch along one dimension.
  int64_t workgroupCount = 65535;
  int64_t subgroupSize = 32;
  /// Iterations that one invocation may run in all its loops together. Mesa's lavapipe drops the rest without a word.
  int64_t loopIterations = 65535;
};

struct SpirvTarget {
  std::string name;
  llvm::SmallVector<mlir::spirv::Capability> capabilities;
  GpuLimits limits;
  /// Vulkan promises no fused multiply-add and no rounding mode of conversions to float16: both are expanded unless the
  /// device is known to do them right.
  MathTarget math;

  bool has(mlir::spirv::Capability capability) const { return llvm::is_contained(capabilities, capability); }
  /// The target as an attribute of the module: SPIR-V 1.5 for Vulkan with these capabilities.
  mlir::spirv::TargetEnvAttr environment(mlir::MLIRContext *ctx) const;
};

/// A target by name: `vulkan1.2` runs on any desktop device, `lavapipe` is Mesa's processor device. Capabilities to add or
/// leave out may follow, by their names in SPIR-V: `vulkan1.2,-Float64,+GroupNonUniformClustered`. The error says what
/// the name should have been.
rt::Result<SpirvTarget> spirvTarget(llvm::StringRef name);

} // namespace mx::codegen
