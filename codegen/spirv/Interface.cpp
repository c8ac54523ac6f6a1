// The outside of an entry. Operands are storage buffers, or memory behind the addresses of a table; scalars and the number
// of the pass are 32-bit words of push constants, or of the table. Every variable belongs to one entry.
#include "codegen/spirv/SpirvPipeline.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Transforms/DialectConversion.h"

using namespace mlir;
using spirv::StorageClass;

namespace mx::codegen {
namespace {

// A struct of `members` at their offsets in memory of a storage class.
spirv::PointerType blockOf(ArrayRef<Type> members, ArrayRef<uint32_t> offsets, StorageClass where) {
  return spirv::PointerType::get(spirv::StructType::get(members, offsets), where);
}

// Emits the accesses of one op to the interface of its entry.
class EntryInterface {
public:
  EntryInterface(ConversionPatternRewriter &b, Operation *op)
      : b(b), loc(op->getLoc()), func(op->getParentOfType<FunctionOpInterface>()), module(op->getParentOfType<spirv::ModuleOp>()),
        byAddress(func->hasAttr("mxp.by_address")) {}

  Value operand(int64_t number, spirv::PointerType type) {
    if (byAddress)
      return b.create<spirv::ConvertUToPtrOp>(loc, type, inTable(b.getI64Type(), number));
    std::string name = "operand" + std::to_string(number);
    // The variable of an operand that is read as several types has several names.
    while (module.lookupSymbol(nameOf(name)))
      name += "_";
    return address(name, type, number);
  }

  // Scalar `number` of the step; the one after the last is the number of the pass.
  Value scalar(int64_t number) {
    if (byAddress)
      return inTable(b.getI32Type(), 2 * func->getAttrOfType<IntegerAttr>("mxp.buffers").getInt() + number);
    return member(pushConstants(spirv::ArrayType::get(b.getI32Type(), scalars() + func->hasAttr("mxp.passes"), 4)), {0, number});
  }
  Value pass() { return byAddress ? member(addressConstants(), {1}) : scalar(scalars()); }

private:
  int64_t scalars() const { return func->getAttrOfType<ir::DimsAttr>("mxp.scalars").getDims().size(); }
  std::string nameOf(StringRef suffix) { return (func.getName() + "_" + suffix).str(); }

  // The variable of the entry under this name, made on first use.
  Value address(StringRef suffix, spirv::PointerType type, std::optional<int64_t> binding) {
    auto variable = module.lookupSymbol<spirv::GlobalVariableOp>(nameOf(suffix));
    if (!variable) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(module.getBody());
      variable = binding ? b.create<spirv::GlobalVariableOp>(loc, type, nameOf(suffix), 0, *binding)
                         : b.create<spirv::GlobalVariableOp>(loc, TypeAttr::get(type), b.getStringAttr(nameOf(suffix)), FlatSymbolRefAttr());
    }
    return b.create<spirv::AddressOfOp>(loc, variable);
  }
  Value pushConstants(Type words) { return address("constants", blockOf(words, 0, StorageClass::PushConstant), std::nullopt); }
  Value addressConstants() {
    return address("constants", blockOf({b.getI64Type(), b.getI32Type()}, {0, 8}, StorageClass::PushConstant), std::nullopt);
  }

  Value pointerTo(Value block, ArrayRef<int64_t> path) {
    SmallVector<Value> indices;
    for (int64_t i : path)
      indices.push_back(b.create<spirv::ConstantOp>(loc, b.getI32Type(), b.getI32IntegerAttr(i)));
    return b.create<spirv::AccessChainOp>(loc, block, indices);
  }
  Value member(Value block, ArrayRef<int64_t> path) { return b.create<spirv::LoadOp>(loc, pointerTo(block, path)); }

  // Element `number` of the table as an array of `type`.
  Value inTable(Type type, int64_t number) {
    const unsigned bytes = type.getIntOrFloatBitWidth() / 8;
    auto block = blockOf(spirv::RuntimeArrayType::get(type, bytes), 0, StorageClass::PhysicalStorageBuffer);
    Value table = b.create<spirv::ConvertUToPtrOp>(loc, block, member(addressConstants(), {0}));
    auto aligned = spirv::MemoryAccessAttr::get(b.getContext(), spirv::MemoryAccess::Aligned);
    return b.create<spirv::LoadOp>(loc, pointerTo(table, {0, number}), aligned, b.getI32IntegerAttr(bytes));
  }

