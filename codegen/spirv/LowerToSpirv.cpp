// The conversion to the spirv dialect, MLIR's patterns with ours beside them. Arithmetic of narrow types is never
// emulated: a target has them or the kernel is refused.
#include "codegen/spirv/SpirvPipeline.h"

#include "codegen/Diagnostics.h"

#include "mlir/Conversion/ArithToSPIRV/ArithToSPIRV.h"
#include "mlir/Conversion/GPUToSPIRV/GPUToSPIRV.h"
#include "mlir/Conversion/MathToSPIRV/MathToSPIRV.h"
#include "mlir/Conversion/MemRefToSPIRV/MemRefToSPIRV.h"
#include "mlir/Conversion/SCFToSPIRV/SCFToSPIRV.h"
#include "mlir/Conversion/UBToSPIRV/UBToSPIRV.h"
#include "mlir/Conversion/VectorToSPIRV/VectorToSPIRV.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/SPIRV/Transforms/Passes.h"
#include "mlir/Dialect/SPIRV/Transforms/SPIRVConversion.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/SPIRV/Serialization.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace mx::codegen {
namespace {

// The spirv dialect has no Trunc: the magnitude rounded down, with the argument's sign.
struct TruncPattern : OpConversionPattern<math::TruncOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(math::TruncOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Value magnitude = rewriter.create<math::AbsFOp>(op.getLoc(), op.getOperand());
    Value down = rewriter.create<math::FloorOp>(op.getLoc(), magnitude);
    rewriter.replaceOpWithNewOp<math::CopySignOp>(op, down, op.getOperand());
    return success();
  }
};

// MLIR makes no variable of this builtin.
struct LaneIdPattern : OpConversionPattern<gpu::LaneIdOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(gpu::LaneIdOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    constexpr llvm::StringLiteral name = "__builtin__SubgroupLocalInvocationId__";
    auto module = op->getParentOfType<spirv::ModuleOp>();
    auto variable = module.lookupSymbol<spirv::GlobalVariableOp>(name);
    if (!variable) {
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPointToStart(module.getBody());
      auto type = spirv::PointerType::get(getTypeConverter()->convertType(op.getType()), spirv::StorageClass::Input);
      variable = rewriter.create<spirv::GlobalVariableOp>(op.getLoc(), type, name, spirv::BuiltIn::SubgroupLocalInvocationId);
    }
    Value address = rewriter.create<spirv::AddressOfOp>(op.getLoc(), variable);
    rewriter.replaceOpWithNewOp<spirv::LoadOp>(op, address);
    return success();
  }
};

struct FromElementsPattern : OpConversionPattern<vector::FromElementsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(vector::FromElementsOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<spirv::CompositeConstructOp>(op, getTypeConverter()->convertType(op.getType()), adaptor.getElements());
    return success();
  }
};

// Whether any lane of a condition holds.
struct AnyPattern : OpConversionPattern<vector::ReductionOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(vector::ReductionOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (op.getKind() != vector::CombiningKind::OR || !op.getType().isInteger(1))
      return failure();
    Value any;
    for (int32_t lane = 0; lane < op.getSourceVectorType().getNumElements(); ++lane) {
      Value one = rewriter.create<spirv::CompositeExtractOp>(op.getLoc(), adaptor.getVector(), lane);
      any = any ? Value(rewriter.create<spirv::LogicalOrOp>(op.getLoc(), any, one)) : one;
    }
    rewriter.replaceOp(op, any);
    return success();
  }
};

// MLIR's conversion writes a loop's results in its body alone: those of a loop that runs no iteration would be undefined.
void defineResultsOfEmptyLoops(gpu::GPUFuncOp func) {
  func.walk([](scf::ForOp loop) {
    if (loop.getNumResults() == 0)
      return;
    OpBuilder b(loop->getContext());
    b.setInsertionPointAfter(loop);
    Value runs = b.create<arith::CmpIOp>(loop.getLoc(), arith::CmpIPredicate::slt, loop.getLowerBound(), loop.getUpperBound());
    for (auto [result, init] : llvm::zip_equal(loop.getResults(), loop.getInitArgs())) {
      // SPIR-V before 1.4 selects vectors by vectors.
      Value condition = runs;
      if (auto type = dyn_cast<VectorType>(init.getType()))
        condition = b.create<vector::BroadcastOp>(loop.getLoc(), type.clone(b.getI1Type()), runs);
      Value defined = b.create<arith::SelectOp>(loop.getLoc(), condition, result, init);
      result.replaceAllUsesExcept(defined, defined.getDefiningOp());
    }
  });
}

// What the pass does not see: of the two extensions that bring addresses Vulkan 1.2 has the one that came first, and the
// builtins of subgroups need a capability.
void correctNeeds(spirv::ModuleOp module) {
  spirv::VerCapExtAttr triple = *module.getVceTriple();
  SmallVector<spirv::Extension> extensions(triple.getExtensions());
  std::replace(extensions.begin(), extensions.end(), spirv::Extension::SPV_EXT_physical_storage_buffer, spirv::Extension::SPV_KHR_physical_storage_buffer);
  SmallVector<spirv::Capability> capabilities(triple.getCapabilities());
  auto ofSubgroup = [](spirv::GlobalVariableOp v) { return v.getSymName().starts_with("__builtin__Subgroup"); };
  spirv::Version version = triple.getVersion();
  if (llvm::any_of(module.getOps<spirv::GlobalVariableOp>(), ofSubgroup)) {
    version = std::max(version, spirv::Version::V_1_3);
    if (!llvm::is_contained(capabilities, spirv::Capability::GroupNonUniform))
      capabilities.push_back(spirv::Capability::GroupNonUniform);
  }
  module.setVceTripleAttr(spirv::VerCapExtAttr::get(version, capabilities, extensions, triple.getContext()));
}

