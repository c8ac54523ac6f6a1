// Kernels of kind `scatter`: a copy of the operand, then updates in row-major order of the indices, so that equal
// indices give the same result every time. What is parallel is the window: units own columns of it and walk all indices.
#include "codegen/lowering/LowerKernel.h"

#include "codegen/lowering/Casts.h"
#include "codegen/lowering/OpEmitters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;
using ir::Dims;

constexpr int64_t kCopyUnit = 8192;

class ScatterLowering {
public:
  ScatterLowering(KernelBuilder &k, Operation *op)
      : k(k), op(op), dims(ir::dimsOf(op->getResult(0))), dtype(ir::dtypeOf(op->getResult(0))),
        mode(op->getAttrOfType<StringAttr>("mode").getValue()) {}
  void initEntry();
  void windowEntry();
  void axisEntry();

private:
  /// An index entry with negatives wrapped, and whether it lies in [0, room).
  std::pair<Index, Value> checked(Emitter &e, Value indices, const Point &p, Dim size, Dim room);
  /// out[linear] = out[linear] combined with v, where `inside` (null: everywhere).
  void update(Emitter &e, const Index &linear, Value v, rt::DType from, Value inside);

  KernelBuilder &k;
  Operation *op;
  Dims dims;
  rt::DType dtype;
  StringRef mode;
};

void ScatterLowering::initEntry() {
  const Dim n = ir::product(dims);
  Value x = op->getOperand(0);
  const rt::DType from = ir::dtypeOf(x);
  k.entry("init", ceilDiv(n, kCopyUnit), min(n, Dim(kCopyUnit)), 0, [&](Emitter &e, Value begin, Value end) {
    IndexBuilder &ix = e.index;
    Value memory = k.outputMemory(e, 0);
    e.scopes.loop(begin, end, ix.constant(1).base, {}, [&](Value unit, ValueRange) {
      Index lo = ix.mul({unit}, ix.constant(kCopyUnit)), hi = ix.min(ix.add(lo, ix.constant(kCopyUnit)), e.size(n));
      forLanes(e, lo.base, hi.base, n.isConstant() && n.value() % kLanes == 0, [&](const Index &i) {
        Value v = e.at(x, Emitter::linearPoint(dims.size(), i));
        if (from != dtype)
          v = e.scopes.emitAt(e.scopes.depthOf(v), [&] { return emitCast(e.scopes.builder(), e.scopes.loc(), v, from, dtype, k.target.math); });
        e.store(memory, dtype, i, v);
      });
      return SmallVector<Value>{};
    });
  });
}

std::pair<Index, Value> ScatterLowering::checked(Emitter &e, Value indices, const Point &p, Dim size, Dim room) {
  IndexBuilder &ix = e.index;
  OpEmitters ops{e};
  Index i = ops.wrappedIndex({op, indices, p, size, room});
  return {i, ops.both(ix.less(ix.constant(-1), i), ix.less(i, e.size(room)))};
}

void ScatterLowering::update(Emitter &e, const Index &linear, Value v, rt::DType from, Value inside) {
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  Value memory = k.outputMemory(e, 0);
  auto combined = [&] {
    Value update = v;
    if (from != dtype)
      update = emitCast(b, loc, update, from, dtype, k.target.math);
    if (mode != "set") {
      auto kind = llvm::StringSwitch<ir::OpKind>(mode).Case("add", ir::OpKind::Sum).Case("prod", ir::OpKind::Prod)
                      .Case("max", ir::OpKind::Max).Default(ir::OpKind::Min);
      Value old = e.load(memory, dtype, linear);
      if (isa<VectorType>(old.getType()))
        update = e.widen(update);
      update = emitCombine(b, loc, kind, dtype, old, update, k.target.math);
    }
    e.store(memory, dtype, linear, update);
    return SmallVector<Value>{};
  };
  if (!inside) {
    combined();
    return;
  }
  e.scopes.when(inside, {}, combined);
}

