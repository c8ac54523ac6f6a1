// Views: which cuts they make, and the operand's point for a result's.
#include "codegen/lowering/OpEmitters.h"

#include "codegen/lowering/Casts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mx::codegen {

using ir::Dim;
using ir::Dims;

namespace {

// Runs of result axes that a broadcast repeats, or does not, never mix in one group; axes of size 1 go with either.
Cuts broadcastCuts(const Dims &in, const Dims &out) {
  Cuts cuts(out.size() + 1);
  const unsigned lead = out.size() - in.size();
  int previous = -1;
  for (unsigned i = 0; i < out.size(); ++i) {
    if (out[i].is(1))
      continue;
    int repeated = i < lead || (in[i - lead].is(1));
    if (previous >= 0 && repeated != previous)
      cuts.set(i);
    previous = repeated;
  }
  return cuts;
}

// True when the slice takes all of axis i.
bool takesWhole(ir::SliceOp op, unsigned i, const Dims &in) {
  return op.getStarts()[i].is(0) && op.getStrides()[i] == 1 && op.getSizes()[i] == in[i];
}

} // namespace

Cuts localCuts(Operation *op) {
  const unsigned rank = cast<RankedTensorType>(op->getResult(0).getType()).getRank();
  Cuts cuts(rank + 1);
  auto cutAll = [&] { cuts.set(0, rank + 1); };
  auto cutBefore = [&](int64_t axis) { cuts.set(axis); };
  const ir::OpRow *row = ir::rowOf(op);
  if (!row || row->isElementwise())
    return cuts;
  switch (row->kind) {
  case ir::OpKind::Transpose: {
    auto axes = cast<ir::TransposeOp>(op).getAxes();
    for (unsigned i = 1; i < rank; ++i)
      if (axes[i] != axes[i - 1] + 1)
        cuts.set(i);
    break;
  }
  case ir::OpKind::BroadcastTo:
    return broadcastCuts(ir::dimsOf(op->getOperand(0)), ir::dimsOf(op->getResult(0)));
  case ir::OpKind::Slice: {
    auto slice = cast<ir::SliceOp>(op);
    Dims in = ir::dimsOf(op->getOperand(0));
    for (unsigned i = 0; i < rank; ++i)
      if (!takesWhole(slice, i, in)) {
        cutBefore(i);
        if (slice.getStrides()[i] != 1 && i + 1 < rank)
          cutBefore(i + 1);
      }
    break;
  }
  case ir::OpKind::Concatenate:
    cutBefore(cast<ir::ConcatenateOp>(op).getAxis());
    break;
  case ir::OpKind::Reshape:
  case ir::OpKind::Iota:
  case ir::OpKind::Size:
  case ir::OpKind::RandomBits:
    break;
  default:
    cutAll();
  }
  return cuts;
}

Cuts pullCuts(Operation *op, unsigned operand, const Cuts &operandCuts) {
  const Dims out = ir::dimsOf(op->getResult(0)), in = ir::dimsOf(op->getOperand(operand));
  Cuts cuts(out.size() + 1);
  const ir::OpRow *row = ir::rowOf(op);
  if (row && row->isElementwise())
    return operandCuts;
  if (!row)
    return cuts;
  switch (row->kind) {
  case ir::OpKind::Transpose: {
    auto axes = cast<ir::TransposeOp>(op).getAxes();
    for (unsigned i = 1; i < out.size(); ++i)
      if (axes[i] == axes[i - 1] + 1 && operandCuts.test(axes[i]))
        cuts.set(i);
    break;
  }
  case ir::OpKind::BroadcastTo:
    for (unsigned i = 1; i < in.size(); ++i)
      if (operandCuts.test(i))
        cuts.set(i + out.size() - in.size());
    break;
  case ir::OpKind::Slice:
    return operandCuts;
  case ir::OpKind::Concatenate:
    return operandCuts;
  case ir::OpKind::Reshape:
    for (auto [i, j] : commonBoundaries(out, in))
      if (i > 0 && i < out.size() && j < in.size() && operandCuts.test(j))
        cuts.set(i);
    break;
  default:
    break;
  }
  return cuts;
}

