// scatter: updates of shape I + W, one for each entry of the index tensors, over a window. scatter_axis: as many as the
// indices have entries along the axis, of one element each.
#include "codegen/lowering/ScatterUpdates.h"

#include "codegen/lowering/Casts.h"
#include "codegen/lowering/OpEmitters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace mx::codegen {

using ir::Dim;
using ir::Dims;

FailureOr<ScatterUpdates> ScatterUpdates::of(KernelBody &k, const MathTarget &target) {
  Operation *op = k.yields()[0].getDefiningOp();
  if (k.yields().size() != 1 || !op || !isa<ir::ScatterOp, ir::ScatterAxisOp>(op))
    return k.kernel.emitOpError("of kind scatter must yield one scatter");
  return ScatterUpdates(op, target);
}

ScatterUpdates::ScatterUpdates(Operation *op, const MathTarget &target)
    : dims(ir::dimsOf(op->getResult(0))), dtype(ir::dtypeOf(op->getResult(0))), op(op), target(target),
      mode(op->getAttrOfType<StringAttr>("mode").getValue()) {
  if (auto scatter = dyn_cast<ir::ScatterOp>(op)) {
    values = scatter.getUpdates();
    const Dims all = ir::dimsOf(values);
    lead.assign(all.begin(), all.end() - dims.size());
    walked.assign(all.end() - dims.size(), all.end());
    indexed.assign(scatter.getAxes().begin(), scatter.getAxes().end());
    for (int a : indexed)
      if (!walked[a].is(1) && !ir::product(lead).is(1))
        placed.push_back(a);
    llvm::sort(placed);
    return;
  }
  auto scatter = cast<ir::ScatterAxisOp>(op);
  values = scatter.getValues();
  axis = scatter.getAxis();
  indexed = {axis};
  // Off the axis, indices and values broadcast to the operand's shape.
  walked = dims;
  walked[axis] = ir::dimsOf(scatter.getIndices())[axis];
}

static Dim sizeOf(ArrayRef<int> axes, const Dims &dims) {
  Dim n = 1;
  for (int a : axes)
    n = n * dims[a];
  return n;
}

bool ScatterUpdates::lastIsColumn() const { return axis < 0 && !walked.empty() && !llvm::is_contained(placed, int(walked.size()) - 1); }

Dim ScatterUpdates::innerColumns() const { return lastIsColumn() ? walked.back() : Dim(1); }
Dim ScatterUpdates::outerColumns() const {
  Dim n = 1;
  for (int a = 0; a < int(walked.size()) - lastIsColumn(); ++a)
    if (a != axis && !llvm::is_contained(placed, a))
      n = n * walked[a];
  return n;
}
Dim ScatterUpdates::updates() const { return axis >= 0 ? walked[axis] : ir::product(lead) * sizeOf(placed, walked); }
Dim ScatterUpdates::destinations() const { return sizeOf(indexed, dims); }

Value ScatterUpdates::initial(Emitter &e, const Index &linear) const {
  Value x = op->getOperand(0);
  const rt::DType from = ir::dtypeOf(x);
  Value v = e.at(x, Emitter::linearPoint(dims.size(), linear));
  if (from == dtype)
    return v;
  return e.scopes.emitAt(e.scopes.depthOf(v), [&] { return emitCast(e.scopes.builder(), e.scopes.loc(), v, from, dtype, target); });
}

ScatterUpdates::Column ScatterUpdates::columnAt(Emitter &e, const Index &outer, const Index &inner) const {
  IndexBuilder &ix = e.index;
  Column column(walked.size(), ix.constant(0));
  int last = walked.size();
  if (lastIsColumn())
    column[--last] = inner;
  Index rest = outer;
  for (int a = last; a-- > 0;) {
    if (a == axis || llvm::is_contained(placed, a))
      continue;
    column[a] = ix.rem(rest, e.size(walked[a]));
    rest = ix.div(rest, e.size(walked[a]));
  }
  return column;
}

void ScatterUpdates::apply(Emitter &e, Value memory, const Column &column, const Index &number, const std::optional<Part> &part) const {
  axis < 0 ? applyWindow(e, memory, column, number, part) : applyAlongAxis(e, memory, column, number, part);
}

std::pair<Index, Value> ScatterUpdates::checked(Emitter &e, Value indices, const Point &p, Dim size, Dim room) const {
  IndexBuilder &ix = e.index;
  OpEmitters ops{e};
  Index i = ops.wrappedIndex({op, indices, p, size, room});
  return {i, ops.both(ix.less(ix.constant(-1), i), ix.less(i, e.size(room)))};
}