// scatter: updates of shape I + W. Lanes run along the last window axis when it has an extent.
void ScatterLowering::windowEntry() {
  auto scatter = cast<ir::ScatterOp>(op);
  const Dims up = ir::dimsOf(scatter.getUpdates());
  const rt::DType from = ir::dtypeOf(scatter.getUpdates());
  const unsigned lead = up.size() - dims.size();
  const Dims window(up.begin() + lead, up.end());
  const Dim places = groupSize(up, 0, lead);
  const bool lanes = !window.empty() && !window.back().is(1);
  const Dim inner = lanes ? window.back() : Dim(1), outer = groupSize(window, 0, window.empty() ? 0 : window.size() - 1);
  const Dim blocks = lanes ? ceilDiv(inner, kLanes) : Dim(1);
  const unsigned windowOuter = window.empty() ? 0 : window.size() - 1;

  k.entry("update", outer * blocks, places * Dim(5) + Dim(20), 0, [&](Emitter &e, Value begin, Value end) {
    IndexBuilder &ix = e.index;
    e.scopes.loop(begin, end, ix.constant(1).base, {}, [&](Value unit, ValueRange) {
      Index first = ix.mul(ix.rem({unit}, e.size(blocks)), ix.constant(kLanes));
      Index lane = lanes ? IndexBuilder::lanes(first.base) : ix.constant(0);
      // The window's outer coordinates.
      SmallVector<Index> j(window.size(), ix.constant(0));
      Index rest = ix.div({unit}, e.size(blocks));
      for (unsigned a = windowOuter; a-- > 0;) {
        j[a] = ix.rem(rest, e.size(window[a]));
        rest = ix.div(rest, e.size(window[a]));
      }
      if (!window.empty())
        j.back() = lane;
      if (lanes && !(inner.isConstant() && inner.value() % kLanes == 0))
        e.setValidLanes(ix.min(ix.sub(e.size(inner), first), ix.constant(kLanes)).base);
      e.scopes.loop(ix.constant(0).base, e.size(places).base, ix.constant(1).base, {}, [&](Value place, ValueRange) {
        // Coordinates of I, axis by axis, for index tensors that broadcast.
        SmallVector<Index> i(lead, ix.constant(0));
        Index left = {place};
        for (unsigned a = lead; a-- > 0;) {
          i[a] = a == 0 ? left : ix.rem(left, e.size(up[a]));
          left = a == 0 ? left : ix.div(left, e.size(up[a]));
        }
        SmallVector<Index> target(j);
        Value inside;
        for (auto [indices, axis] : llvm::zip_equal(scatter.getIndices(), scatter.getAxes())) {
          const Dims own = ir::dimsOf(indices);
          Point p;
          for (unsigned a = 0; a < own.size(); ++a)
            p.coords.push_back({a, 1, own[a].is(1) ? ix.constant(0) : i[lead - own.size() + a]});
          auto [start, ok] = checked(e, indices, p, dims[axis], window[axis].is(1) ? dims[axis] : dims[axis] - window[axis] + Dim(1));
          target[axis] = ix.add(start, j[axis]);
          inside = inside ? Value(e.scopes.builder().create<arith::AndIOp>(e.scopes.loc(), inside, ok)) : ok;
        }
        Index linear = ix.constant(0);
        for (unsigned a = 0; a < dims.size(); ++a)
          linear = ix.add(ix.mul(linear, e.size(dims[a])), target[a]);
        Point p;
        for (unsigned a = 0; a < lead; ++a)
          p.coords.push_back({a, 1, i[a]});
        for (unsigned a = 0; a < window.size(); ++a)
          p.coords.push_back({lead + a, 1, j[a]});
        update(e, linear, e.at(scatter.getUpdates(), p), from, inside);
        return SmallVector<Value>{};
      });
      e.setValidLanes({});
      return SmallVector<Value>{};
    });
  });
}

// scatter_axis: units own all coordinates but the axis and walk it in order.
void ScatterLowering::axisEntry() {
  auto scatter = cast<ir::ScatterAxisOp>(op);
  const unsigned axis = scatter.getAxis(), rank = dims.size();
  const Dims own = ir::dimsOf(scatter.getIndices()), values = ir::dimsOf(scatter.getValues());
  const rt::DType from = ir::dtypeOf(scatter.getValues());
  // Off the axis, indices and values broadcast to the operand's shape.
  Dims walk = dims;
  walk[axis] = own[axis];
  const Dim units = groupSize(walk, 0, axis) * groupSize(walk, axis + 1, rank - axis - 1);
  k.entry("update", units, walk[axis] * Dim(5) + Dim(20), 0, [&](Emitter &e, Value begin, Value end) {
    IndexBuilder &ix = e.index;
    e.scopes.loop(begin, end, ix.constant(1).base, {}, [&](Value unit, ValueRange) {
      SmallVector<Index> at(rank, ix.constant(0));
      Index rest = {unit};
      for (unsigned a = rank; a-- > 0;) {
        if (a == axis)
          continue;
        at[a] = ix.rem(rest, e.size(walk[a]));
        rest = ix.div(rest, e.size(walk[a]));
      }
      e.scopes.loop(ix.constant(0).base, e.size(walk[axis]).base, ix.constant(1).base, {}, [&](Value step, ValueRange) {
        at[axis] = {step};
        auto pointOn = [&](const Dims &shape) {
          Point p;
          for (unsigned a = 0; a < rank; ++a)
            p.coords.push_back({a, 1, shape[a].is(1) ? ix.constant(0) : at[a]});
          return p;
        };
        auto [target, inside] = checked(e, scatter.getIndices(), pointOn(own), dims[axis], dims[axis]);
        Index linear = ix.constant(0);
        for (unsigned a = 0; a < rank; ++a)
          linear = ix.add(ix.mul(linear, e.size(dims[a])), a == axis ? target : at[a]);
        update(e, linear, e.at(scatter.getValues(), pointOn(values)), from, inside);
        return SmallVector<Value>{};
      });
      return SmallVector<Value>{};
    });
  });
}

} // namespace

LogicalResult lowerScatter(KernelBuilder &k) {
  Operation *op = k.yields()[0].getDefiningOp();
  if (k.yields().size() != 1 || !op || !isa<ir::ScatterOp, ir::ScatterAxisOp>(op))
    return k.kernel.emitOpError("of kind scatter must yield one scatter");
  ScatterLowering lowering(k, op);
  lowering.initEntry();
  isa<ir::ScatterOp>(op) ? lowering.windowEntry() : lowering.axisEntry();
  return success();
}

} // namespace mx::codegen
