// From mxp.kernel to SPIR-V. The interface of an entry:
// - descriptor set 0, storage buffers only: binding n is operand n of the kernel (inputs, then outputs, then scratch if there is
//   one) from its first element; an operand that an entry does not use has no variable there. Several variables of
//   different types may name one binding, and any two bindings may hold the same memory.
// - the binding after the last operand holds the kernel's scalars (sizes and offsets) as 32-bit integers, if there are any.
// - indices have 32 bits: an operand has fewer than 2^31 elements.
// - workgroups are numbered x + y * (number along x); those beyond the entry's count do nothing.
// What a launch needs to know stands on the function: mxp.workgroups, mxp.scalars, mxp.scratch_bytes and
// mxp.loop_iterations as #mx.dims over the kernel's symbols, mxp.inputs and mxp.buffers as numbers.
#pragma once

#include "codegen/spirv/GpuKernel.h"

#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <span>

namespace mx::codegen {

/// Makes `module` one that holds GPU code for `target` and returns its (new, empty) gpu.module, which lowerKernelToGpu
/// fills.
mlir::gpu::GPUModuleOp createGpuModule(mlir::ModuleOp module, const SpirvTarget &target);
/// Writes what launches need to know on the entries of a lowered kernel.
void describeEntries(ir::program::KernelOp kernel, const LoweredGpuKernel &lowered, mlir::gpu::GPUModuleOp module);

/// Rewrites every gpu.module of a module of phase `tiled` to a spirv.module: interface variables, the spirv dialect, exact
/// arithmetic. A failure has been reported; a type the target has no capability for names it.
mlir::LogicalResult lowerToSpirv(mlir::ModuleOp tiled);

// The steps of lowerToSpirv.
/// Turns the accesses to operands and scalars into arguments with bindings.
void bindInterface(mlir::gpu::GPUFuncOp func);
/// Rewrites values of `half` to their bits when the function only moves them.
void moveHalvesAsBits(mlir::gpu::GPUFuncOp func, mlir::FloatType half);
/// Reports types that the target cannot hold.
mlir::LogicalResult checkCapabilities(mlir::gpu::GPUFuncOp func);
/// Decorates arithmetic so that drivers keep each operation as it stands, and buffers as what they are.
void decorate(mlir::spirv::ModuleOp module);

/// The module as SPIR-V's binary form.
rt::Result<std::vector<uint32_t>> serializeSpirv(mlir::spirv::ModuleOp module);

/// --mx-lower-kernels-to-gpu: phase program to phase tiled for the target.
std::unique_ptr<mlir::Pass> createLowerKernelsToGpu(llvm::StringRef target = "vulkan1.2");
/// --mx-lower-gpu-entries: phase tiled to spirv.module.
std::unique_ptr<mlir::Pass> createLowerGpuEntries();
/// Makes the passes, and the pipeline mx-to-spirv from phase traced, available to mx-opt.
void registerSpirvPasses();
void registerSpirvDialects(mlir::DialectRegistry &registry);

} // namespace mx::codegen
