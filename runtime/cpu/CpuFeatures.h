// Instruction sets by name, and which of them the processor has: what decides whether code from a file may run here.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mx::rt {

/// True for the extensions of x86-64 that code generators use on their own, by LLVM's names such as "avx2" and "sse4.2".
bool isCpuFeature(std::string_view name);
/// The extensions that the processor has and the system has switched on.
const std::vector<std::string> &cpuFeatures();
/// Those of `needed` that are missing here, in their order; a name that isCpuFeature does not know is missing everywhere.
std::vector<std::string> missingCpuFeatures(std::span<const std::string> needed);

} // namespace mx::rt
