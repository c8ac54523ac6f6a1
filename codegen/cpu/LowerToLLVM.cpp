// The last step inside MLIR: entries get the C ABI, memory ops become pointers, vectors LLVM's.
#include "codegen/cpu/CpuPipeline.h"
#include "ir/program/MxpDialect.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace mx::codegen {
namespace {

// Gives an entry (begin, end) the signature int(const mx_args *, uint32_t, uint32_t): arguments become loads from the
// struct at the function's start.
void exposeAbi(func::FuncOp func) {
  MLIRContext *ctx = func.getContext();
  OpBuilder b(ctx);
  Location loc = func.getLoc();
  auto ptr = LLVM::LLVMPointerType::get(ctx);
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  Block &entry = func.getBody().front();
  Value begin = entry.getArgument(0), end = entry.getArgument(1);
  Value args = entry.addArgument(ptr, loc), first = entry.addArgument(i32, loc), last = entry.addArgument(i32, loc);
  func.setFunctionType(b.getFunctionType({ptr, i32, i32}, {i32}));

  b.setInsertionPointToStart(&entry);
  auto field = [&](int number, Type type) -> Value {
    Value at = b.create<LLVM::GEPOp>(loc, ptr, ptr, args, ArrayRef<LLVM::GEPArg>{number});
    return b.create<LLVM::LoadOp>(loc, type, at);
  };
  Value buffers = field(0, ptr), scalars = field(1, ptr), scratch = field(2, ptr), base = field(3, i64);
  auto unit = [&](Value v) -> Value {
    Value wide = b.create<LLVM::AddOp>(loc, b.create<LLVM::ZExtOp>(loc, i64, v), base);
    return b.create<arith::IndexCastOp>(loc, b.getIndexType(), wide);
  };
  begin.replaceAllUsesWith(unit(first));
  end.replaceAllUsesWith(unit(last));

  // A descriptor only to please the memref ops: pointer twice, offset 0, one size nobody reads, stride 1.
  LLVMTypeConverter converter(ctx);
  auto asMemref = [&](Value pointer, MemRefType type) -> Value {
    auto desc = MemRefDescriptor::undef(b, loc, converter.convertType(type));
    desc.setAllocatedPtr(b, loc, pointer);
    desc.setAlignedPtr(b, loc, pointer);
    desc.setConstantOffset(b, loc, 0);
    desc.setConstantSize(b, loc, 0, 0);
    desc.setConstantStride(b, loc, 0, 1);
    return b.create<UnrealizedConversionCastOp>(loc, type, Value(desc)).getResult(0);
  };
  Value status;
  func.walk([&](Operation *op) {
    if (auto buffer = dyn_cast<ir::program::BufferOp>(op)) {
      b.setInsertionPoint(op);
      Value at = b.create<LLVM::GEPOp>(loc, ptr, ptr, buffers, ArrayRef<LLVM::GEPArg>{int32_t(buffer.getIndex())});
      op->replaceAllUsesWith(ValueRange(asMemref(b.create<LLVM::LoadOp>(loc, ptr, at), buffer.getType())));
    } else if (auto scalar = dyn_cast<ir::program::ScalarOp>(op)) {
      b.setInsertionPoint(op);
      Value at = b.create<LLVM::GEPOp>(loc, ptr, i64, scalars, ArrayRef<LLVM::GEPArg>{int32_t(scalar.getIndex())});
      Value v = b.create<LLVM::LoadOp>(loc, i64, at);
      op->replaceAllUsesWith(ValueRange(b.create<arith::IndexCastOp>(loc, b.getIndexType(), v)));
    } else if (auto own = dyn_cast<ir::program::ScratchOp>(op)) {
      b.setInsertionPoint(op);
      Value at = b.create<LLVM::GEPOp>(loc, ptr, b.getI8Type(), scratch, ArrayRef<LLVM::GEPArg>{int32_t(own.getOffset())});
      op->replaceAllUsesWith(ValueRange(asMemref(at, own.getType())));
    } else if (auto fail = dyn_cast<ir::program::FailIfOp>(op)) {
      if (!status) {
        b.setInsertionPointToStart(&entry);
        Value one = b.create<LLVM::ConstantOp>(loc, i32, 1), zero = b.create<LLVM::ConstantOp>(loc, i32, 0);
        status = b.create<LLVM::AllocaOp>(loc, ptr, i32, one);
        b.create<LLVM::StoreOp>(loc, zero, status);
      }
      b.setInsertionPoint(op);
      Value code = b.create<LLVM::ConstantOp>(loc, i32, fail.getCode());
      Value old = b.create<LLVM::LoadOp>(loc, i32, status);
      b.create<LLVM::StoreOp>(loc, b.create<LLVM::SelectOp>(loc, fail.getCondition(), code, old), status);
    } else {
      return;
    }
    op->erase();
  });
  entry.eraseArguments(0, 2);
  Operation *ret = entry.getTerminator();
  b.setInsertionPoint(ret);
  Value result = status ? Value(b.create<LLVM::LoadOp>(loc, i32, status)) : Value(b.create<LLVM::ConstantOp>(loc, i32, 0));
  b.create<func::ReturnOp>(loc, result);
  ret->erase();
}

// Vector ops without an LLVM counterpart become ones that have.
void simplifyVectors(ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  vector::populateVectorBroadcastLoweringPatterns(patterns);
  vector::populateVectorMaskOpLoweringPatterns(patterns);
  vector::populateVectorShapeCastLoweringPatterns(patterns);
  vector::populateVectorTransposeLoweringPatterns(patterns, vector::VectorTransformsOptions().setVectorTransposeLowering(
                                                                vector::VectorTransposeLowering::Shuffle16x16));
  vector::populateVectorInsertExtractStridedSliceTransforms(patterns);
  vector::populateVectorGatherLoweringPatterns(patterns);
  vector::populateVectorMaskMaterializationPatterns(patterns, /*force32BitVectorIndices=*/true);
  (void)applyPatternsAndFoldGreedily(module, std::move(patterns));
}

} // namespace