  ConversionPatternRewriter &b;
  Location loc;
  FunctionOpInterface func;
  spirv::ModuleOp module;
  bool byAddress;
};

struct BufferPattern : OpConversionPattern<ir::program::BufferOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ir::program::BufferOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    auto type = getTypeConverter()->convertType<spirv::PointerType>(op.getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "has a type that SPIR-V lacks");
    rewriter.replaceOp(op, EntryInterface(rewriter, op).operand(op.getIndex(), type));
    return success();
  }
};

struct ScalarPattern : OpConversionPattern<ir::program::ScalarOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ir::program::ScalarOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, EntryInterface(rewriter, op).scalar(op.getIndex()));
    return success();
  }
};

struct PassPattern : OpConversionPattern<ir::program::PassOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ir::program::PassOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, EntryInterface(rewriter, op).pass());
    return success();
  }
};

// Accesses behind an address say how it is aligned.
bool isBehindAddress(Value memory) {
  auto where = dyn_cast_or_null<spirv::StorageClassAttr>(cast<MemRefType>(memory.getType()).getMemorySpace());
  return where && where.getValue() == StorageClass::PhysicalStorageBuffer;
}
IntegerAttr alignmentOf(Value memory) {
  return Builder(memory.getContext()).getI32IntegerAttr(std::min<int64_t>(elementBytes(cast<MemRefType>(memory.getType())), 16));
}

struct AlignedLoadPattern : OpConversionPattern<memref::LoadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::LoadOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (!isBehindAddress(op.getMemref()))
      return failure();
    Value pointer = spirv::getElementPtr(*getTypeConverter<SPIRVTypeConverter>(), op.getMemRefType(), adaptor.getMemref(), adaptor.getIndices(), op.getLoc(), rewriter);
    auto aligned = spirv::MemoryAccessAttr::get(op.getContext(), spirv::MemoryAccess::Aligned);
    rewriter.replaceOpWithNewOp<spirv::LoadOp>(op, pointer, aligned, alignmentOf(op.getMemref()));
    return success();
  }
};

struct AlignedStorePattern : OpConversionPattern<memref::StoreOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::StoreOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (!isBehindAddress(op.getMemref()))
      return failure();
    Value pointer = spirv::getElementPtr(*getTypeConverter<SPIRVTypeConverter>(), op.getMemRefType(), adaptor.getMemref(), adaptor.getIndices(), op.getLoc(), rewriter);
    auto aligned = spirv::MemoryAccessAttr::get(op.getContext(), spirv::MemoryAccess::Aligned);
    rewriter.replaceOpWithNewOp<spirv::StoreOp>(op, pointer, adaptor.getValue(), aligned, alignmentOf(op.getMemref()));
    return success();
  }
};

// Relaxed, in memory of any storage class; MLIR's own knows no memory behind addresses.
struct AtomicOrPattern : OpConversionPattern<memref::AtomicRMWOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(memref::AtomicRMWOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (op.getKind() != arith::AtomicRMWKind::ori)
      return failure();
    Value pointer = spirv::getElementPtr(*getTypeConverter<SPIRVTypeConverter>(), op.getMemRefType(), adaptor.getMemref(), adaptor.getIndices(), op.getLoc(), rewriter);
    rewriter.replaceOpWithNewOp<spirv::AtomicOrOp>(op, pointer, spirv::Scope::Device, spirv::MemorySemantics::None, adaptor.getValue());
    return success();
  }
};

} // namespace

void placeOperands(gpu::GPUFuncOp func) {
  auto space = spirv::StorageClassAttr::get(func.getContext(), func->hasAttr("mxp.by_address") ? StorageClass::PhysicalStorageBuffer
                                                                                               : StorageClass::StorageBuffer);
  func.walk([&](ir::program::BufferOp buffer) {
    auto type = cast<MemRefType>(buffer.getType());
    buffer.getMemory().setType(MemRefType::get(type.getShape(), type.getElementType(), MemRefLayoutAttrInterface(), space));
  });
}

void populateInterfacePatterns(const SPIRVTypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<BufferPattern, ScalarPattern, PassPattern>(converter, patterns.getContext());
  // Before MLIR's own, which know no alignment of vectors.
  patterns.add<AlignedLoadPattern, AlignedStorePattern, AtomicOrPattern>(converter, patterns.getContext(), /*benefit=*/2);
}

} // namespace mx::codegen