Cuts requiredCuts(Value value) {
  llvm::DenseMap<Value, Cuts> known;
  // Post-order over the body with an explicit stack: chains are long.
  SmallVector<Value> stack{value};
  while (!stack.empty()) {
    Value v = stack.back();
    Operation *op = v.getDefiningOp();
    const unsigned rank = cast<RankedTensorType>(v.getType()).getRank();
    if (known.count(v)) {
      stack.pop_back();
      continue;
    }
    if (!op || !ir::rowOf(op)) {
      known[v] = Cuts(rank + 1);
      stack.pop_back();
      continue;
    }
    bool ready = true;
    for (Value operand : op->getOperands())
      if (!known.count(operand)) {
        stack.push_back(operand);
        ready = false;
      }
    if (!ready)
      continue;
    Cuts cuts = localCuts(op);
    if (!ir::rowOf(op)->family.starts_with("Reduce") && ir::rowOf(op)->kind != ir::OpKind::Matmul)
      for (auto [i, operand] : llvm::enumerate(op->getOperands()))
        cuts |= pullCuts(op, i, known[operand]);
    known[v] = cuts;
    stack.pop_back();
  }
  return known[value];
}

Value OpEmitters::reshape(Operation *op, const Point &p) {
  const Dims out = ir::dimsOf(op->getResult(0)), in = ir::dimsOf(op->getOperand(0));
  // Between two common boundaries the elements run in the same linear order on both sides. Groups of the result that
  // lie inside one such segment are joined; a group that spans several stays whole.
  auto bounds = commonBoundaries(out, in);
  Point q;
  size_t c = 0;
  for (size_t s = 0; s + 1 < bounds.size();) {
    const unsigned outFirst = bounds[s].first, inFirst = bounds[s].second;
    size_t t = s + 1;
    Index linear = e.index.constant(0);
    unsigned covered = outFirst;
    while (covered < bounds[t].first || (c < p.coords.size() && p.coords[c].first < bounds[t].first)) {
      const Coord &part = p.coords[c++];
      linear = e.index.add(e.index.mul(linear, e.size(groupSize(out, part.first, part.count))), part.index);
      covered = part.first + part.count;
      while (bounds[t].first < covered)
        ++t;
    }
    const unsigned inEnd = bounds[t].second;
    if (inEnd > inFirst)
      q.coords.push_back({inFirst, inEnd - inFirst, linear});
    s = t;
  }
  return e.at(op->getOperand(0), q);
}

Value OpEmitters::transpose(Operation *op, const Point &p) {
  auto axes = cast<ir::TransposeOp>(op).getAxes();
  Point q;
  for (const Coord &c : p.coords)
    q.coords.push_back({static_cast<unsigned>(axes[c.first]), c.count, c.index});
  llvm::sort(q.coords, [](const Coord &a, const Coord &b) { return a.first < b.first; });
  return e.at(op->getOperand(0), q);
}

Value OpEmitters::broadcastTo(Operation *op, const Point &p) {
  const Dims out = ir::dimsOf(op->getResult(0)), in = ir::dimsOf(op->getOperand(0));
  const unsigned lead = out.size() - in.size();
  Point q;
  for (const Coord &c : p.coords) {
    const unsigned end = c.first + c.count, first = std::max(c.first, lead);
    if (end <= lead)
      continue;
    bool repeated = false;
    for (unsigned i = c.first; i < end; ++i)
      repeated |= !out[i].is(1) && (i < lead || in[i - lead].is(1));
    q.coords.push_back({first - lead, end - first, repeated ? e.index.constant(0) : c.index});
  }
  return e.at(op->getOperand(0), q);
}

Value OpEmitters::slice(Operation *op, const Point &p) {
  auto slice = cast<ir::SliceOp>(op);
  const Dims in = ir::dimsOf(op->getOperand(0));
  Point q;
  for (const Coord &c : p.coords) {
    // Only the first axis of a group may be cut into; the others are whole.
    Index i = c.index;
    if (slice.getStrides()[c.first] != 1)
      i = e.index.mul(i, e.index.constant(slice.getStrides()[c.first]));
    Index start = e.index.mul(e.size(slice.getStarts()[c.first]), e.size(groupSize(in, c.first + 1, c.count - 1)));
    q.coords.push_back({c.first, c.count, e.index.add(i, start)});
  }
  return e.at(op->getOperand(0), q);
}

Value OpEmitters::asStrided(Operation *op, const Point &p) {
  auto strided = cast<ir::AsStridedOp>(op);
  Index linear = e.size(strided.getOffset()[0]);
  for (const Coord &c : p.coords)
    linear = e.index.add(linear, e.index.mul(c.index, e.size(strided.getStrides()[c.first])));
  return e.at(op->getOperand(0), Emitter::linearPoint(ir::dimsOf(op->getOperand(0)).size(), linear));
}

