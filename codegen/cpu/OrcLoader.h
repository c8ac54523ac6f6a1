// The runtime's KernelLoader over LLVM's JIT linker.
#pragma once

#include "runtime/cpu/KernelLoader.h"

namespace mx::codegen {

/// The loader of this process; lives until it ends.
rt::KernelLoader &orcLoader();

} // namespace mx::codegen