LogicalResult lowerToLLVM(ModuleOp tiled) {
  MLIRContext *ctx = tiled.getContext();
  for (auto func : tiled.getOps<func::FuncOp>())
    if (!func.isPrivate())
      exposeAbi(func);
  simplifyVectors(tiled);

  PassManager pm(ctx, ModuleOp::getOperationName(), PassManager::Nesting::Implicit);
  pm.enableVerifier(false);
  pm.addPass(createConvertSCFToCFPass());
  if (failed(pm.run(tiled)))
    return failure();

  LowerToLLVMOptions options(ctx);
  options.overrideIndexBitwidth(64);
  LLVMTypeConverter converter(ctx, options);
  RewritePatternSet patterns(ctx);
  populateVectorToLLVMMatrixConversionPatterns(converter, patterns);
  populateVectorToLLVMConversionPatterns(converter, patterns, /*reassociateFPReductions=*/false, /*force32BitVectorIndices=*/true);
  populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns);
  index::populateIndexToLLVMConversionPatterns(converter, patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  ub::populateUBToLLVMConversionPatterns(converter, patterns);
  populateFuncToLLVMConversionPatterns(converter, patterns);
  ConversionTarget target(*ctx);
  target.addLegalDialect<LLVM::LLVMDialect>();
  target.addLegalOp<ModuleOp>();
  target.addLegalOp<UnrealizedConversionCastOp>();
  if (failed(applyFullConversion(tiled, target, std::move(patterns))))
    return failure();
  PassManager casts(ctx);
  casts.enableVerifier(false);
  casts.addPass(createReconcileUnrealizedCastsPass());
  if (failed(casts.run(tiled)))
    return failure();
  // A nontemporal store is one instruction only when it is known to be aligned; the emitter asks for none that is not.
  tiled.walk([](LLVM::StoreOp store) {
    if (store.getNontemporal())
      store.setAlignment(64);
  });
  return success();
}

} // namespace mx::codegen