Value OpEmitters::view(Operation *op, const Point &p) {
  Value x = op->getOperand(0);
  const Dims out = ir::dimsOf(op->getResult(0)), in = ir::dimsOf(x);
  const rt::DType to = ir::dtypeOf(op->getResult(0)), from = ir::dtypeOf(x);
  const int64_t toBytes = rt::sizeOf(to), fromBytes = rt::sizeOf(from);
  OpBuilder &b = e.scopes.builder();
  // Work on the bits as integers of the wider type, then reinterpret.
  auto integerLike = [&](Value v, unsigned bits) -> Type {
    Type t = b.getIntegerType(bits);
    if (auto vec = dyn_cast<VectorType>(v.getType()))
      return VectorType::get(vec.getShape(), t);
    return t;
  };
  auto bitsOf = [&](Value v) -> Value {
    return e.scopes.emitAt(e.scopes.depthOf(v), [&]() -> Value {
      if (rt::isBool(from))
        return b.create<arith::ExtUIOp>(e.scopes.loc(), integerLike(v, 8), v);
      return b.create<arith::BitcastOp>(e.scopes.loc(), integerLike(v, 8 * fromBytes), v);
    });
  };
  Index linear = e.linearize(p, out);
  Value bits;
  if (toBytes == fromBytes) {
    bits = bitsOf(e.at(x, Emitter::linearPoint(in.size(), linear)));
  } else if (toBytes > fromBytes) {
    const int64_t ratio = toBytes / fromBytes;
    for (int64_t j = 0; j < ratio; ++j) {
      Index i = e.index.add(e.index.mul(linear, e.index.constant(ratio)), e.index.constant(j));
      Value part = bitsOf(e.at(x, Emitter::linearPoint(in.size(), i)));
      bits = e.scopes.emitAt(e.scopes.depthOf(bits ? ValueRange{part, bits} : ValueRange{part}), [&]() -> Value {
        Type wide = integerLike(part, 8 * toBytes);
        Value v = b.create<arith::ExtUIOp>(e.scopes.loc(), wide, part);
        Value shift = b.create<arith::ConstantOp>(e.scopes.loc(), cast<TypedAttr>(
            isa<VectorType>(wide) ? Attribute(DenseElementsAttr::get(cast<VectorType>(wide), APInt(8 * toBytes, 8 * fromBytes * j)))
                                  : Attribute(b.getIntegerAttr(wide, 8 * fromBytes * j))));
        v = b.create<arith::ShLIOp>(e.scopes.loc(), v, shift);
        return bits ? Value(b.create<arith::OrIOp>(e.scopes.loc(), bits, v)) : v;
      });
    }
  } else {
    const int64_t ratio = fromBytes / toBytes;
    Index part = e.index.rem(linear, e.index.constant(ratio));
    Value whole = bitsOf(e.at(x, Emitter::linearPoint(in.size(), e.index.div(linear, e.index.constant(ratio)))));
    Value shift = part.isUniform() ? part.base : e.index.vector(part);
    if (isa<VectorType>(shift.getType()) != isa<VectorType>(whole.getType()))
      shift = e.widen(shift), whole = e.widen(whole);
    bits = e.scopes.emitAt(e.scopes.depthOf({whole, shift}), [&]() -> Value {
      Value amount = b.create<arith::IndexCastOp>(e.scopes.loc(), whole.getType(), shift);
      Type wide = whole.getType();
      Value eight = b.create<arith::ConstantOp>(e.scopes.loc(), cast<TypedAttr>(
          isa<VectorType>(wide) ? Attribute(DenseElementsAttr::get(cast<VectorType>(wide), APInt(8 * fromBytes, 8 * toBytes)))
                                : Attribute(b.getIntegerAttr(wide, 8 * toBytes))));
      amount = b.create<arith::MulIOp>(e.scopes.loc(), amount, eight);
      Value v = b.create<arith::ShRUIOp>(e.scopes.loc(), whole, amount);
      return b.create<arith::TruncIOp>(e.scopes.loc(), integerLike(whole, 8 * toBytes), v);
    });
  }
  return e.scopes.emitAt(e.scopes.depthOf(bits), [&]() -> Value {
    if (rt::isBool(to)) {
      Value zero = b.create<arith::ConstantOp>(e.scopes.loc(), b.getZeroAttr(bits.getType()));
      return b.create<arith::CmpIOp>(e.scopes.loc(), arith::CmpIPredicate::ne, bits, zero);
    }
    Type target = valueType(b.getContext(), to);
    if (auto vec = dyn_cast<VectorType>(bits.getType()))
      target = VectorType::get(vec.getShape(), target);
    return b.create<arith::BitcastOp>(e.scopes.loc(), target, bits);
  });
}

} // namespace mx::codegen
