// What a kernel has to do at least, whatever its schedule: bytes it must move and operations it must compute. The floor
// under its time, so every count errs on the low side.
#pragma once

#include "ir/program/MxpDialect.h"
#include "ir/shape/Dim.h"

#include <string>
#include <utility>
#include <vector>

namespace mx::codegen {

/// Counts over the kernel's symbols.
struct KernelFacts {
  /// Each input once, or as much of it as views and gathers can reach; each result once.
  ir::Dim bytesRead = 0, bytesWritten = 0;
  /// Arithmetic of any type. Additions, comparisons and the like count once an element, a fused multiply-add twice, a
  /// mathematical function eight times, random bits twenty times.
  ir::Dim flops = 0;
};

KernelFacts factsOf(ir::program::KernelOp kernel);

/// What is known of the code of one entry: counts by name. Of a GPU's its workgroup: registers are its driver's.
struct EntryFacts {
  std::string entry;
  std::vector<std::pair<const char *, int64_t>> counts;
};

/// Registers, spills and stack of each function of an x86 assembly text that LLVM has commented.
std::vector<EntryFacts> factsOfAssembly(llvm::StringRef assembly);

} // namespace mx::codegen
