// Emitter: bindings, memory access, points. The ops of each family are in <Family>.cpp beside this file.
#include "codegen/lowering/Emitter.h"

#include "codegen/lowering/Casts.h"
#include "codegen/lowering/OpEmitters.h"
#include "ir/program/MxpDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mx::codegen {

Type storageType(MLIRContext *ctx, rt::DType dtype) {
  if (rt::isBool(dtype))
    return IntegerType::get(ctx, 8);
  if (rt::isUnsigned(dtype) || rt::isComplex(dtype))
    return IntegerType::get(ctx, 8 * rt::sizeOf(dtype));
  return ir::toElementType(ctx, dtype);
}

Type valueType(MLIRContext *ctx, rt::DType dtype) {
  return rt::isBool(dtype) ? IntegerType::get(ctx, 1) : storageType(ctx, dtype);
}

namespace {
enum : uint64_t { kSizeKey = 2, kWidenKey = 66, kMaskKey = 67 };
uint64_t keyOf(Value v) { return reinterpret_cast<uint64_t>(v.getAsOpaquePointer()); }
} // namespace

// --- Sizes and bindings -----------------------------------------------------------------------------------------

Index Emitter::size(ir::Dim d) {
  if (d.isConstant())
    return index.constant(d.value());
  return {scopes.once({kSizeKey, static_cast<uint64_t>(d.key())}, 0, [&]() -> Value {
    auto it = llvm::find(scalars.dims, d);
    int64_t number = it - scalars.dims.begin();
    if (it == scalars.dims.end())
      scalars.dims.push_back(d);
    return scopes.builder().create<ir::program::ScalarOp>(scopes.loc(), scopes.builder().getIndexType(), number);
  })};
}

void Emitter::bindValue(Value tensor, Value value) {
  if (value)
    values[tensor] = value;
  else
    values.erase(tensor);
}

void Emitter::bindReader(Value tensor, Reader read) {
  if (read)
    readers[tensor] = std::move(read);
  else
    readers.erase(tensor);
}

// --- Lanes ------------------------------------------------------------------------------------------------------

void Emitter::setValidLanes(Value valid) {
  if (!valid) {
    mask = {};
    return;
  }
  mask = scopes.once({kMaskKey, keyOf(valid)}, scopes.depthOf(valid), [&]() -> Value {
    OpBuilder &b = scopes.builder();
    return b.create<vector::CreateMaskOp>(scopes.loc(), VectorType::get({index.numLanes}, b.getI1Type()), valid);
  });
}

Value Emitter::whereInside(Value inside, llvm::function_ref<Value()> evaluate) {
  Value outer = mask;
  if (inside && isa<VectorType>(inside.getType()))
    mask = outer ? scopes.emitAt(scopes.depthOf({outer, inside}), [&]() -> Value {
      return scopes.builder().create<arith::AndIOp>(scopes.loc(), outer, inside);
    }) : inside;
  Value v = evaluate();
  mask = outer;
  return v;
}

Value Emitter::widen(Value v) {
  if (isa<VectorType>(v.getType()))
    return v;
  return scopes.once({kWidenKey, keyOf(v)}, scopes.depthOf(v), [&]() -> Value {
    return scopes.builder().create<vector::BroadcastOp>(scopes.loc(), VectorType::get({index.numLanes}, v.getType()), v);
  });
}

// --- Memory -----------------------------------------------------------------------------------------------------

Value Emitter::convertForCompute(Value stored, rt::DType dtype) {
  if (!rt::isBool(dtype))
    return stored;
  OpBuilder &b = scopes.builder();
  Value zero = b.create<arith::ConstantOp>(scopes.loc(), b.getZeroAttr(stored.getType()));
  return b.create<arith::CmpIOp>(scopes.loc(), arith::CmpIPredicate::ne, stored, zero);
}

Value Emitter::load(Value memory, rt::DType dtype, const Index &linear, int depth) {
  OpBuilder &b = scopes.builder();
  Location loc = scopes.loc();
  if (linear.isUniform())
    return scopes.emitAt(std::max(depth, scopes.depthOf({memory, linear.base})), [&] {
      return convertForCompute(b.create<memref::LoadOp>(loc, memory, linear.base), dtype);
    });
  if (laneMemory) {
    Value v = laneMemory->load(*this, memory, linear, mask, depth);
    return scopes.emitAt(scopes.depthOf(v), [&] { return convertForCompute(v, dtype); });
  }
  auto type = VectorType::get({index.numLanes}, cast<MemRefType>(memory.getType()).getElementType());
  SmallVector<Value> needs{memory, linear.base};
  if (mask)
    needs.push_back(mask);
  // A reversed row is one load and a shuffle; other steps, and reversed rows with a tail, are gathers.
  const bool reversed = linear.step == -1 && !linear.varying && !mask;
  Index first = reversed ? index.sub({linear.base}, index.constant(index.numLanes - 1)) : linear;
  Value zero, lanes;
  if (!(linear.step == 1 && !linear.varying) && !reversed)
    lanes = index.vector(linear);
  return scopes.emitAt(std::max(depth, scopes.depthOf(needs)), [&]() -> Value {
    if (!lanes && !mask) {
      Value v = b.create<vector::LoadOp>(loc, type, memory, first.base);
      if (reversed) {
        SmallVector<int64_t> order;
        for (int64_t i = index.numLanes; i-- > 0;)
          order.push_back(i);
        v = b.create<vector::ShuffleOp>(loc, v, v, order);
      }
      return convertForCompute(v, dtype);
    }
    zero = b.create<arith::ConstantOp>(loc, b.getZeroAttr(type));
    if (!lanes)
      return convertForCompute(b.create<vector::MaskedLoadOp>(loc, type, memory, first.base, mask, zero), dtype);
    Value all = mask;
    if (!all)
      all = b.create<arith::ConstantOp>(loc, DenseElementsAttr::get(VectorType::get({index.numLanes}, b.getI1Type()), true));
    Value c0 = b.create<arith::ConstantIndexOp>(loc, 0);
    return convertForCompute(b.create<vector::GatherOp>(loc, type, memory, c0, lanes, all, zero), dtype);
  });
}

