// Values made from nothing but attributes or a key: constants, iota, threefry bits.
#include "codegen/lowering/OpEmitters.h"

#include "codegen/lowering/Casts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mx::codegen {

Value OpEmitters::constant(Operation *op) {
  auto dense = cast<DenseElementsAttr>(cast<ir::ConstantOp>(op).getValue());
  return e.scopes.emitAt(0, [&]() -> Value {
    OpBuilder &b = e.scopes.builder();
    const rt::DType dtype = ir::dtypeOf(op->getResult(0));
    Type type = valueType(b.getContext(), dtype);
    TypedAttr attr;
    if (rt::isComplex(dtype)) {
      auto c = dense.getSplatValue<std::complex<APFloat>>();
      uint64_t re = c.real().bitcastToAPInt().getZExtValue(), im = c.imag().bitcastToAPInt().getZExtValue();
      attr = b.getIntegerAttr(type, APInt(64, re | (im << 32)));
    } else if (rt::isFloat(dtype)) {
      attr = b.getFloatAttr(type, dense.getSplatValue<APFloat>());
    } else {
      attr = b.getIntegerAttr(type, dense.getSplatValue<APInt>());
    }
    return b.create<arith::ConstantOp>(e.scopes.loc(), attr);
  });
}

Value OpEmitters::asNumber(Operation *op, Value index) {
  return e.scopes.emitAt(e.scopes.depthOf(index), [&]() -> Value {
    OpBuilder &b = e.scopes.builder();
    Type wide = b.getI64Type();
    if (auto vec = dyn_cast<VectorType>(index.getType()))
      wide = VectorType::get(vec.getShape(), wide);
    Value v = b.create<arith::IndexCastOp>(e.scopes.loc(), wide, index);
    return emitCast(b, e.scopes.loc(), v, rt::DType::int64, ir::dtypeOf(op->getResult(0)), e.target);
  });
}

Value OpEmitters::iota(Operation *op, const Point &p) {
  Index i = p.coords.front().index;
  return asNumber(op, i.isUniform() ? i.base : e.index.vector(i));
}

Value OpEmitters::size(Operation *op) {
  ir::Dims sizes(cast<ir::SizeOp>(op).getShape());
  return asNumber(op, e.size(ir::product(sizes)).base);
}

// Threefry-2x32 with 20 rounds (Salmon et al. 2011). Word w of an array of n words is the first or second half of the
// block whose counter is (w mod h, h + w mod h), h = ceil(n / 2); the counter past an odd n is 0.
Value OpEmitters::randomBits(Operation *op, const Point &p) {
  auto bitsOp = cast<ir::RandomBitsOp>(op);
  const ir::Dims out = ir::dimsOf(op->getResult(0)), keyDims = ir::dimsOf(bitsOp.getKey());
  const unsigned lead = keyDims.size() - 1, rank = out.size();
  const int64_t width = bitsOp.getWidth();
  IndexBuilder &ix = e.index;

  Cuts cuts(rank + 1);
  cuts.set(lead);
  for (unsigned i = 1; i < lead; ++i)
    cuts.set(i);
  Point q = e.cutAt(p, out, cuts);
  // The position among this key's elements, and the key's own place.
  Index element = ix.constant(0);
  Point keyPoint;
  for (const Coord &c : q.coords) {
    if (c.first < lead)
      keyPoint.coords.push_back(c);
    else
      element = ix.add(ix.mul(element, e.size(groupSize(out, c.first, c.count))), c.index);
  }
  const ir::Dim count = groupSize(out, lead, rank - lead);
  const ir::Dim words = ceilDiv(count * ir::Dim(width), 4), half = ceilDiv(words, 2);
  Index word = width == 4 ? element : ix.div(element, ix.constant(4 / width));
  Index h = e.size(half), n = e.size(words);
  Index block = ix.rem(word, h);
  Value inSecond = ix.less(h, ix.add(word, ix.constant(1)));
  // The padding counter is 0, everywhere else the second counter is h + block.
  Index second = ix.add(block, h);
  Value secondInside = ix.less(second, n);

  auto keyWord = [&](int64_t k) {
    Point kp = keyPoint;
    kp.coords.push_back({lead, 1, ix.constant(k)});
    return e.at(bitsOp.getKey(), kp);
  };
  SmallVector<Value> parts{keyWord(0), keyWord(1), block.isUniform() ? block.base : ix.vector(block),
                           second.isUniform() ? second.base : ix.vector(second), inSecond, secondInside};
  bool lanes = llvm::any_of(parts, [](Value v) { return isa<VectorType>(v.getType()); });
  if (lanes)
    for (Value &v : parts)
      v = e.widen(v);
  Index within = width == 4 ? ix.constant(0) : ix.rem(element, ix.constant(4 / width));
  Value byte = within.isUniform() && !lanes ? within.base : ix.vector(within);

  SmallVector<Value> needs(parts);
  needs.push_back(byte);
  return e.scopes.emitAt(e.scopes.depthOf(needs), [&]() -> Value {
    OpBuilder &b = e.scopes.builder();
    Location loc = e.scopes.loc();
    Type u32 = lanes ? Type(VectorType::get({ix.numLanes}, b.getI32Type())) : Type(b.getI32Type());
    auto literal = [&](uint32_t v) -> Value {
      TypedAttr scalar = b.getI32IntegerAttr(static_cast<int32_t>(v));
      return b.create<arith::ConstantOp>(loc, lanes ? TypedAttr(DenseElementsAttr::get(cast<VectorType>(u32), Attribute(scalar))) : scalar);
    };
    auto add = [&](Value x, Value y) -> Value { return b.create<arith::AddIOp>(loc, x, y); };
    auto exclusiveOr = [&](Value x, Value y) -> Value { return b.create<arith::XOrIOp>(loc, x, y); };
    auto rotate = [&](Value x, uint32_t by) -> Value {
      return b.create<arith::OrIOp>(loc, b.create<arith::ShLIOp>(loc, x, literal(by)), b.create<arith::ShRUIOp>(loc, x, literal(32 - by)));
    };
    Value x0 = b.create<arith::IndexCastOp>(loc, u32, parts[2]);
    Value x1 = b.create<arith::IndexCastOp>(loc, u32, parts[3]);
    x1 = b.create<arith::SelectOp>(loc, parts[5], x1, literal(0));
    Value keys[3] = {parts[0], parts[1], exclusiveOr(exclusiveOr(parts[0], parts[1]), literal(0x1BD11BDA))};
    static constexpr uint32_t kRotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
    x0 = add(x0, keys[0]);
    x1 = add(x1, keys[1]);
    for (uint32_t round = 0; round < 5; ++round) {
      for (uint32_t by : kRotations[round % 2]) {
        x0 = add(x0, x1);
        x1 = exclusiveOr(rotate(x1, by), x0);
      }
      x0 = add(x0, keys[(round + 1) % 3]);
      x1 = add(add(x1, keys[(round + 2) % 3]), literal(round + 1));
    }
    Value bits = b.create<arith::SelectOp>(loc, parts[4], x1, x0);
    if (width == 4)
      return bits;
    Value shift = b.create<arith::MulIOp>(loc, b.create<arith::IndexCastOp>(loc, u32, byte), literal(8 * width));
    Type narrow = b.getIntegerType(8 * width);
    if (lanes)
      narrow = VectorType::get({ix.numLanes}, narrow);
    return b.create<arith::TruncIOp>(loc, narrow, b.create<arith::ShRUIOp>(loc, bits, shift));
  });
}

} // namespace mx::codegen
