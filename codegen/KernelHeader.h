// The C face of a compiled kernel: what a program without mx needs to call the code in a dumped object file.
#pragma once

#include "codegen/lowering/LowerKernel.h"

#include "runtime/base/SizeExpr.h"

#include <functional>

namespace mx::codegen {

/// The header of `kernel`'s object file, in C99: its entries in order, the order of its buffers, and its units, scalars and
/// scratch as functions of the sizes. It includes "KernelAbi.h".
std::string kernelHeader(ir::program::KernelOp kernel, const LoweredKernel &lowered);

/// Text of runtime/KernelAbi.h, which the header includes.
llvm::StringRef kernelAbiText();

/// The expression with leaves and operators as the functions write them; both get finished operands.
std::string textOf(const rt::SizeExpr &e, const std::function<std::string(int64_t)> &symbol,
                   const std::function<std::string(rt::SizeExpr::Op, const std::string &, const std::string &)> &binary);

} // namespace mx::codegen
