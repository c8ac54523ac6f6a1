// Subgroups in the gpu dialect. Shuffles name the width of the whole subgroup: no other converts to SPIR-V.
#include "codegen/spirv/GpuSubgroup.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mx::codegen {

Index SubgroupPart::start(Emitter &e, int64_t workgroup) {
  // Which invocations of a workgroup form a subgroup is the device's choice: parts are counted along subgroups.
  IndexBuilder &ix = e.index;
  OpBuilder &b = e.scopes.builder();
  Index lane{e.scopes.emitAt(0, [&]() -> Value { return b.create<gpu::LaneIdOp>(e.scopes.loc(), IntegerAttr()); })};
  Index number = lane;
  if (workgroup > subgroup)
    number = ix.add(ix.mul({e.scopes.emitAt(0, [&]() -> Value { return b.create<gpu::SubgroupIdOp>(e.scopes.loc(), IntegerAttr()); })},
                           ix.constant(subgroup)), lane);
  member = subgroup == size ? lane : ix.rem(lane, ix.constant(size));
  firstLane = ix.sub(lane, member);
  return ix.div(number, ix.constant(size));
}

Value SubgroupPart::shuffled(Emitter &e, Value v, gpu::ShuffleMode mode, Value offset) const {
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  const unsigned bits = v.getType().getIntOrFloatBitWidth();
  Type word = b.getI32Type(), integer = b.getIntegerType(bits);
  if (bits == 32) {
    Value width = b.create<arith::ConstantIntOp>(loc, subgroup, 32);
    return b.create<gpu::ShuffleOp>(loc, v, offset, width, mode).getShuffleResult();
  }
  // Other widths are an optional feature of devices: they travel as words.
  Value raw = v.getType() == integer ? v : Value(b.create<arith::BitcastOp>(loc, integer, v));
  Value result;
  if (bits < 32) {
    result = b.create<arith::TruncIOp>(loc, integer, shuffled(e, b.create<arith::ExtUIOp>(loc, word, raw), mode, offset));
  } else {
    Value half = b.create<arith::ConstantIntOp>(loc, 32, 64);
    Value low = shuffled(e, b.create<arith::TruncIOp>(loc, word, raw), mode, offset);
    Value high = shuffled(e, b.create<arith::TruncIOp>(loc, word, b.create<arith::ShRUIOp>(loc, raw, half)), mode, offset);
    high = b.create<arith::ShLIOp>(loc, b.create<arith::ExtUIOp>(loc, integer, high), half);
    result = b.create<arith::OrIOp>(loc, b.create<arith::ExtUIOp>(loc, integer, low), high);
  }
  return v.getType() == integer ? result : Value(b.create<arith::BitcastOp>(loc, v.getType(), result));
}

Value SubgroupPart::ofMember(Emitter &e, Value v, int64_t number) const {
  Index lane = e.index.add(firstLane, e.index.constant(number));
  return shuffled(e, v, gpu::ShuffleMode::IDX, e.scopes.builder().create<arith::IndexCastOp>(e.scopes.loc(), e.scopes.builder().getI32Type(), lane.base));
}

} // namespace mx::codegen
