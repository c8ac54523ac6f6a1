// The phases of a program and the pipelines between them: the same names in mxc, mx-opt and dumps.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

namespace mx::passes {

/// How far a program has come. Each phase has a set of legal ops, checked by verifyPhase.
enum class Phase : uint8_t {
  Traced,  ///< as the user wrote it; composites allowed
  Core,    ///< composites opened; promotion and broadcasting explicit
  Fused,   ///< all compute inside mx.fusion
  Program, ///< kernels outlined, buffers placed
};

llvm::StringRef nameOf(Phase phase);

/// Appends the passes from one phase to the next.
/// Without `simplify` constants are not folded, and equal ops not merged.
void addPassesToCore(mlir::OpPassManager &pm, bool simplify = true);
/// Without `fuse` every op is a kernel of its own. Small fusions of up to `chainElements` elements are chained.
void addPassesToFused(mlir::OpPassManager &pm, bool fuse = true, int64_t chainElements = 0);
void addPassesToProgram(mlir::OpPassManager &pm);

/// Appends the passes from phase traced to `last`, each phase verified.
void addPhases(mlir::OpPassManager &pm, Phase last);

/// Reports each op that the phase does not allow.
mlir::LogicalResult verifyPhase(mlir::ModuleOp module, Phase phase);

/// Makes the pipelines available to mx-opt as mx-to-core, mx-to-fused and mx-to-program.
void registerPipelines();

} // namespace mx::passes
