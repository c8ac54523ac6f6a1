// From mxp.kernel to the gpu.func entries of phase `tiled` for GPUs: scf, arith, math and memref on flat memory, one
// invocation at a time. Work is spread over workgroups so that every loop of an invocation has a bound; the bound of all
// of them together is checked against the device's and written on the entry.
#pragma once

#include "codegen/lowering/KernelBody.h"
#include "codegen/spirv/GpuConfig.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mx::codegen {

/// One entry point. The runtime starts `workgroups` of them, along x and, beyond the device's limit there, along y.
struct GpuEntry {
  std::string name;
  ir::Dim workgroups;
  /// Invocations of a workgroup, along x.
  int64_t workgroupSize;
  /// At most this many loop iterations run in one invocation. A symbolic bound is for the runtime to check.
  ir::Dim loopIterations;
  /// The entry runs so many times, each after all of the one before and told its number.
  ir::Dim passes = 1;
};

/// Entries run in order, each after all of the one before. They share the kernel's scalar arguments and its scratch.
struct LoweredGpuKernel {
  std::vector<GpuEntry> entries;
  std::vector<ir::Dim> scalars;
  ir::Dim scratchBytes = 0;
  /// Operands are reached by address, not as bindings.
  bool byAddress = false;
  /// Some entry reports indices out of range, to an operand after the scratch.
  bool checksIndices = false;
};

/// Lowers `kernel` to functions appended to `dest`. A failure has been reported on the op.
mlir::FailureOr<LoweredGpuKernel> lowerKernelToGpu(ir::program::KernelOp kernel, mlir::gpu::GPUModuleOp dest, const SpirvTarget &target);

/// Builds the entries of one kernel.
class GpuKernelBuilder : public KernelBody {
public:
  GpuKernelBuilder(ir::program::KernelOp kernel, mlir::gpu::GPUModuleOp dest, const SpirvTarget &target)
      : KernelBody(kernel), target(target), dest(dest) {}

  /// Runs `body` inside a new entry, with an emitter that has all inputs bound, the number of the workgroup, below
  /// `workgroups`, and of the invocation in it. Fails after reporting when its loops may run too long.
  mlir::LogicalResult entry(llvm::StringRef suffix, ir::Dim workgroups, int64_t workgroupSize,
                            llvm::function_ref<void(Emitter &, const Index &group, const Index &local)> body, ir::Dim passes = 1);

  // --- Inside an entry.
  /// The number of the pass, below the entry's passes.
  Index pass(Emitter &e);
  /// As Scopes::loop, for loops of at most `maxTrips` iterations.
  mlir::ValueRange loop(Emitter &e, const Index &lo, const Index &hi, const Index &step, ir::Dim maxTrips, mlir::ValueRange init,
                        llvm::function_ref<llvm::SmallVector<mlir::Value>(const Index &, mlir::ValueRange)> body);
  /// Memory of `count` elements that the workgroup shares.
  mlir::Value sharedMemory(Emitter &e, mlir::Type element, int64_t count);
  /// All invocations of the workgroup arrive, and see what the others have written to shared memory.
  void barrier(Emitter &e);
  /// Elements of shared memory; bool lives there as i32.
  mlir::Value loadShared(Emitter &e, mlir::Value memory, rt::DType dtype, const Index &i);
  void storeShared(Emitter &e, mlir::Value memory, rt::DType dtype, const Index &i, mlir::Value v);
  /// Stores the yields for which `which` holds at linear index `i`, each read at `p`, where `inside` holds (null: always).
  /// All values are computed before the first store: outputs may take the place of inputs.
  void storeYields(Emitter &e, llvm::function_ref<bool(mlir::Value)> which, llvm::function_ref<Point(mlir::Value)> pointOf,
                   const Index &i, mlir::Value inside);

  const SpirvTarget &target;
  LoweredGpuKernel result;

private:
  mlir::gpu::GPUModuleOp dest;
};

/// 1 where `a` is at most `most`, or more, and 0 elsewhere: workgroups times it are there or not, as the sizes of the call ask.
ir::Dim atMost(ir::Dim a, int64_t most);
ir::Dim moreThan(ir::Dim a, int64_t most);

/// The type an element of shared memory has.
mlir::Type sharedType(mlir::MLIRContext *ctx, rt::DType dtype);

/// Bytes of an element, which may be a vector.
int64_t elementBytes(mlir::MemRefType type);
/// Bytes of shared memory that the functions in `op` take.
int64_t sharedBytes(mlir::Operation *op);

/// Loops carry their largest number of iterations here, as #mx.dims of one size, unless their bounds are constants.
inline constexpr llvm::StringLiteral kMaxTripsAttr = "mxp.max_trips";
/// At most so many iterations run in all loops of the function. Fails after reporting a loop without a bound.
mlir::FailureOr<ir::Dim> loopIterationsOf(mlir::gpu::GPUFuncOp func);

/// Reports the first op with a dtype that the target cannot hold, or cannot reach `byAddress`.
mlir::LogicalResult checkDtypes(ir::program::KernelOp kernel, const SpirvTarget &target, bool byAddress);

// The patterns.
mlir::LogicalResult lowerMapToGpu(GpuKernelBuilder &k);
mlir::LogicalResult lowerRowToGpu(GpuKernelBuilder &k);
mlir::LogicalResult lowerMatmulToGpu(GpuKernelBuilder &k);
mlir::LogicalResult lowerMatmulInRegisters(GpuKernelBuilder &k, ir::MatmulOp op, const GpuMatmulConfig &config);
mlir::LogicalResult lowerChainToGpu(GpuKernelBuilder &k);
mlir::LogicalResult lowerArgReduceToGpu(GpuKernelBuilder &k);
mlir::LogicalResult lowerScanToGpu(GpuKernelBuilder &k);
mlir::LogicalResult lowerScatterToGpu(GpuKernelBuilder &k);

} // namespace mx::codegen
