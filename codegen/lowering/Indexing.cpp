// Joins, pads and gathers by pulling: every operand is read at a legal point, and a select decides whose element
// counts. A coordinate that all lanes share is clamped, which makes the load legal wherever it is hoisted; one that runs
// along the lanes masks the load.
#include "codegen/lowering/OpEmitters.h"

#include "codegen/lowering/Casts.h"
#include "ir/program/MxpDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace mx::codegen {

using ir::Dim;
using ir::Dims;

Value OpEmitters::emit(Operation *op, const Point &p) {
  if (isa<ir::ConstantOp>(op))
    return constant(op);
  switch (ir::rowOf(op)->kind) {
  case ir::OpKind::Reshape: return reshape(op, p);
  case ir::OpKind::Transpose: return transpose(op, p);
  case ir::OpKind::BroadcastTo: return broadcastTo(op, p);
  case ir::OpKind::Slice: return slice(op, p);
  case ir::OpKind::AsStrided: return asStrided(op, p);
  case ir::OpKind::View: return view(op, p);
  case ir::OpKind::Iota: return iota(op, p);
  case ir::OpKind::Size: return size(op);
  case ir::OpKind::RandomBits: return randomBits(op, p);
  case ir::OpKind::Concatenate: return concatenate(op, p);
  case ir::OpKind::Pad: return pad(op, p);
  case ir::OpKind::SliceUpdate: return sliceUpdate(op, p);
  case ir::OpKind::Gather: return gather(op, p);
  case ir::OpKind::TakeAlongAxis: return takeAlongAxis(op, p);
  default:
    llvm_unreachable("fusion puts only ops that are functions of their index, or bound ones, into a kernel body");
  }
}

Value OpEmitters::both(Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  if (isa<VectorType>(a.getType()) != isa<VectorType>(b.getType()))
    a = e.widen(a), b = e.widen(b);
  return e.scopes.emitAt(e.scopes.depthOf({a, b}), [&]() -> Value {
    return e.scopes.builder().create<arith::AndIOp>(e.scopes.loc(), a, b);
  });
}

Value OpEmitters::select(Value condition, Value a, Value b) {
  if (!condition)
    return a;
  if (isa<VectorType>(condition.getType()) || isa<VectorType>(a.getType()) != isa<VectorType>(b.getType()))
    a = e.widen(a), b = e.widen(b);
  if (isa<VectorType>(a.getType()) && !isa<VectorType>(condition.getType()))
    condition = e.widen(condition);
  return e.scopes.emitAt(e.scopes.depthOf({condition, a, b}), [&]() -> Value {
    return e.scopes.builder().create<arith::SelectOp>(e.scopes.loc(), condition, a, b);
  });
}

Index OpEmitters::wrappedIndex(const IndexRead &read) {
  IndexBuilder &ix = e.index;
  const rt::DType dtype = ir::dtypeOf(read.indices);
  Value raw = e.at(read.indices, read.p);
  // Targets with 32-bit indices may have no 64-bit integers.
  const rt::DType through = ix.bits == 32 && rt::sizeOf(dtype) <= 4 ? rt::DType::int32 : rt::DType::int64;
  Value wide = e.scopes.emitAt(e.scopes.depthOf(raw), [&]() -> Value {
    OpBuilder &b = e.scopes.builder();
    Value v = emitCast(b, e.scopes.loc(), raw, dtype, through, e.target);
    auto vec = dyn_cast<VectorType>(v.getType());
    auto bound = [&](int64_t c) {
      TypedAttr scalar = b.getIntegerAttr(getElementTypeOrSelf(v.getType()), c);
      return b.create<arith::ConstantOp>(e.scopes.loc(), vec ? DenseElementsAttr::get(vec, Attribute(scalar)) : scalar);
    };
    // Past what an index holds: out of range either way, and never negative.
    if (rt::isUnsigned(dtype) && rt::sizeOf(dtype) == rt::sizeOf(through))
      v = b.create<arith::MinUIOp>(e.scopes.loc(), v, bound(through == rt::DType::int32 ? INT32_MAX : INT64_MAX));
    // What a narrower index cannot hold must not come back into range by wrapping.
    if (ix.bits == 32 && through == rt::DType::int64) {
      v = b.create<arith::MinSIOp>(e.scopes.loc(), v, bound(INT32_MAX));
      v = b.create<arith::MaxSIOp>(e.scopes.loc(), v, bound(INT32_MIN));
    }
    Type type = b.getIndexType();
    if (vec)
      type = VectorType::get(vec.getShape(), type);
    return b.create<arith::IndexCastOp>(e.scopes.loc(), type, v);
  });
  auto indexOf = [](Value v) { return isa<VectorType>(v.getType()) ? Index{v, 0, true} : Index{v}; };
  const Index entry = indexOf(wide);
  Index wrapped = entry;
  if (!rt::isUnsigned(dtype))
    wrapped = indexOf(select(ix.less(entry, ix.constant(0)), ix.add(entry, e.size(read.size)).base, entry.base));
  if (e.checkIndices)
    failOutside(read, entry, wrapped);
  return wrapped;
}