LogicalResult convert(gpu::GPUModuleOp module) {
  spirv::TargetEnvAttr env = spirv::lookupTargetEnvOrDefault(module);
  std::unique_ptr<ConversionTarget> target = SPIRVConversionTarget::get(env);
  SPIRVConversionOptions options;
  options.emulateLT32BitScalarTypes = false;
  options.use64bitIndex = false;
  SPIRVTypeConverter converter(env, options);
  RewritePatternSet patterns(module.getContext());
  ScfToSPIRVContext scf;
  populateGPUToSPIRVPatterns(converter, patterns);
  arith::populateArithToSPIRVPatterns(converter, patterns);
  populateMathToSPIRVPatterns(converter, patterns);
  populateMemRefToSPIRVPatterns(converter, patterns);
  populateSCFToSPIRVPatterns(converter, scf, patterns);
  ub::populateUBToSPIRVConversionPatterns(converter, patterns);
  populateVectorToSPIRVPatterns(converter, patterns);
  populateInterfacePatterns(converter, patterns);
  patterns.add<TruncPattern, LaneIdPattern, FromElementsPattern, AnyPattern>(converter, module.getContext());
  return applyFullConversion(module, *target, std::move(patterns));
}

} // namespace

LogicalResult lowerToSpirv(ModuleOp tiled) {
  MLIRContext *ctx = tiled.getContext();
  PassManager simplify(ctx, ModuleOp::getOperationName());
  simplify.enableVerifier(false);
  OpPassManager &functions = simplify.nest<gpu::GPUModuleOp>().nest<gpu::GPUFuncOp>();
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  for (auto module : tiled.getOps<gpu::GPUModuleOp>())
    for (auto func : module.getOps<gpu::GPUFuncOp>()) {
      moveHalvesAsBits(func, FloatType::getBF16(ctx));
      moveHalvesAsBits(func, FloatType::getF16(ctx));
      reachNarrowMemoryByWords(func);
      lowerFaults(func);
      placeOperands(func);
      defineResultsOfEmptyLoops(func);
    }
  if (failed(simplify.run(tiled)))
    return failure();
  for (auto module : llvm::to_vector(tiled.getOps<gpu::GPUModuleOp>())) {
    for (auto func : module.getOps<gpu::GPUFuncOp>())
      if (failed(checkCapabilities(func)))
        return failure();
    if (failed(convert(module)))
      return failure();
  }
  PassManager finish(ctx, ModuleOp::getOperationName());
  finish.enableVerifier(false);
  OpPassManager &modules = finish.nest<spirv::ModuleOp>();
  modules.addPass(spirv::createSPIRVLowerABIAttributesPass());
  modules.addPass(createCanonicalizerPass());
  modules.addPass(createCSEPass());
  if (failed(finish.run(tiled)))
    return failure();
  for (auto module : tiled.getOps<spirv::ModuleOp>())
    decorate(module);
  // Last, for it writes down what all of the above asks of a device.
  PassManager vce(ctx, ModuleOp::getOperationName());
  vce.enableVerifier(false);
  vce.addNestedPass<spirv::ModuleOp>(spirv::createSPIRVUpdateVCEPass());
  if (failed(vce.run(tiled)))
    return failure();
  for (auto module : tiled.getOps<spirv::ModuleOp>())
    correctNeeds(module);
  return success();
}

// True when invocations of a workgroup read what others of it have written to buffers.
static bool sharesBuffers(spirv::ModuleOp module) {
  return module.walk([](spirv::ControlBarrierOp barrier) {
    const bool buffers = bitEnumContainsAny(barrier.getMemorySemantics(), spirv::MemorySemantics::UniformMemory);
    return buffers ? WalkResult::interrupt() : WalkResult::advance();
  }).wasInterrupted();
}

// Repeats each decoration Aliased, which all buffers have, as Coherent: MLIR writes no such decoration.
static std::vector<uint32_t> withCoherentBuffers(ArrayRef<uint32_t> words) {
  constexpr size_t kHeaderWords = 5;
  std::vector<uint32_t> result(words.begin(), words.begin() + kHeaderWords);
  for (ArrayRef<uint32_t> rest = words.drop_front(kHeaderWords); !rest.empty();) {
    ArrayRef<uint32_t> instruction = rest.take_front(rest[0] >> 16);
    llvm::append_range(result, instruction);
    if ((instruction[0] & 0xffff) == uint32_t(spirv::Opcode::OpDecorate) && instruction[2] == uint32_t(spirv::Decoration::Aliased)) {
      llvm::append_range(result, instruction);
      result.back() = uint32_t(spirv::Decoration::Coherent);
    }
    rest = rest.drop_front(instruction.size());
  }
  return result;
}

rt::Result<std::vector<uint32_t>> serializeSpirv(spirv::ModuleOp module) {
  SmallVector<uint32_t> words;
  Diagnostics diagnostics(module.getContext());
  if (failed(spirv::serialize(module, words)))
    return diagnostics.error("writing SPIR-V");
  if (sharesBuffers(module))
    return withCoherentBuffers(words);
  return std::vector<uint32_t>(words.begin(), words.end());
}

} // namespace mx::codegen
