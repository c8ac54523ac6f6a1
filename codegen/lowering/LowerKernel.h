// From mxp.kernel to the functions of phase `tiled`: scf, vector, arith and memref on flat memory. Each kernel
// pattern has a file of its own; what they share is here.
#pragma once

#include "codegen/lowering/KernelBody.h"
#include "codegen/tiling/Matmul.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace mx::codegen {

/// What lowering needs to know of the machine.
struct LoweringTarget {
  MathTarget math;
  MatmulTarget matmul;
  /// Outputs of at least this many bytes bypass the caches.
  int64_t nontemporalBytes = 8 << 20;
  /// Kernels fail on an index out of range, as MX_CHECK asks for.
  bool checkIndices = false;
};

/// One entry point: a func.func (begin: index, end: index) over work units.
struct LoweredEntry {
  std::string name;
  ir::Dim units;
  ir::Dim unitCostNs;
  int64_t threadScratchBytes = 0;
};

struct LoweredKernel {
  std::vector<LoweredEntry> entries;
  /// The kernel's scalar arguments, over its own symbols.
  std::vector<ir::Dim> scalars;
  /// Bytes of scratch that all threads and entries share; it is the buffer after the outputs.
  ir::Dim sharedScratchBytes = 0;
};

/// Lowers `kernel` to functions appended to `dest`. A failure has been reported on the op.
mlir::FailureOr<LoweredKernel> lowerKernel(ir::program::KernelOp kernel, mlir::ModuleOp dest, const LoweringTarget &target);

/// Builds the entries of one kernel: a pattern derives from it or uses it.
class KernelBuilder : public KernelBody {
public:
  KernelBuilder(ir::program::KernelOp kernel, mlir::ModuleOp dest, const LoweringTarget &target);

  /// Runs `body` inside a new entry function, with an emitter that has all inputs bound, and its unit range.
  void entry(llvm::StringRef suffix, ir::Dim units, ir::Dim unitCostNs, int64_t threadScratchBytes,
             llvm::function_ref<void(Emitter &, mlir::Value begin, mlir::Value end)> body, int64_t lanes = kLanes);
  /// Memory private to the calling thread, from a byte offset on.
  mlir::Value threadScratch(Emitter &e, mlir::Type element, int64_t offset = 0);

  /// Bytes of output `i` when its size is a constant.
  std::optional<int64_t> outputBytes(unsigned i);
  /// True when output `i` is large enough to bypass the caches.
  bool streams(unsigned i);

  const LoweringTarget &target;
  LoweredKernel result;

private:
  mlir::ModuleOp dest;
};

/// Runs body at lane index i for i in [lo, hi) by steps of the lanes, the last partial vector under a mask. `wholeLanes`:
/// hi - lo is known to be a multiple of the lanes.
void forLanes(Emitter &e, mlir::Value lo, mlir::Value hi, bool wholeLanes, llvm::function_ref<void(const Index &)> body);

/// Rough cost in picoseconds of computing one element of the body's values, loads included.
int64_t elementCostPs(mlir::Block &body);

// The patterns.
mlir::LogicalResult lowerMap(KernelBuilder &k);
mlir::LogicalResult lowerRow(KernelBuilder &k);
mlir::LogicalResult lowerArgReduce(KernelBuilder &k);
mlir::LogicalResult lowerScan(KernelBuilder &k);
mlir::LogicalResult lowerScatter(KernelBuilder &k);
mlir::LogicalResult lowerMatmul(KernelBuilder &k);

} // namespace mx::codegen