void OpEmitters::failOutside(const IndexRead &read, const Index &entry, const Index &wrapped) {
  IndexBuilder &ix = e.index;
  const Index position = e.linearize(read.p, ir::dimsOf(read.indices));
  const bool lanes = !wrapped.isUniform() || !position.isUniform();
  auto value = [&](const Index &i) { return lanes ? ix.vector(i) : i.base; };
  const Index size = e.size(read.room);
  const Value given = value(entry), found = value(wrapped), limit = value(size), place = value(position);
  // Lanes that are masked off hold no entry.
  const Value mask = lanes ? e.laneMask() : Value();
  SmallVector<Value> needs{given, found, limit, place};
  if (mask)
    needs.push_back(mask);
  e.scopes.emitAt(e.scopes.depthOf(needs), [&]() -> Value {
    OpBuilder &b = e.scopes.builder();
    Location loc = e.scopes.loc();
    // Unsigned: what is still negative is large.
    Value bad = b.create<arith::CmpIOp>(loc, arith::CmpIPredicate::uge, found, limit);
    if (mask)
      bad = b.create<arith::AndIOp>(loc, bad, mask);
    Value fault = b.create<ir::program::FaultOp>(loc, MemRefType::get({ShapedType::kDynamic}, b.getI64Type()));
    b.create<ir::program::FailIfOp>(loc, bad, given, size.base, place, fault, ir::rowOf(read.op)->api);
    return fault;
  });
}

Index OpEmitters::clampedIndex(const IndexRead &read) {
  IndexBuilder &ix = e.index;
  return ix.max(ix.min(wrappedIndex(read), ix.sub(e.size(read.room), ix.constant(1))), ix.constant(0));
}

Index OpEmitters::legal(const Index &i, const Index &last) {
  IndexBuilder &ix = e.index;
  return !i.isUniform() && !i.varying ? i : ix.max(ix.min(i, last), ix.constant(0));
}

Value OpEmitters::concatenate(Operation *op, const Point &p) {
  const unsigned axis = cast<ir::ConcatenateOp>(op).getAxis();
  const rt::DType dtype = ir::dtypeOf(op->getResult(0));
  IndexBuilder &ix = e.index;
  auto group = llvm::find_if(p.coords, [&](const Coord &c) { return c.first == axis; });
  const unsigned which = group - p.coords.begin();
  Value result;
  Dim start = 0;
  for (Value x : op->getOperands()) {
    const Dims in = ir::dimsOf(x);
    const Dim inner = groupSize(in, axis + 1, group->count - 1), length = in[axis] * inner;
    if (length.is(0))
      continue;
    Point q = p;
    Index local = ix.sub(group->index, e.size(start));
    q.coords[which].index = legal(local, e.size(length - Dim(1)));
    Value inside = both(ix.less(ix.constant(-1), local), ix.less(local, e.size(length)));
    Value v = e.whereInside(inside, [&] { return e.at(x, q); });
    const rt::DType from = ir::dtypeOf(x);
    if (from != dtype)
      v = e.scopes.emitAt(e.scopes.depthOf(v), [&] { return emitCast(e.scopes.builder(), e.scopes.loc(), v, from, dtype, e.target); });
    // Operands come in order: each one takes over from its start on.
    result = result ? select(ix.less(local, ix.constant(0)), result, v) : v;
    start = start + length;
  }
  if (!result) // a join of nothing has no element to ask for
    result = e.scopes.emitAt(0, [&]() -> Value {
      OpBuilder &b = e.scopes.builder();
      return b.create<arith::ConstantOp>(e.scopes.loc(), b.getZeroAttr(valueType(b.getContext(), dtype)));
    });
  return result;
}

Value OpEmitters::pad(Operation *op, const Point &p) {
  auto padOp = cast<ir::PadOp>(op);
  const Dims in = ir::dimsOf(padOp.getX());
  IndexBuilder &ix = e.index;
  Point q;
  Value inside;
  for (const Coord &c : p.coords) {
    Index n = e.size(in[c.first]), local = c.index;
    if (!padOp.getLow()[c.first].is(0) || !(padOp.getShape()[c.first] == in[c.first])) {
      local = ix.sub(c.index, e.size(padOp.getLow()[c.first]));
      if (!padOp.getLow()[c.first].is(0))
        inside = both(inside, ix.less(ix.constant(-1), local));
      inside = both(inside, ix.less(local, n));
      local = legal(local, ix.sub(n, ix.constant(1)));
    }
    q.coords.push_back({c.first, 1, local});
  }
  Value fill = e.at(padOp.getValue(), Point{});
  const rt::DType from = ir::dtypeOf(padOp.getValue()), dtype = ir::dtypeOf(op->getResult(0));
  if (from != dtype)
    fill = e.scopes.emitAt(e.scopes.depthOf(fill), [&] { return emitCast(e.scopes.builder(), e.scopes.loc(), fill, from, dtype, e.target); });
  for (Dim d : in)
    if (d.is(0))
      return fill;
  return select(inside, e.whereInside(inside, [&] { return e.at(padOp.getX(), q); }), fill);
}

