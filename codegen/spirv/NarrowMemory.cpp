// Bytes and halves in buffers of devices that access whole words alone: a load takes its part of a word, a run of elements that
// fills words is stored as these, and a single element is put into its word by two atomics, which leave alone what others own
// of it. Values that are only moved and compared are words as well, so that such kernels need no narrow type at all.
#include "codegen/lowering/MathExpr.h"
#include "codegen/spirv/SpirvPipeline.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mx::codegen {
namespace {

constexpr int64_t kWordBits = 32;

class NarrowMemory {
public:
  NarrowMemory(gpu::GPUFuncOp func, unsigned bits)
      : func(func), b(func->getContext()), narrow(b.getIntegerType(bits)), word(b.getI32Type()), bits(bits), perWord(kWordBits / bits) {}
  void run();

private:
  bool isNarrow(Type type) const { return !isa<MemRefType>(type) && getElementTypeOrSelf(type) == narrow; }
  bool mentions(Operation *op) const {
    auto is = [&](Type t) { return isNarrow(t); };
    return llvm::any_of(op->getOperandTypes(), is) || llvm::any_of(op->getResultTypes(), is);
  }
  // Holds narrow values in words, where nothing is computed from them. Zeros fill the words.
  void widenValues();
  void load(memref::LoadOp op);
  void store(memref::StoreOp op);
  // The operand as an array of words, or of vectors of them.
  Value wordsOf(Value memory);
  // Where in its word the element at `index` lies: the word's index, and the bits below the element.
  std::pair<Value, Value> placeOf(Location loc, Value index);
  Value constant(Location loc, int64_t v) { return b.create<arith::ConstantIntOp>(loc, v, kWordBits); }
  Value mask(Location loc) { return constant(loc, (int64_t(1) << bits) - 1); }

  gpu::GPUFuncOp func;
  OpBuilder b;
  const Type narrow, word;
  const int64_t bits, perWord;
  llvm::DenseMap<Value, Value> arrays;
};

void NarrowMemory::widenValues() {
  SmallVector<Operation *> users;
  bool onlyMoved = true;
  func.getBody().walk([&](Operation *op) {
    if (auto memory = dyn_cast<memref::AllocOp>(op))
      onlyMoved &= !isNarrow(getElementTypeOrSelf(memory.getType()));
    if (!mentions(op))
      return;
    users.push_back(op);
    if (auto compare = dyn_cast<arith::CmpIOp>(op))
      onlyMoved &= compare.getPredicate() == arith::CmpIPredicate::eq || compare.getPredicate() == arith::CmpIPredicate::ne;
    else if (auto extension = dyn_cast<arith::ExtUIOp>(op))
      onlyMoved &= isNarrow(op->getResult(0).getType()) ? getElementTypeOrSelf(extension.getIn().getType()).isInteger(1)
                                                        : getElementTypeOrSelf(op->getResult(0).getType()) == word;
    else if (auto truncation = dyn_cast<arith::TruncIOp>(op))
      onlyMoved &= getElementTypeOrSelf(truncation.getIn().getType()) == word;
    else
      onlyMoved &= isa<memref::LoadOp, memref::StoreOp, arith::ConstantOp, arith::SelectOp, vector::BroadcastOp, vector::ExtractOp, vector::InsertOp,
                       vector::FromElementsOp, scf::ForOp, scf::IfOp, scf::YieldOp>(op);
  });
  if (!onlyMoved)
    return;
  for (Operation *op : users) {
    for (Value v : op->getResults())
      if (isNarrow(v.getType()))
        v.setType(withElement(v.getType(), word));
    for (Region &region : op->getRegions())
      for (BlockArgument arg : region.getArguments())
        if (isNarrow(arg.getType()))
          arg.setType(withElement(arg.getType(), word));
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      auto wide = [](const APInt &v) { return v.zext(kWordBits); };
      if (auto dense = dyn_cast<DenseIntElementsAttr>(constant.getValue()))
        constant.setValueAttr(dense.mapValues(word, wide));
      else
        constant.setValueAttr(IntegerAttr::get(word, wide(cast<IntegerAttr>(constant.getValue()).getValue())));
    }
  }
  for (Operation *op : users) {
    if (!isa<arith::ExtUIOp, arith::TruncIOp>(op) || op->getOperand(0).getType() != op->getResult(0).getType())
      continue;
    Value v = op->getOperand(0);
    if (isa<arith::TruncIOp>(op)) {
      b.setInsertionPoint(op);
      Value low = mask(op->getLoc());
      if (isa<VectorType>(v.getType()))
        low = b.create<vector::BroadcastOp>(op->getLoc(), v.getType(), low);
      v = b.create<arith::AndIOp>(op->getLoc(), v, low);
    }
    op->getResult(0).replaceAllUsesWith(v);
    op->erase();
  }
}

Value NarrowMemory::wordsOf(Value memory) {
  Value &array = arrays[memory];
  if (array)
    return array;
  auto buffer = memory.getDefiningOp<ir::program::BufferOp>();
  Type element = word;
  if (auto vector = dyn_cast<VectorType>(cast<MemRefType>(memory.getType()).getElementType()); vector && vector.getNumElements() > perWord)
    element = VectorType::get({vector.getNumElements() / perWord}, word);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointAfter(buffer);
  return array = b.create<ir::program::BufferOp>(buffer.getLoc(), MemRefType::get({ShapedType::kDynamic}, element), buffer.getIndex());
}

