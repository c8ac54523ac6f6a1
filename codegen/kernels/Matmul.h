// The explicit GEMM schedule: emits the bodies of the kernel entries of `[batch, M, K] @ [batch, K, N]` as scf,
// vector, arith and memref ops. How elements are read and written is the caller's: producers and epilogues fuse
// through callbacks. Every result element is the chain acc = fma(lhs[k], rhs[k], acc), k = 0 .. K-1 from 0, so its
// bits depend on neither tiles, packing, threads nor the other sizes. (Without FMA: multiply, then add.)
#pragma once

#include "codegen/tiling/Matmul.h"
#include "ir/shape/Dim.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"

#include <functional>
#include <string>
#include <vector>

namespace mx::codegen {

/// Marks a loop whose body is to become a function of its own, so that its registers are not the surroundings'.
inline constexpr llvm::StringLiteral kOutlineAttr = "mx.outline";

/// Reads `lanes` elements of an operand from (batch, row, col), running along dim `laneDim` (0: down the rows, 1:
/// along the columns), converted to the accumulator type: a vector, or a scalar when `lanes` is 1. `validLanes` (index; null: all) counts the lanes that lie
/// inside; the others must read as 0 without touching memory. Rows and columns are the operand's own.
using MatmulLoad = std::function<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::Value batch, mlir::Value row,
                                             mlir::Value col, int laneDim, int lanes, mlir::Value validLanes)>;

/// Takes one finished vector of accumulators along the columns and stores what the kernel is to produce from it.
using MatmulStore = std::function<void(mlir::OpBuilder &, mlir::Location, mlir::Value batch, mlir::Value row,
                                       mlir::Value col, mlir::Value acc, mlir::Value validLanes)>;

/// The sizes inside an entry's body: attributes where constant, index values elsewhere.
struct MatmulShape {
  mlir::OpFoldResult batch, M, N, K;
};

/// What the body of one entry is built from.
struct MatmulBody {
  MatmulShape shape;
  MatmulLoad loadLhs, loadRhs;
  MatmulStore store;
  /// The accumulator type: f32 or f64.
  mlir::FloatType accumulator;
  /// 1-D memrefs of the accumulator type, 64-byte aligned: MatmulPlan::sharedScratchBytes and
  /// MatmulEntry::threadScratchBytes long. Either may be null when its size is 0.
  mlir::Value sharedScratch, threadScratch;
  /// The range of work units to run (index).
  mlir::Value begin, end;
};

/// One entry of the kernel. Entries run in order with a join in between; units of one entry are independent.
struct MatmulEntry {
  enum class Kind : uint8_t { Pack, Compute } kind;
  std::string name;
  ir::Dim units;
  /// Rough cost of one unit on one core.
  ir::Dim unitCostNs;
  int64_t threadScratchBytes = 0;
};

struct MatmulPlan {
  MatmulProblem problem;
  MatmulConfig config;
  std::vector<MatmulEntry> entries;
  /// Scratch that all entries and threads see; its contents need not survive the last entry.
  ir::Dim sharedScratchBytes;
};

/// Lays out entries, units and scratch for a config.
MatmulPlan planMatmul(const MatmulProblem &problem, const MatmulConfig &config);

/// Emits the body of `entry` at the builder's insertion point.
void emitMatmulEntry(mlir::OpBuilder &builder, mlir::Location loc, const MatmulPlan &plan, const MatmulEntry &entry,
                     const MatmulBody &body);

} // namespace mx::codegen
