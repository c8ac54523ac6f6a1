// Reductions, their levels, and the groups of axes the loops of a row kernel run over.
#include "codegen/lowering/RowDomain.h"

#include "codegen/lowering/Casts.h"

using namespace mlir;

namespace mx::codegen {

using ir::Dim;

SmallVector<Reduction *> RowDomain::level(int l) {
  SmallVector<Reduction *> result;
  for (Reduction &r : reductions)
    if (r.level == l)
      result.push_back(&r);
  return result;
}

Dim RowDomain::rowsPerBlock() const { return max(floorDiv(Dim(kBlockElements), max(laneSize, Dim(1))), Dim(1)); }

Dim RowDomain::blocks() const {
  return lanesReduced ? ceilDiv(reducedOuter, rowsPerBlock()) * columnBlocks() : ceilDiv(reducedOuter, kBlockRows);
}

SmallVector<Coord> RowDomain::keptCoords(Emitter &e, const Index &keptLinear) const {
  SmallVector<Coord> coords(groups.size());
  Index rest = keptLinear;
  for (int g = groups.size(); g-- > 0;) {
    coords[g] = {groups[g].first, groups[g].count, e.index.constant(0)};
    if (g == lane || groups[g].reduced)
      continue;
    Index n = e.size(groups[g].size);
    coords[g].index = e.index.rem(rest, n);
    rest = e.index.div(rest, n);
  }
  return coords;
}

void RowDomain::setReduced(Emitter &e, MutableArrayRef<Coord> coords, const Index &linear) const {
  Index rest = linear;
  for (int g = groups.size(); g-- > 0;) {
    if (g == lane || !groups[g].reduced)
      continue;
    Index n = e.size(groups[g].size);
    coords[g].index = e.index.rem(rest, n);
    rest = e.index.div(rest, n);
  }
}

static rt::DType accumulatorOf(ir::OpKind kind, rt::DType in, rt::DType out) {
  if (kind == ir::OpKind::All || kind == ir::OpKind::Any)
    return rt::DType::bool_;
  rt::DType t = kind == ir::OpKind::Sum || kind == ir::OpKind::Prod ? out : in;
  return t == rt::DType::float16 || t == rt::DType::bfloat16 ? rt::DType::float32 : t;
}

// Finds the reductions and their levels.
static void collectReductions(KernelBody &k, RowDomain &d) {
  llvm::DenseMap<Value, int> level; // the deepest reduction a value depends on
  for (Operation &op : k.body().without_terminator()) {
    int deepest = 0;
    for (Value operand : op.getOperands())
      deepest = std::max(deepest, level.lookup(operand));
    const ir::OpRow *row = ir::rowOf(&op);
    if (row && row->family == "Reduce") {
      Reduction r{&op, row->kind, ir::dtypeOf(op.getOperand(0)), {}, ir::dtypeOf(op.getResult(0)), ++deepest};
      r.acc = accumulatorOf(r.kind, r.in, r.out);
      d.reductions.push_back(r);
      d.levels = std::max(d.levels, deepest);
    }
    for (Value v : op.getResults())
      level[v] = deepest;
  }
}

// Splits the domain into groups that are reduced or kept as a whole and that no access has to divide.
static void formGroups(RowDomain &d, ArrayRef<bool> isReduced, Cuts cuts) {
  int last = -1;
  for (unsigned i = 0; i < d.dims.size(); ++i) {
    if (d.dims[i].is(1))
      continue;
    if (last >= 0 && isReduced[i] != isReduced[last])
      cuts.set(i);
    last = i;
  }
  // Without any extent the last reduced axis stands for the lanes.
  if (last < 0)
    for (unsigned i = 0; i < d.dims.size(); ++i)
      if (isReduced[i])
        last = i;
  d.lanesReduced = isReduced[last];
  // The lanes run along the last axis alone, whatever could be collapsed: that fixes the order.
  if (d.lanesReduced)
    cuts.set(last);
  for (auto [first, count] : groupsOf(d.dims.size(), cuts)) {
    bool reduced = isReduced[first];
    for (unsigned i = first; i < first + count; ++i)
      if (!d.dims[i].is(1) || i == unsigned(last))
        reduced = isReduced[i];
    if (unsigned(last) >= first && unsigned(last) < first + count)
      d.lane = d.groups.size();
    d.groups.push_back({first, count, groupSize(d.dims, first, count), reduced});
  }
  for (auto [g, group] : llvm::enumerate(d.groups)) {
    Dim &extent = int(g) == d.lane ? d.laneSize : group.reduced ? d.reducedOuter : d.keptOuter;
    extent = extent * group.size;
  }
}

// Whether `v` has the shape of the domain without the reduced axes, up to axes of size 1.
static bool isOfRows(Value v, const RowDomain &d, ArrayRef<bool> isReduced) {
  ir::Dims kept, own;
  for (auto [size, reduced] : llvm::zip_equal(d.dims, isReduced))
    if (!reduced && !size.is(1))
      kept.push_back(size);
  for (Dim size : ir::dimsOf(v))
    if (!size.is(1))
      own.push_back(size);
  return own == kept;
}

FailureOr<RowDomain> rowDomainOf(KernelBody &k) {
  RowDomain d;
  collectReductions(k, d);
  if (d.reductions.empty())
    return k.kernel.emitOpError("of kind row has no reduction");
  auto axesOf = [](Operation *op) { return op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef(); };
  Operation *first = d.reductions[0].op;
  if (axesOf(first).empty())
    return first->emitOpError("reduces no axis");
  d.dims = ir::dimsOf(first->getOperand(0));
  SmallVector<bool> isReduced(d.dims.size(), false);
  for (int64_t axis : axesOf(first))
    isReduced[axis] = true;
  Cuts cuts(d.dims.size() + 1);
  for (const Reduction &r : d.reductions) {
    if (ir::dimsOf(r.op->getOperand(0)) != d.dims || axesOf(r.op) != axesOf(first))
      return r.op->emitOpError("reduces another domain than the rest of its kernel");
    cuts |= requiredCuts(r.op->getOperand(0));
  }
  for (Value v : k.yields()) {
    if (d.isFull(v))
      cuts |= requiredCuts(v);
    else if (!isOfRows(v, d, isReduced))
      return k.kernel.emitOpError("of kind row yields ") << v.getType() << ", of neither its domain's shape nor its rows'";
  }
  formGroups(d, isReduced, std::move(cuts));
  return d;
}

Value combine(Emitter &e, const Reduction &r, Value a, Value b, const MathTarget &target) {
  return emitCombine(e.scopes.builder(), e.scopes.loc(), r.kind, r.acc, a, b, target);
}

Value contributionAt(Emitter &e, const Reduction &r, const Point &p, const MathTarget &target) {
  Value v = e.at(r.op->getOperand(0), p);
  if (r.in == r.acc)
    return v;
  return e.scopes.emitAt(e.scopes.depthOf(v), [&] {
    return emitCast(e.scopes.builder(), e.scopes.loc(), v, r.in, r.acc, target);
  });
}

} // namespace mx::codegen