void Emitter::store(Value memory, rt::DType dtype, const Index &linear, Value v, bool nontemporal) {
  OpBuilder &b = scopes.builder();
  Location loc = scopes.loc();
  if (!linear.isUniform())
    v = widen(v);
  const bool throughVectors = linear.isUniform() || laneMemory || (linear.step == 1 && !linear.varying);
  Value lanes = throughVectors ? Value() : index.vector(linear);
  if (rt::isBool(dtype)) {
    Type wide = b.getI8Type();
    if (auto type = dyn_cast<VectorType>(v.getType()))
      wide = VectorType::get(type.getShape(), wide);
    v = b.create<arith::ExtUIOp>(loc, wide, v);
  }
  if (linear.isUniform()) {
    b.create<memref::StoreOp>(loc, v, memory, linear.base);
  } else if (laneMemory) {
    laneMemory->store(*this, memory, linear, v);
  } else if (!lanes && mask) {
    b.create<vector::MaskedStoreOp>(loc, memory, linear.base, mask, v);
  } else if (!lanes) {
    b.create<vector::StoreOp>(loc, v, memory, linear.base, nontemporal);
  } else {
    Value all = mask;
    if (!all)
      all = b.create<arith::ConstantOp>(loc, DenseElementsAttr::get(VectorType::get({index.numLanes}, b.getI1Type()), true));
    b.create<vector::ScatterOp>(loc, memory, index.constant(0).base, lanes, all, v);
  }
}

// --- Values -----------------------------------------------------------------------------------------------------

Value Emitter::at(Value tensor, const Point &p) {
  if (auto it = values.find(tensor); it != values.end())
    return it->second;
  MemoKey key{keyOf(tensor), mask ? keyOf(mask) : 0};
  for (const Coord &c : p.coords) {
    key.push_back((uint64_t(c.first) << 32) | c.count);
    key.push_back(keyOf(c.index.base));
    key.push_back(static_cast<uint64_t>(c.index.step) * 2 + c.index.varying);
  }
  if (Value known = scopes.find(key))
    return known;
  Value v;
  if (auto reader = readers.find(tensor); reader != readers.end())
    v = reader->second(p);
  else if (auto memory = memories.find(tensor); memory != memories.end())
    v = load(memory->second, ir::dtypeOf(tensor), linearize(p, ir::dimsOf(tensor)));
  else
    v = compute(tensor.getDefiningOp(), p);
  scopes.remember(key, scopes.depthOf(v), v);
  return v;
}

Value Emitter::compute(Operation *op, const Point &p) {
  Location outer = scopes.loc();
  scopes.setLoc(op->getLoc());
  Value v;
  const ir::OpRow *row = ir::rowOf(op);
  if (row && row->isElementwise())
    v = elementwise(op, *row, p);
  else
    v = OpEmitters{*this}.emit(op, cutAt(p, ir::dimsOf(op->getResult(0)), localCuts(op)));
  scopes.setLoc(outer);
  return v;
}

Value Emitter::elementwise(Operation *op, const ir::OpRow &row, const Point &p) {
  SmallVector<Value> operands;
  bool lanes = false;
  for (Value operand : op->getOperands()) {
    operands.push_back(at(operand, p));
    lanes |= isa<VectorType>(operands.back().getType());
  }
  if (lanes)
    for (Value &v : operands)
      v = widen(v);
  const rt::DType from = ir::dtypeOf(op->getOperand(op->getNumOperands() - 1)), to = ir::dtypeOf(op->getResult(0));
  return scopes.emitAt(scopes.depthOf(operands), [&]() -> Value {
    OpBuilder &b = scopes.builder();
    if (row.dtypeRule == ir::DtypeRule::Cast)
      return emitCast(b, scopes.loc(), operands[0], from, to, target);
    auto v = emitElementwise(b, scopes.loc(), row.kind, from, operands, target);
    assert(succeeded(v) && "the shape rule refuses dtypes without a body");
    return *v;
  });
}

// --- Points -----------------------------------------------------------------------------------------------------

Point Emitter::linearPoint(unsigned rank, const Index &i) {
  Point p;
  if (rank)
    p.coords.push_back({0, rank, i});
  return p;
}

Point Emitter::cutAt(const Point &p, const ir::Dims &dims, const Cuts &cuts) {
  Point result;
  for (const Coord &c : p.coords) {
    SmallVector<Coord> parts;
    unsigned end = c.first + c.count;
    Index rest = c.index;
    for (unsigned i = end; i-- > c.first;) {
      if (i != c.first && !cuts.test(i))
        continue;
      Index part = rest;
      if (i != c.first) {
        Index n = size(groupSize(dims, i, end - i));
        part = index.rem(rest, n);
        rest = index.div(rest, n);
      }
      parts.push_back({i, end - i, part});
      end = i;
    }
    result.coords.append(parts.rbegin(), parts.rend());
  }
  return result;
}

Index Emitter::linearize(const Point &p, const ir::Dims &dims) {
  Index linear = index.constant(0);
  for (const Coord &c : p.coords) {
    Index scale = size(groupSize(dims, c.first + c.count, dims.size() - c.first - c.count));
    linear = index.add(linear, index.mul(c.index, scale));
  }
  return linear;
}

} // namespace mx::codegen