Value OpEmitters::sliceUpdate(Operation *op, const Point &p) {
  auto update = cast<ir::SliceUpdateOp>(op);
  const Dims in = ir::dimsOf(update.getUpdate()), out = ir::dimsOf(op->getResult(0));
  const rt::DType dtype = ir::dtypeOf(op->getResult(0)), from = ir::dtypeOf(update.getUpdate());
  IndexBuilder &ix = e.index;
  Value old = e.at(update.getX(), p);
  for (Dim d : in)
    if (d.is(0))
      return old;
  Point q;
  Value inside;
  const unsigned lead = out.size() - in.size();
  for (const Coord &c : p.coords) {
    const int64_t stride = update.getStrides()[c.first];
    const Dim n = c.first < lead ? Dim(1) : in[c.first - lead];
    Index offset = ix.sub(c.index, e.size(update.getStarts()[c.first]));
    if (stride < 0)
      offset = ix.sub(ix.constant(0), offset);
    Index position = offset;
    inside = both(inside, ix.less(ix.constant(-1), offset));
    Index clamped = ix.max(offset, ix.constant(0));
    if (std::abs(stride) != 1) {
      Index s = ix.constant(std::abs(stride));
      inside = both(inside, ix.less(ix.rem(clamped, s), ix.constant(1)));
      position = ix.div(clamped, s);
    }
    // The window's length along a broadcast axis is the update's own.
    inside = both(inside, ix.less(position, e.size(n)));
    if (c.first >= lead)
      q.coords.push_back({c.first - lead, 1, legal(position, e.size(n - Dim(1)))});
  }
  Value v = e.whereInside(inside, [&] { return e.at(update.getUpdate(), q); });
  if (from != dtype)
    v = e.scopes.emitAt(e.scopes.depthOf(v), [&] { return emitCast(e.scopes.builder(), e.scopes.loc(), v, from, dtype, e.target); });
  if (update.getMode() != "set") {
    auto kind = llvm::StringSwitch<ir::OpKind>(update.getMode())
                    .Case("add", ir::OpKind::Sum).Case("prod", ir::OpKind::Prod)
                    .Case("max", ir::OpKind::Max).Default(ir::OpKind::Min);
    if (isa<VectorType>(v.getType()) != isa<VectorType>(old.getType()))
      v = e.widen(v), old = e.widen(old);
    v = e.scopes.emitAt(e.scopes.depthOf({v, old}), [&] {
      return emitCombine(e.scopes.builder(), e.scopes.loc(), kind, dtype, old, v, e.target);
    });
  }
  return select(inside, v, old);
}

Value OpEmitters::gather(Operation *op, const Point &p) {
  auto gatherOp = cast<ir::GatherOp>(op);
  const Dims in = ir::dimsOf(gatherOp.getX());
  const unsigned rank = ir::dimsOf(op->getResult(0)).size(), lead = rank - in.size();
  IndexBuilder &ix = e.index;
  Point q;
  for (const Coord &c : p.coords)
    if (c.first >= lead)
      q.coords.push_back({c.first - lead, 1, c.index});
  for (auto [indices, axis] : llvm::zip_equal(gatherOp.getIndices(), gatherOp.getAxes())) {
    // Index tensors broadcast to the leading axes of the result.
    const Dims own = ir::dimsOf(indices);
    Point ip;
    for (unsigned i = 0; i < own.size(); ++i)
      ip.coords.push_back({i, 1, own[i].is(1) ? ix.constant(0) : p.coords[lead - own.size() + i].index});
    // The whole window must fit: the start clamps to size - window.
    const Dim window = gatherOp.getSliceSizes()[axis];
    const Dim room = window.is(1) ? in[axis] : in[axis] - window + Dim(1);
    q.coords[axis].index = ix.add(clampedIndex({op, indices, ip, in[axis], room}), q.coords[axis].index);
  }
  return e.at(gatherOp.getX(), q);
}

Value OpEmitters::takeAlongAxis(Operation *op, const Point &p) {
  auto take = cast<ir::TakeAlongAxisOp>(op);
  const Dims in = ir::dimsOf(take.getX()), own = ir::dimsOf(take.getIndices());
  const unsigned axis = take.getAxis();
  IndexBuilder &ix = e.index;
  Point ip, q;
  for (const Coord &c : p.coords)
    ip.coords.push_back({c.first, 1, own[c.first].is(1) ? ix.constant(0) : c.index});
  for (const Coord &c : p.coords)
    q.coords.push_back({c.first, 1, c.first == axis       ? clampedIndex({op, take.getIndices(), ip, in[axis], in[axis]})
                                    : in[c.first].is(1) ? ix.constant(0)
                                                        : c.index});
  return e.at(take.getX(), q);
}

} // namespace mx::codegen
