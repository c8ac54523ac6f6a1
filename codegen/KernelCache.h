// Compiled kernels by what they were made from: in memory for this process, on disk for later ones.
#pragma once

#include "codegen/ProgramBuilder.h"

namespace mx::codegen {

/// Everything that the code of a kernel depends on, but for the build of the compiler: its IR without its name, and the
/// backend's key. Equal texts, equal code.
std::string identityOf(ir::program::KernelOp kernel, const Backend &backend);

/// The kernel if this process has it; null otherwise.
KernelPtr findKernel(const std::string &identity);
/// Keeps a kernel; those that were not looked for the longest are forgotten. Programs hold what they use.
void keepKernel(const std::string &identity, KernelPtr kernel);

/// The kernel that an earlier process stored; null when there is none, or when it is damaged.
KernelPtr loadKernel(const std::string &identity);
/// Stores a kernel for later processes, where the cache on disk is in use.
void storeKernel(const std::string &identity, const rt::CompiledKernel &kernel);

} // namespace mx::codegen
