// What is told apart: runs whose first element is known to be aligned, and indices that differ by lane. A lane outside the
// mask reads element 0, which is always there, for its own index may be anything.
#include "codegen/spirv/GpuLaneMemory.h"

#include "ir/program/MxpDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mx::codegen {
namespace {

constexpr unsigned kVectorBits = 128;

// Lanes that one vector in memory holds.
int64_t widthOf(Type element, int64_t lanes) { return std::min<int64_t>(lanes, kVectorBits / element.getIntOrFloatBitWidth()); }

// The same operand as an array of `type`.
Value arrayOf(Emitter &e, ir::program::BufferOp buffer, VectorType type) {
  return e.scopes.emitAt(0, [&]() -> Value {
    return e.scopes.builder().create<ir::program::BufferOp>(e.scopes.loc(), MemRefType::get({ShapedType::kDynamic}, type), buffer.getIndex());
  });
}

// The operand `memory` as an array of vectors; null when it is none or the run may start anywhere.
Value vectorsOf(Emitter &e, Value memory, const Index &linear) {
  auto buffer = memory.getDefiningOp<ir::program::BufferOp>();
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  const int64_t width = widthOf(element, e.index.numLanes);
  if (!buffer || linear.varying || linear.step != 1 || e.index.factorOf(linear.base) < width)
    return {};
  return arrayOf(e, buffer, VectorType::get({width}, element));
}

// The terms of a sum, and the constant among them.
int64_t collectTerms(Value v, SmallVectorImpl<Value> &terms) {
  if (auto c = v.getDefiningOp<arith::ConstantIndexOp>())
    return c.value();
  if (auto add = v.getDefiningOp<arith::AddIOp>()) {
    const int64_t left = collectTerms(add.getLhs(), terms);
    return left + collectTerms(add.getRhs(), terms);
  }
  terms.push_back(v);
  return 0;
}

enum : uint64_t { kWordsKey = 68, kHalfKey = 69 };
uint64_t keyOf(Value v) { return reinterpret_cast<uint64_t>(v.getAsOpaquePointer()); }

// The index of one lane.
Index laneOf(Emitter &e, const Index &linear, int64_t lane) {
  if (!linear.varying)
    return e.index.add({linear.base}, e.index.constant(lane * linear.step));
  return {e.scopes.emitAt(e.scopes.depthOf(linear.base), [&]() -> Value {
    return e.scopes.builder().create<vector::ExtractOp>(e.scopes.loc(), linear.base, lane);
  })};
}

} // namespace

// The half of a pair that starts at `linear`; null when it is none.
Value GpuLaneMemory::loadFromPair(Emitter &e, Value memory, const Index &linear, int depth) {
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  auto buffer = memory.getDefiningOp<ir::program::BufferOp>();
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  constexpr int64_t pair = 2 * kGpuLanes;
  if (!buffer || element.getIntOrFloatBitWidth() != 32 || linear.varying || linear.step != 1)
    return {};
  SmallVector<Value> terms;
  const int64_t constant = collectTerms(linear.base, terms);
  if (constant % kGpuLanes || llvm::any_of(terms, [&](Value term) { return e.index.factorOf(term) < pair; }))
    return {};
  Index place = e.index.constant(constant / pair);
  for (Value term : terms)
    place = e.index.add(e.index.exactDiv({term}, pair), place);
  Value array = arrayOf(e, buffer, VectorType::get({kGpuLanes}, b.getI64Type()));
  depth = std::max(depth, e.scopes.depthOf(place.base));
  // One array value an operand, so that both halves find the words under it.
  Value words = e.scopes.once({kWordsKey, keyOf(memory), keyOf(place.base)}, depth, [&]() -> Value {
    return b.create<memref::LoadOp>(loc, array, place.base);
  });
  const uint64_t half = constant / kGpuLanes % 2;
  return e.scopes.once({kHalfKey, keyOf(words), half}, depth, [&]() -> Value {
    Value bits = b.create<arith::ConstantIntOp>(loc, 32, 64);
    SmallVector<Value> elements;
    for (int64_t i = 0; i < kGpuLanes; ++i) {
      Value word = b.create<vector::ExtractOp>(loc, words, int64_t(half) * 2 + i / 2);
      if (i % 2)
        word = b.create<arith::ShRUIOp>(loc, word, bits);
      word = b.create<arith::TruncIOp>(loc, b.getI32Type(), word);
      elements.push_back(element.isInteger() ? word : Value(b.create<arith::BitcastOp>(loc, element, word)));
    }
    return b.create<vector::FromElementsOp>(loc, VectorType::get({kGpuLanes}, element), elements);
  });
}

Value GpuLaneMemory::load(Emitter &e, Value memory, const Index &linear, Value mask, int depth) {
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  const int64_t lanes = e.index.numLanes;
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  if (Value v = pairs && !mask ? loadFromPair(e, memory, linear, depth) : Value())
    return v;
  SmallVector<Value> elements, places;
  Value vectors = mask ? Value() : vectorsOf(e, memory, linear);
  const int64_t width = vectors ? widthOf(element, lanes) : 1;
  if (vectors)
    for (Index first = e.index.exactDiv({linear.base}, width); int64_t(places.size()) < lanes / width;)
      places.push_back(e.index.add(first, e.index.constant(places.size())).base);
  else
    for (int64_t lane = 0; lane < lanes; ++lane)
      places.push_back(laneOf(e, linear, lane).base);
  if (mask)
    for (auto [lane, place] : llvm::enumerate(places))
      place = e.scopes.emitAt(e.scopes.depthOf({mask, place}), [&]() -> Value {
        Value inside = b.create<vector::ExtractOp>(loc, mask, int64_t(lane));
        return b.create<arith::SelectOp>(loc, inside, place, e.index.constant(0).base);
      });
  SmallVector<Value> needs(places);
  needs.push_back(memory);
  return e.scopes.emitAt(std::max(depth, e.scopes.depthOf(needs)), [&]() -> Value {
    for (Value place : places) {
      Value v = b.create<memref::LoadOp>(loc, vectors ? vectors : memory, place);
      if (width == lanes)
        return v;
      for (int64_t i = 0; i < width; ++i)
        elements.push_back(vectors ? Value(b.create<vector::ExtractOp>(loc, v, i)) : v);
    }
    return b.create<vector::FromElementsOp>(loc, VectorType::get({lanes}, element), elements);
  });
}

void GpuLaneMemory::store(Emitter &e, Value memory, const Index &linear, Value v) {
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  const int64_t lanes = e.index.numLanes;
  auto lane = [&](int64_t i) -> Value { return b.create<vector::ExtractOp>(loc, v, i); };
  Value vectors = vectorsOf(e, memory, linear);
  if (!vectors) {
    for (int64_t i = 0; i < lanes; ++i)
      b.create<memref::StoreOp>(loc, lane(i), memory, laneOf(e, linear, i).base);
    return;
  }
  auto type = cast<VectorType>(cast<MemRefType>(vectors.getType()).getElementType());
  const int64_t width = type.getNumElements();
  Index first = e.index.exactDiv({linear.base}, width);
  for (int64_t i = 0; i < lanes; i += width) {
    Value part = v;
    if (width != lanes) {
      SmallVector<Value> elements;
      for (int64_t j = i; j < i + width; ++j)
        elements.push_back(lane(j));
      part = b.create<vector::FromElementsOp>(loc, type, elements);
    }
    b.create<memref::StoreOp>(loc, part, vectors, e.index.add(first, e.index.constant(i / width)).base);
  }
}

} // namespace mx::codegen
