// The last step inside MLIR: entries get the C ABI, memory ops become pointers, vectors LLVM's.
#include "codegen/cpu/CpuPipeline.h"
#include "ir/program/MxpDialect.h"
#include "runtime/KernelAbi.h"

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
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace mx::codegen {
namespace {

static_assert(sizeof(mx_fault) % sizeof(int64_t) == 0);
constexpr int kFaultWords = sizeof(mx_fault) / sizeof(int64_t);

// A string of the module's own, as the address an mx_fault holds.
Value addressOfText(OpBuilder &b, Location loc, ModuleOp module, StringRef text) {
  const std::string name = ("mx_text_" + text).str();
  auto global = module.lookupSymbol<LLVM::GlobalOp>(name);
  if (!global) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    auto type = LLVM::LLVMArrayType::get(b.getI8Type(), text.size() + 1);
    global = b.create<LLVM::GlobalOp>(loc, type, /*isConstant=*/true, LLVM::Linkage::Internal, name,
                                      b.getStringAttr(text.str() + '\0'));
  }
  Value address = b.create<LLVM::AddressOfOp>(loc, global);
  return b.create<LLVM::PtrToIntOp>(loc, b.getI64Type(), address);
}

// Opens a check: if (a condition holds and no failure is kept yet) keep this one.
void lowerFailIf(ir::program::FailIfOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  Type i64 = b.getI64Type();
  auto lanes = dyn_cast<VectorType>(op.getCondition().getType());
  Value any = op.getCondition();
  if (lanes)
    any = b.create<vector::ReductionOp>(loc, vector::CombiningKind::OR, any);
  auto word = [&](int number) -> Value { return b.create<arith::ConstantIndexOp>(loc, number); };
  Value status = b.create<memref::LoadOp>(loc, op.getFault(), word(kFaultWords));
  Value ok = b.create<arith::ConstantIntOp>(loc, MX_KERNEL_OK, i64);
  Value first = b.create<arith::CmpIOp>(loc, arith::CmpIPredicate::eq, status, ok);
  auto branch = b.create<scf::IfOp>(loc, b.create<arith::AndIOp>(loc, any, first), /*withElseRegion=*/false);
  b.setInsertionPointToStart(branch.thenBlock());
  Value index = op.getIndex(), position = op.getPosition();
  if (lanes) {
    auto bits = b.getIntegerType(lanes.getNumElements());
    Value word = b.create<vector::BitCastOp>(loc, VectorType::get({1}, bits), op.getCondition());
    Value lane = b.create<math::CountTrailingZerosOp>(loc, b.create<vector::ExtractOp>(loc, word, ArrayRef<int64_t>{0}));
    index = b.create<vector::ExtractElementOp>(loc, index, lane);
    position = b.create<vector::ExtractElementOp>(loc, position, lane);
  }
  auto keep = [&](Value v, int number) {
    if (v.getType().isIndex())
      v = b.create<arith::IndexCastOp>(loc, i64, v);
    b.create<memref::StoreOp>(loc, v, op.getFault(), word(number));
  };
  keep(index, offsetof(mx_fault, index) / 8);
  keep(op.getSize(), offsetof(mx_fault, size) / 8);
  keep(position, offsetof(mx_fault, position) / 8);
  keep(addressOfText(b, loc, op->getParentOfType<ModuleOp>(), op.getOp()), offsetof(mx_fault, op) / 8);
  keep(b.create<arith::ConstantIntOp>(loc, MX_KERNEL_INDEX_OUT_OF_RANGE, i64), kFaultWords);
  op.erase();
}

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
  auto wordAt = [&](Value base, int word) -> Value {
    return b.create<LLVM::GEPOp>(loc, ptr, i64, base, ArrayRef<LLVM::GEPArg>{word});
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
  // What a failed check leaves, and whether one did: the words of mx_fault, then the status.
  Value fault;
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
    } else if (auto found = dyn_cast<ir::program::FaultOp>(op)) {
      assert(!fault && "arguments are hoisted, each once");
      b.setInsertionPoint(op);
      fault = b.create<LLVM::AllocaOp>(loc, ptr, i64, b.create<LLVM::ConstantOp>(loc, i64, kFaultWords + 1));
      b.create<LLVM::StoreOp>(loc, b.create<LLVM::ConstantOp>(loc, i64, MX_KERNEL_OK), wordAt(fault, kFaultWords));
      op->replaceAllUsesWith(ValueRange(asMemref(fault, found.getType())));
    } else {
      return;
    }
    op->erase();
  });
  entry.eraseArguments(0, 2);
  Operation *ret = entry.getTerminator();
  b.setInsertionPoint(ret);
  Value result = b.create<LLVM::ConstantOp>(loc, i32, MX_KERNEL_OK);
  if (fault) {
    for (int word = 0; word < kFaultWords; ++word)
      b.create<LLVM::StoreOp>(loc, b.create<LLVM::LoadOp>(loc, i64, wordAt(fault, word)), wordAt(scratch, word));
    result = b.create<LLVM::TruncOp>(loc, i32, b.create<LLVM::LoadOp>(loc, i64, wordAt(fault, kFaultWords)));
  }
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

// Kernels only move bfloat16: they convert bits to float32 and back. As bits it stays whole and needs no function of the
// C library, where LLVM holds a scalar bfloat16 in a float32 register, converts, and with AVX512-BF16 loses subnormals.
void bfloat16ToBits(ModuleOp module) {
  auto isBfloat16 = [](Type type) { return getElementTypeOrSelf(type).isBF16(); };
  WalkResult found = module.walk([&](Operation *op) {
    return WalkResult(llvm::any_of(op->getResultTypes(), isBfloat16) || llvm::any_of(op->getOperandTypes(), isBfloat16) ? failure() : success());
  });
  if (!found.wasInterrupted())
    return;
  Type bits = IntegerType::get(module.getContext(), 16);
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](BFloat16Type) -> std::optional<Type> { return bits; });
  replacer.addReplacement([&](FloatAttr value) -> std::optional<Attribute> {
    if (!value.getType().isBF16())
      return std::nullopt;
    return IntegerAttr::get(bits, value.getValue().bitcastToAPInt());
  });
  replacer.addReplacement([&](DenseElementsAttr values) -> std::optional<Attribute> {
    if (!values.getElementType().isBF16())
      return std::nullopt;
    return values.bitcast(bits);
  });
  replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true, /*replaceLocs=*/false, /*replaceTypes=*/true);
}

} // namespace

LogicalResult lowerToLLVM(ModuleOp tiled) {
  MLIRContext *ctx = tiled.getContext();
  bfloat16ToBits(tiled);
  tiled.walk([](ir::program::FailIfOp op) { lowerFailIf(op); });
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