std::pair<Value, Value> NarrowMemory::placeOf(Location loc, Value index) {
  Value each = b.create<arith::ConstantIndexOp>(loc, perWord);
  Value number = b.create<arith::DivUIOp>(loc, index, each), part = b.create<arith::RemUIOp>(loc, index, each);
  return {number, b.create<arith::MulIOp>(loc, b.create<arith::IndexCastOp>(loc, word, part), constant(loc, bits))};
}

void NarrowMemory::load(memref::LoadOp op) {
  Location loc = op.getLoc();
  b.setInsertionPoint(op);
  Value memory = wordsOf(op.getMemRef()), index = op.getIndices()[0];
  Type element = getElementTypeOrSelf(op.getType());
  auto partOf = [&](Value words, Value below) -> Value {
    Value v = b.create<arith::AndIOp>(loc, b.create<arith::ShRUIOp>(loc, words, below), mask(loc));
    return element == word ? v : Value(b.create<arith::TruncIOp>(loc, element, v));
  };
  if (!isa<VectorType>(op.getType())) {
    auto [number, below] = placeOf(loc, index);
    op.replaceAllUsesWith(partOf(b.create<memref::LoadOp>(loc, memory, number), below));
    return op.erase();
  }
  Value words = b.create<memref::LoadOp>(loc, memory, index);
  SmallVector<Value> elements;
  for (int64_t i = 0; i < cast<VectorType>(op.getType()).getNumElements(); ++i) {
    Value one = isa<VectorType>(words.getType()) ? Value(b.create<vector::ExtractOp>(loc, words, i / perWord)) : words;
    elements.push_back(partOf(one, constant(loc, i % perWord * bits)));
  }
  op.replaceAllUsesWith(Value(b.create<vector::FromElementsOp>(loc, cast<VectorType>(op.getType()), elements)));
  op.erase();
}

void NarrowMemory::store(memref::StoreOp op) {
  Location loc = op.getLoc();
  b.setInsertionPoint(op);
  Value memory = wordsOf(op.getMemRef()), index = op.getIndices()[0], stored = op.getValueToStore();
  auto wide = [&](Value v) -> Value { return v.getType() == word ? v : Value(b.create<arith::ExtUIOp>(loc, word, v)); };
  if (auto type = dyn_cast<VectorType>(stored.getType())) {
    SmallVector<Value> words(type.getNumElements() / perWord);
    for (int64_t i = 0; i < type.getNumElements(); ++i) {
      Value v = b.create<arith::ShLIOp>(loc, wide(b.create<vector::ExtractOp>(loc, stored, i)), constant(loc, i % perWord * bits));
      Value &one = words[i / perWord];
      one = one ? Value(b.create<arith::OrIOp>(loc, one, v)) : v;
    }
    Value all = words[0];
    if (words.size() > 1)
      all = b.create<vector::FromElementsOp>(loc, VectorType::get({int64_t(words.size())}, word), words);
    b.create<memref::StoreOp>(loc, all, memory, index);
    return op.erase();
  }
  auto [number, below] = placeOf(loc, index);
  Value others = b.create<arith::XOrIOp>(loc, b.create<arith::ShLIOp>(loc, mask(loc), below), constant(loc, -1));
  b.create<memref::AtomicRMWOp>(loc, arith::AtomicRMWKind::andi, others, memory, ValueRange{number});
  b.create<memref::AtomicRMWOp>(loc, arith::AtomicRMWKind::ori, b.create<arith::ShLIOp>(loc, wide(stored), below), memory, ValueRange{number});
  op.erase();
}

void NarrowMemory::run() {
  widenValues();
  SmallVector<ir::program::BufferOp> buffers;
  func.walk([&](ir::program::BufferOp buffer) {
    if (isNarrow(getElementTypeOrSelf(getElementTypeOrSelf(buffer.getType()))))
      buffers.push_back(buffer);
  });
  for (auto buffer : buffers) {
    for (Operation *user : llvm::make_early_inc_range(buffer->getUsers()))
      if (auto op = dyn_cast<memref::LoadOp>(user))
        load(op);
      else if (auto op = dyn_cast<memref::StoreOp>(user))
        store(op);
    if (buffer->use_empty())
      buffer.erase();
  }
}

} // namespace

void reachNarrowMemoryByWords(gpu::GPUFuncOp func) {
  const spirv::TargetEnv env(spirv::lookupTargetEnvOrDefault(func));
  auto has = [&](spirv::Capability arithmetic, spirv::Capability storage) { return env.allows(arithmetic) && env.allows(storage); };
  if (!has(spirv::Capability::Int8, spirv::Capability::StorageBuffer8BitAccess))
    NarrowMemory(func, 8).run();
  if (!has(spirv::Capability::Int16, spirv::Capability::StorageBuffer16BitAccess))
    NarrowMemory(func, 16).run();
}

} // namespace mx::codegen
