// Index arithmetic, loops and the derived sizes that all parts of the matmul emission share.
#include "codegen/kernels/MatmulEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mx::codegen::matmul {

using namespace mlir;

std::optional<int64_t> constantOf(Value value) { return getConstantIntValue(OpFoldResult(value)); }

Value IndexOps::constant(int64_t value) { return b.create<arith::ConstantIndexOp>(loc, value); }

Value IndexOps::value(OpFoldResult size) {
  if (auto attr = dyn_cast<Attribute>(size))
    return constant(cast<IntegerAttr>(attr).getInt());
  return cast<Value>(size);
}

Value IndexOps::add(Value x, Value y) { return b.createOrFold<arith::AddIOp>(loc, x, y); }
Value IndexOps::sub(Value x, Value y) { return b.createOrFold<arith::SubIOp>(loc, x, y); }
Value IndexOps::mul(Value x, Value y) { return b.createOrFold<arith::MulIOp>(loc, x, y); }
Value IndexOps::min(Value x, Value y) { return b.createOrFold<arith::MinUIOp>(loc, x, y); }
Value IndexOps::max(Value x, Value y) { return b.createOrFold<arith::MaxUIOp>(loc, x, y); }
Value IndexOps::floorDiv(Value x, Value y) { return b.createOrFold<arith::DivUIOp>(loc, x, y); }
Value IndexOps::rem(Value x, Value y) { return b.createOrFold<arith::RemUIOp>(loc, x, y); }

Value IndexOps::ceilDiv(Value x, Value y) { return floorDiv(add(x, sub(y, constant(1))), y); }

Value IndexOps::lessThan(Value x, Value y) {
  return b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::ult, x, y);
}
Value IndexOps::lessEqual(Value x, Value y) {
  return b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::ule, x, y);
}
Value IndexOps::equal(Value x, Value y) {
  return b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::eq, x, y);
}
Value IndexOps::both(Value x, Value y) { return b.createOrFold<arith::AndIOp>(loc, x, y); }

Emitter::Emitter(OpBuilder &builder, Location loc, const MatmulPlan &plan, const MatmulBody &body)
    : plan(plan), config(plan.config), body(body), ix(builder, loc), b(builder), loc(loc),
      vectorType(VectorType::get({config.lanes}, body.accumulator)), lhsLayout{config.tileRows, config.lanes},
      rhsLayout{config.tileCols(), config.lanes} {
  batches = ix.value(body.shape.batch);
  M = ix.value(body.shape.M);
  N = ix.value(body.shape.N);
  K = ix.value(body.shape.K);
  rowTiles = ix.ceilDiv(M, ix.constant(config.tileRows));
  colTiles = ix.ceilDiv(N, ix.constant(config.tileCols()));
  // A sum over nothing still stores zeros: there is always one k block.
  kBlocks = ix.max(ix.ceilDiv(K, ix.constant(config.kBlock)), ix.constant(1));
  Value lanes = ix.constant(config.lanes);
  Value depth = ix.min(ix.constant(config.kBlock), ix.mul(ix.ceilDiv(K, lanes), lanes));
  lhsStride = panelStride(lhsLayout, depth);
  rhsStride = panelStride(rhsLayout, depth);
}

Value Emitter::panelStride(const PanelLayout &panel, Value depth) {
  Value elements = ix.add(ix.mul(depth, panel.width), panel.overhang());
  Value unit = ix.constant(kPanelAlignment);
  return ix.mul(ix.ceilDiv(elements, unit), unit);
}

void Emitter::loop(Value begin, Value end, int64_t step, BodyFn emit) {
  auto first = constantOf(begin), last = constantOf(end);
  if (first && last && *first < *last && *first + step >= *last)
    return emit(begin);
  auto op = b.create<scf::ForOp>(loc, begin, end, ix.constant(step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.getBody());
  emit(op.getInductionVar());
}

void Emitter::branch(Value condition, function_ref<void()> then, function_ref<void()> otherwise) {
  APInt known;
  if (matchPattern(condition, m_ConstantInt(&known)))
    return known.isZero() ? otherwise() : then();
  auto op = b.create<scf::IfOp>(loc, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.thenBlock());
  then();
  b.setInsertionPointToStart(op.elseBlock());
  otherwise();
}

Emitter::KRange Emitter::kRange(Value block) {
  Value start = ix.mul(block, config.kBlock);
  return {start, ix.min(ix.constant(config.kBlock), ix.sub(K, start))};
}

Emitter::Panels Emitter::sharedPanels(Side side, Value batch, Value block, Value first) {
  const bool isLhs = side == Side::Lhs;
  Value panel = ix.add(ix.mul(ix.add(ix.mul(batch, kBlocks), block), isLhs ? rowTiles : colTiles), first);
  Value offset = ix.mul(panel, isLhs ? lhsStride : rhsStride);
  if (!isLhs && config.lhs == MatmulPacking::Shared)
    offset = ix.add(offset, ix.mul(ix.mul(ix.mul(batches, kBlocks), rowTiles), lhsStride));
  return {body.sharedScratch, offset};
}

bool Emitter::panelsAreFull(Side side) const {
  auto size = constantOf(extent(side));
  return size && *size % layout(side).width == 0;
}

Value Emitter::clipLanes(Value position, Value end) {
  // Saturates at 0: a tile's later vectors may lie wholly outside.
  return ix.sub(ix.min(ix.max(end, position), ix.add(position, config.lanes)), position);
}

Value Emitter::load(Side side, Value batch, Value position, Value k, bool alongK, int lanes, Value valid) {
  if (side == Side::Lhs)
    return body.loadLhs(b, loc, batch, position, k, alongK ? 1 : 0, lanes, valid);
  return body.loadRhs(b, loc, batch, k, position, alongK ? 0 : 1, lanes, valid);
}

} // namespace mx::codegen::matmul
