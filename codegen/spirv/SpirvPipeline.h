// From mxp.kernel to SPIR-V. The interface of an entry is that of runtime/Shader.h: a variable per operand it uses, of
// which several of different types may name one binding, and a block of push constants; or a table of addresses.
// Indices have 32 bits: an operand has fewer than 2^31 elements.
// What a launch needs to know stands on the function: mxp.workgroups, mxp.passes, mxp.scalars, mxp.scratch_bytes and
// mxp.loop_iterations as #mx.dims over the kernel's symbols, mxp.inputs and mxp.buffers as numbers, mxp.by_address.
#pragma once

#include "codegen/spirv/GpuKernel.h"

#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Dialect/SPIRV/Transforms/SPIRVConversion.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <span>

namespace mx::codegen {

/// Makes `module` one that holds GPU code for `target` and returns its (new, empty) gpu.module, which lowerKernelToGpu
/// fills.
mlir::gpu::GPUModuleOp createGpuModule(mlir::ModuleOp module, const SpirvTarget &target);
/// Writes what launches need to know on the entries of a lowered kernel, and on `module` what they ask of the target.
void describeEntries(ir::program::KernelOp kernel, const LoweredGpuKernel &lowered, mlir::gpu::GPUModuleOp module, const SpirvTarget &target);

/// Rewrites every gpu.module of a module of phase `tiled` to a spirv.module: interface variables, the spirv dialect, exact
/// arithmetic. A failure has been reported; a type the target has no capability for names it.
mlir::LogicalResult lowerToSpirv(mlir::ModuleOp tiled);

// The steps of lowerToSpirv.
/// Turns checks of indices into claims of the ShaderFault, which is the last operand.
void lowerFaults(mlir::gpu::GPUFuncOp func);
/// Says in which storage class each operand lives.
void placeOperands(mlir::gpu::GPUFuncOp func);
/// Adds the patterns that turn operands, scalars and the number of the pass into variables of the interface.
void populateInterfacePatterns(const mlir::SPIRVTypeConverter &converter, mlir::RewritePatternSet &patterns);
/// Rewrites values of `half` to their bits when the function only moves them.
void moveHalvesAsBits(mlir::gpu::GPUFuncOp func, mlir::FloatType half);
/// Rewrites accesses to elements of 8 and 16 bits as accesses to the words they lie in, where the target has no others.
void reachNarrowMemoryByWords(mlir::gpu::GPUFuncOp func);
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
