// What a Vulkan device can do, as far as code generation asks: its limits and features, the SPIR-V capabilities they amount
// to, and how its arithmetic rounds. Made from a device's properties, or from a name, so that modules are the same on
// every machine that builds them.
#pragma once

#include "codegen/lowering/MathExpr.h"
#include "runtime/GpuProperties.h"
#include "runtime/base/Status.h"

#include "mlir/Dialect/SPIRV/IR/SPIRVAttributes.h"

namespace mx::codegen {

struct SpirvTarget {
  std::string name;
  /// Limits that schedules obey, and features.
  rt::GpuProperties device;
  /// Those that modules may use; never PhysicalStorageBufferAddresses, which makes a module one of addresses.
  llvm::SmallVector<mlir::spirv::Capability> capabilities;
  /// Vulkan promises no fused multiply-add and no rounding mode of conversions to float16: both are expanded unless the
  /// device is known to do them right.
  MathTarget math;
  /// Kernels report an index out of range, as MX_CHECK asks for.
  bool checkIndices = false;
  /// Kernels reach operands by address also where bindings would do: for arrays whose size is known at the call alone.
  bool byAddress = false;

  bool has(mlir::spirv::Capability capability) const { return llvm::is_contained(capabilities, capability); }
  /// The target as an attribute of the module: SPIR-V 1.5 for Vulkan with these capabilities.
  mlir::spirv::TargetEnvAttr environment(mlir::MLIRContext *ctx, bool addresses) const;
  /// The named target that is nearest: the same but for limits of the device.
  std::string nearestName() const;
  /// Everything that kernels depend on, as text for cache keys.
  std::string key() const;
};

/// The target that a device is.
SpirvTarget spirvTargetOf(const rt::GpuProperties &device);

/// A target by name: `vulkan1.2` runs on any desktop device, `lavapipe` is Mesa's processor device. What it differs in may
/// follow: capabilities to add or leave out, by their names in SPIR-V, and the words `exact`, `check-indices` and
/// `by-address`: `vulkan1.2,-Float64,+GroupNonUniformClustered,exact`. The error says what the name should have been.
rt::Result<SpirvTarget> spirvTarget(llvm::StringRef name);

} // namespace mx::codegen
