// What the machine (or a named one) can do: features from cpuid, not from the CPU's name, which virtual machines
// often mask.
#pragma once

#include "codegen/lowering/LowerKernel.h"

#include <string>

namespace mx::codegen {

struct CpuTarget {
  /// As cpuTarget takes it.
  std::string name;
  /// LLVM's name, for scheduling only.
  std::string cpu;
  /// LLVM's feature string, "+avx2,+fma,...".
  std::string features;
  std::string triple;
  LoweringTarget lowering;
  /// What kernels depend on beside their text: part of every cache key.
  std::string key() const;
};

/// Names: `native`, `x86-64` (alias baseline), `x86-64-v3` (avx2), `x86-64-v4` (avx512). Null for any other.
std::optional<CpuTarget> cpuTarget(llvm::StringRef name);
/// The target programs are compiled for in this process: MX_CPU, else native; MX_CHECK as it was when first asked for.
const CpuTarget &hostTarget();

} // namespace mx::codegen
