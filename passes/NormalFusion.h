// The normal form of a fusion: what lets equal kernels print alike, wherever in a program their operands were made.
#pragma once

#include "ir/MxDialect.h"

#include "mlir/IR/PatternMatch.h"

namespace mx::passes {

/// Replaces `fusion` by one that reads each operand once, in the order of first use in its body, computes nothing twice
/// and returns each value once. Gives, per result of `fusion`, the value that stands for it; `fusion` is erased.
llvm::SmallVector<mlir::Value> normalizeFusion(mlir::RewriterBase &rewriter, ir::FusionOp fusion);

} // namespace mx::passes
