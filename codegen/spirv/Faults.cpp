// Checks of indices. Whoever finds one out of range first, over all invocations of the step, claims the record and writes
// it; the others go on, as everything does after a failure.
#include "codegen/spirv/SpirvPipeline.h"

#include "runtime/Shader.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <array>
#include <cstddef>
#include <cstring>

using namespace mlir;

namespace mx::codegen {
namespace {

constexpr size_t wordOf(size_t byte) { return byte / sizeof(uint32_t); }

std::array<int32_t, sizeof(rt::ShaderFault::op) / sizeof(int32_t)> wordsOf(StringRef op) {
  std::array<int32_t, sizeof(rt::ShaderFault::op) / sizeof(int32_t)> words{};
  std::memcpy(words.data(), op.data(), std::min(op.size(), sizeof(words)));
  return words;
}

// Reports where `condition` holds.
void report(OpBuilder &b, ir::program::FailIfOp op, Value record, Value condition, Value index, Value position) {
  OpBuilder::InsertionGuard guard(b);
  Location loc = op.getLoc();
  auto at = [&](size_t word) -> Value { return b.create<arith::ConstantIndexOp>(loc, word); };
  auto number = [&](int32_t v) -> Value { return b.create<arith::ConstantIntOp>(loc, v, 32); };
  auto branch = b.create<scf::IfOp>(loc, condition, /*withElseRegion=*/false);
  b.setInsertionPointToStart(branch.thenBlock());
  Value before = b.create<memref::AtomicRMWOp>(loc, arith::AtomicRMWKind::ori, number(1), record, at(wordOf(offsetof(rt::ShaderFault, claimed))));
  auto first = b.create<scf::IfOp>(loc, b.create<arith::CmpIOp>(loc, arith::CmpIPredicate::eq, before, number(0)), /*withElseRegion=*/false);
  b.setInsertionPointToStart(first.thenBlock());
  auto keep = [&](Value v, size_t word) {
    if (v.getType().isIndex())
      v = b.create<arith::IndexCastOp>(loc, b.getI32Type(), v);
    b.create<memref::StoreOp>(loc, v, record, at(word));
  };
  keep(index, wordOf(offsetof(rt::ShaderFault, index)));
  keep(op.getSize(), wordOf(offsetof(rt::ShaderFault, size)));
  keep(position, wordOf(offsetof(rt::ShaderFault, position)));
  for (auto [i, word] : llvm::enumerate(wordsOf(op.getOp())))
    keep(number(word), wordOf(offsetof(rt::ShaderFault, op)) + i);
}

} // namespace

void lowerFaults(gpu::GPUFuncOp func) {
  OpBuilder b(func.getContext());
  auto type = MemRefType::get({ShapedType::kDynamic}, b.getI32Type());
  llvm::DenseMap<Value, Value> records;
  func.walk([&](ir::program::FaultOp fault) {
    b.setInsertionPoint(fault);
    records[fault] = b.create<ir::program::BufferOp>(fault.getLoc(), type, func->getAttrOfType<IntegerAttr>("mxp.buffers").getInt() - 1);
  });
  func.walk([&](ir::program::FailIfOp op) {
    b.setInsertionPoint(op);
    Value record = records.lookup(op.getFault());
    if (auto lanes = dyn_cast<VectorType>(op.getCondition().getType())) {
      for (int64_t i = 0; i < lanes.getNumElements(); ++i) {
        auto lane = [&](Value v) -> Value { return b.create<vector::ExtractOp>(op.getLoc(), v, i); };
        report(b, op, record, lane(op.getCondition()), lane(op.getIndex()), lane(op.getPosition()));
      }
    } else {
      report(b, op, record, op.getCondition(), op.getIndex(), op.getPosition());
    }
    op.erase();
  });
  for (auto [fault, record] : records)
    fault.getDefiningOp()->erase();
}

} // namespace mx::codegen