void ScatterUpdates::update(Emitter &e, Value memory, const Column &target, const Point &p, Value inside, const std::optional<Part> &part) const {
  IndexBuilder &ix = e.index;
  OpBuilder &b = e.scopes.builder();
  Location loc = e.scopes.loc();
  Index linear = ix.constant(0);
  for (auto [n, i] : llvm::zip_equal(dims, target))
    linear = ix.add(ix.mul(linear, e.size(n)), i);
  if (part) {
    Index place = ix.constant(0);
    for (int a : indexed)
      place = ix.add(ix.mul(place, e.size(dims[a])), target[a]);
    Value mine = b.create<arith::CmpIOp>(loc, arith::CmpIPredicate::eq, ix.rem(place, e.size(part->parts)).base, part->number.base);
    inside = OpEmitters{e}.both(inside, mine);
  }
  const rt::DType from = ir::dtypeOf(values);
  Value v = e.at(values, p);
  auto combined = [&] {
    Value next = v;
    if (from != dtype)
      next = emitCast(b, loc, next, from, dtype, this->target);
    if (mode != "set") {
      auto kind = llvm::StringSwitch<ir::OpKind>(mode).Case("add", ir::OpKind::Sum).Case("prod", ir::OpKind::Prod)
                      .Case("max", ir::OpKind::Max).Default(ir::OpKind::Min);
      // Here and no further out: earlier updates may have written it, and out of range it is not there.
      Value old = e.load(memory, dtype, linear, e.scopes.depth());
      if (isa<VectorType>(old.getType()))
        next = e.widen(next);
      next = emitCombine(b, loc, kind, dtype, old, next, this->target);
    }
    e.store(memory, dtype, linear, next);
    return SmallVector<Value>{};
  };
  // Without index tensors there is nothing to be out of range.
  inside ? (void)e.scopes.when(inside, {}, combined) : (void)combined();
}

void ScatterUpdates::applyWindow(Emitter &e, Value memory, Column column, const Index &number, const std::optional<Part> &part) const {
  IndexBuilder &ix = e.index;
  auto scatter = cast<ir::ScatterOp>(op);
  Index left = number;
  for (int a : llvm::reverse(placed)) {
    column[a] = ix.rem(left, e.size(walked[a]));
    left = ix.div(left, e.size(walked[a]));
  }
  // Coordinates of I, axis by axis, for index tensors that broadcast.
  SmallVector<Index> i(lead.size(), ix.constant(0));
  for (unsigned a = lead.size(); a-- > 0;) {
    i[a] = a == 0 ? left : ix.rem(left, e.size(lead[a]));
    left = a == 0 ? left : ix.div(left, e.size(lead[a]));
  }
  Column target(column);
  Value inside;
  for (auto [indices, axis] : llvm::zip_equal(scatter.getIndices(), scatter.getAxes())) {
    const Dims own = ir::dimsOf(indices);
    Point p;
    for (unsigned a = 0; a < own.size(); ++a)
      p.coords.push_back({a, 1, own[a].is(1) ? ix.constant(0) : i[lead.size() - own.size() + a]});
    auto [start, ok] = checked(e, indices, p, dims[axis], walked[axis].is(1) ? dims[axis] : dims[axis] - walked[axis] + Dim(1));
    target[axis] = ix.add(start, column[axis]);
    inside = OpEmitters{e}.both(inside, ok);
  }
  Point p;
  for (unsigned a = 0; a < lead.size(); ++a)
    p.coords.push_back({a, 1, i[a]});
  for (unsigned a = 0; a < column.size(); ++a)
    p.coords.push_back({unsigned(lead.size()) + a, 1, column[a]});
  update(e, memory, target, p, inside, part);
}

void ScatterUpdates::applyAlongAxis(Emitter &e, Value memory, Column at, const Index &number, const std::optional<Part> &part) const {
  IndexBuilder &ix = e.index;
  Value indices = cast<ir::ScatterAxisOp>(op).getIndices();
  at[axis] = number;
  auto pointOn = [&](Value tensor) {
    Point p;
    for (auto [a, n] : llvm::enumerate(ir::dimsOf(tensor)))
      p.coords.push_back({unsigned(a), 1, n.is(1) ? ix.constant(0) : at[a]});
    return p;
  };
  auto [place, inside] = checked(e, indices, pointOn(indices), dims[axis], dims[axis]);
  Point p = pointOn(values);
  at[axis] = place;
  update(e, memory, at, p, inside, part);
}

} // namespace mx::codegen
