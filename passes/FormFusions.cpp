// Groups ops into kernels. The two things to know: an op's value is `aligned` when the kernel's loop visits exactly
// its elements (then it may be stored), and `pulled` when others read it at indices of their own (then all its
// readers must be inside). Views, constants and iota belong to no group: each reader gets its copy. Producers join
// their readers first; then siblings, which read the same elements of something, join each other.
#include "ir/program/KernelKind.h"
#include "passes/NormalFusion.h"
#include "passes/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace mx::passes {
#define GEN_PASS_DEF_FORMFUSIONS
#include "passes/Passes.h.inc"

namespace {

using namespace mlir;
using ir::Dim;
using ir::Dims;
using ir::OpKind;
using ir::program::kindOf;

using Kind = ir::program::KernelKind;

// Costs nothing to have twice.
bool isFree(Operation *op) {
  if (auto constant = dyn_cast<ir::ConstantOp>(op))
    return isa<DenseElementsAttr>(constant.getValue()) && cast<DenseElementsAttr>(constant.getValue()).isSplat();
  const ir::OpRow *row = ir::rowOf(op);
  return row && (row->family == "Views" || row->kind == OpKind::Iota || row->kind == OpKind::Size);
}

bool isCompute(Operation *op) { return ir::rowOf(op) && !isFree(op); }

struct Group {
  Kind kind = Kind::Map;
  /// The space the kernel's loop visits: of a map its shape, of a row kernel the reduced operand's.
  Dims domain;
  SmallVector<int64_t> axes; ///< reduced, kind Row
  SmallVector<Operation *> ops;
  llvm::SmallPtrSet<Operation *, 8> pulled;
  int first = 0; ///< of its ops, by their order in the function
};

/// Ops looked at for a path between two groups.
constexpr size_t kMaxSearched = 1 << 14;

// An operand followed through views to what computes it.
struct Edge {
  Value source; ///< result of a compute op, an argument or a constant
  bool direct;  ///< no view in between
  bool rowBroadcast; ///< only axes of size 1 come, go or are repeated
};

class Former {
public:
  Former(func::FuncOp func, int64_t maxOps) : func(func), maxOps(maxOps) {}
  LogicalResult run();

private:
  Edge follow(Value v);
  Group *groupOf(Value v) { return v.getDefiningOp() ? owner.lookup(v.getDefiningOp()) : nullptr; }
  /// Compute ops and terminators that read `v`, through views.
  void readers(Value v, llvm::SmallSetVector<Operation *, 8> &out);
  bool readOutside(Group &g, Operation *beside);
  /// Null when `op`, alone so far in `g`, may join `p` over this operand; else the reason.
  const char *joins(Operation *op, Group &g, const Edge &edge, Group &p);
  const char *pullsInto(Operation *op, Group &g, const Edge &edge, Group &p);
  bool isRowShape(const Dims &dims, const Group &g);
  /// Whether `reader` asks for the operand exactly where the kernel `p` has computed it.
  bool aligns(Operation *reader, Value operand, const Group &p);
  /// All that `g` reads of a kernel with loops inside is read where it is computed. Maps can be computed anywhere.
  bool edgesAlign(const Group &g, const Group &p);
  bool cheap(const Group &g);
  /// Gives each reader of a cheap op its own copy where the op's operands are stored anyway: reading them costs what
  /// reading the result would, and the result need not be written.
  void copyCheapOps();
  void merge(Group *into, Group *from);
  void tryJoin(Operation *op);
  /// Whether `from` needs something of `to` by way of a third group.
  bool reaches(Group *from, Group *to);
  bool areSiblings(Group &a, Group &b);
  void joinSiblings(Value shared);
  LogicalResult materialise();
  DictionaryAttr reasonsFor(Group *g, ArrayRef<Value> inputs);

  func::FuncOp func;
  int64_t maxOps;
  std::vector<std::unique_ptr<Group>> groups;
  llvm::DenseMap<Operation *, Group *> owner;
  /// The compute ops an op reads, through views, and those that read it so far.
  using Edges = llvm::DenseMap<Operation *, SmallVector<Operation *, 2>>;
  Edges producers, consumers;
  llvm::DenseMap<std::pair<Operation *, Operation *>, const char *> reasons; // (reader, producer)
};

Edge Former::follow(Value v) {
  Edge edge{v, true, true};
  while (Operation *op = edge.source.getDefiningOp()) {
    const ir::OpRow *row = ir::rowOf(op);
    if (!row || !isFree(op) || op->getNumOperands() == 0)
      break;
    edge.direct = false;
    Value in = op->getOperand(0);
    auto withoutUnits = [](Dims dims) {
      llvm::erase_if(dims, [](Dim d) { return d.is(1); });
      return dims;
    };
    const bool reshape = row->kind == OpKind::Reshape && withoutUnits(ir::dimsOf(in)) == withoutUnits(ir::dimsOf(op->getResult(0)));
    if (!reshape && row->kind != OpKind::BroadcastTo)
      edge.rowBroadcast = false;
    edge.source = in;
  }
  return edge;
}

void Former::readers(Value v, llvm::SmallSetVector<Operation *, 8> &out) {
  SmallVector<Value> worklist{v};
  llvm::SmallPtrSet<Operation *, 8> seen;
  while (!worklist.empty())
    for (Operation *user : worklist.pop_back_val().getUsers()) {
      if (!seen.insert(user).second)
        continue;
      if (isFree(user))
        worklist.append(user->result_begin(), user->result_end());
      else
        out.insert(user);
    }
}

bool Former::readOutside(Group &g, Operation *beside) {
  for (Operation *op : g.ops)
    for (Value v : op->getResults()) {
      llvm::SmallSetVector<Operation *, 8> users;
      readers(v, users);
      for (Operation *user : users)
        if (user != beside && owner.lookup(user) != &g)
          return true;
    }
  return false;
}

// Backwards from one end and forwards from the other, in turns: whichever side ends first ends the search.
bool Former::reaches(Group *from, Group *to) {
  struct Side {
    Edges &edges;
    Group *start, *target;
    SmallVector<Group *> worklist{start};
    llvm::SmallPtrSet<Group *, 16> seen{start};
  } sides[] = {{producers, from, to}, {consumers, to, from}};
  size_t searched = 0;
  while (true)
    for (Side &side : sides) {
      if (side.worklist.empty())
        return false;
      Group *g = side.worklist.pop_back_val();
      for (Operation *op : g->ops)
        for (Operation *next : side.edges[op]) {
          Group *q = owner.lookup(next);
          if (q == side.target && g != side.start)
            return true;
          if (q != side.target && side.seen.insert(q).second)
            side.worklist.push_back(q);
        }
      // In a program that large two kernels more cost less than looking on.
      if ((searched += g->ops.size()) > kMaxSearched)
        return true;
    }
}

bool Former::isRowShape(const Dims &dims, const Group &g) {
  if (g.kind != Kind::Row || dims == g.domain)
    return false;
  Dims kept, own;
  for (auto [i, d] : llvm::enumerate(g.domain))
    if (!llvm::is_contained(g.axes, int64_t(i)) && !d.is(1))
      kept.push_back(d);
  for (Dim d : dims)
    if (!d.is(1))
      own.push_back(d);
  return own == kept;
}

bool Former::aligns(Operation *reader, Value operand, const Group &p) {
  Edge edge = follow(operand);
  const Dims source = ir::dimsOf(edge.source);
  const bool reduces = kindOf(*ir::rowOf(reader)) == Kind::Row;
  const Dims dims = reduces ? ir::dimsOf(operand) : ir::dimsOf(reader->getResult(0));
  if (!reduces && !ir::rowOf(reader)->isElementwise())
    return false;
  if (source == p.domain)
    return edge.direct && dims == p.domain;
  if (!isRowShape(source, p) || !edge.rowBroadcast || reduces)
    return false;
  if (dims != p.domain)
    return isRowShape(dims, p);
  // Each kept axis of the row must come out at its own place: follow the axes of the operand back to the source.
  SmallVector<int> axes; // per axis of the value reached so far: the axis of the operand it becomes
  for (unsigned i = 0; i < dims.size(); ++i)
    axes.push_back(i);
  for (Value v = operand; v != edge.source; v = v.getDefiningOp()->getOperand(0)) {
    const Dims out = ir::dimsOf(v), in = ir::dimsOf(v.getDefiningOp()->getOperand(0));
    SmallVector<int> inner(in.size(), -1);
    if (ir::rowOf(v.getDefiningOp())->kind == OpKind::BroadcastTo) {
      for (unsigned i = 0; i < in.size(); ++i)
        inner[i] = axes[i + out.size() - in.size()];
    } else {
      unsigned o = 0;
      for (unsigned i = 0; i < in.size(); ++i) {
        if (in[i].is(1))
          continue;
        while (out[o].is(1))
          ++o;
        inner[i] = axes[o++];
      }
    }
    axes = inner;
  }
  SmallVector<int> places, kept;
  for (unsigned i = 0; i < source.size(); ++i)
    if (!source[i].is(1))
      places.push_back(axes[i]);
  for (unsigned i = 0; i < p.domain.size(); ++i)
    if (!llvm::is_contained(p.axes, int64_t(i)) && !p.domain[i].is(1))
      kept.push_back(i);
  return places == kept;
}

bool Former::edgesAlign(const Group &g, const Group &p) {
  if (p.kind == Kind::Map)
    return true;
  for (Operation *op : g.ops)
    for (Value operand : op->getOperands())
      if (groupOf(follow(operand).source) == &p && !aligns(op, operand, p))
        return false;
  return true;
}

bool Former::cheap(const Group &g) {
  if (g.ops.size() > 4)
    return false;
  return llvm::all_of(g.ops, [](Operation *op) {
    const ir::OpRow *row = ir::rowOf(op);
    return row->isElementwise() && row->dtypeRule != ir::DtypeRule::Float;
  });
}

bool isCheap(Operation *op) {
  const ir::OpRow *row = ir::rowOf(op);
  return row && row->isElementwise() && row->dtypeRule != ir::DtypeRule::Float && row->kind != OpKind::Barrier;
}

bool reducesAll(const Group &g) {
  for (auto [i, d] : llvm::enumerate(g.domain))
    if (!llvm::is_contained(g.axes, int64_t(i)) && !d.is(1))
      return false;
  return true;
}

// The last axis with an extent is kept: the kernel walks columns.
bool walksColumns(const Group &g) {
  for (size_t i = g.domain.size(); i-- > 0;)
    if (!g.domain[i].is(1))
      return !llvm::is_contained(g.axes, int64_t(i));
  return false;
}

const char *Former::pullsInto(Operation *op, Group &g, const Edge &edge, Group &p) {
  if (p.kind != Kind::Map)
    return "the producer is not a map";
  if (readOutside(p, op))
    return "the producer is also read elsewhere";
  if (!p.pulled.empty() && !cheap(p))
    return "the producer would be computed at two indirections";
  const Dim reads = ir::product(g.domain), has = ir::product(ir::dimsOf(edge.source));
  // A view that repeats elements repeats their computation.
  if (!(reads == has) && !cheap(p) && !(reads.isConstant() && has.isConstant() && reads.value() <= has.value()))
    return "the producer would be computed more than once";
  return nullptr;
}

const char *Former::joins(Operation *op, Group &g, const Edge &edge, Group &p) {
  if (int64_t(p.ops.size() + g.ops.size()) > maxOps)
    return "the kernel would grow too large";
  const ir::OpRow &row = *ir::rowOf(op);
  const Dims dims = ir::dimsOf(op->getResult(0));
  switch (g.kind) {
  case Kind::Map: {
    if (!row.isElementwise()) {
      // Joins and gathers read at indices of their own; what they might read in vain must be cheap.
      if (!cheap(p))
        return "a join or gather reads it at computed indices";
      return pullsInto(op, g, edge, p);
    }
    if (p.kind == Kind::Row) {
      if (dims == p.domain)
        return reducesAll(p) ? "one row would run on one thread" : nullptr;
      if (isRowShape(dims, p))
        return nullptr;
      return "the shapes differ from the reduction's";
    }
    if (p.kind == Kind::Map)
      return edge.direct && p.domain == g.domain ? nullptr : pullsInto(op, g, edge, p);
    if (p.kind == Kind::Matmul) {
      if (!edge.direct || p.domain != g.domain)
        return "the product is read at other indices";
      // What only reductions read would be written here to be read there: they can compute it from the product, when
      // that is stored anyway.
      llvm::SmallSetVector<Operation *, 8> product, users;
      readers(edge.source, product);
      readers(op->getResult(0), users);
      if (isCheap(op) && product.size() > 1 && llvm::all_of(users, [](Operation *u) { return ir::rowOf(u) && kindOf(*ir::rowOf(u)) == Kind::Row; }))
        return "only reductions read it";
      return nullptr;
    }
    return "the producer's kernel stores its result alone";
  }
  case Kind::Row: {
    if (p.kind == Kind::Map) {
      if (!edge.direct || p.domain != g.domain)
        return pullsInto(op, g, edge, p);
      if ((reducesAll(g) || walksColumns(g)) && readOutside(p, op))
        return "the producer is stored, and the reduction would run on few threads";
      return nullptr;
    }
    if (p.kind == Kind::Row) {
      if (!edge.direct || p.domain != g.domain || p.axes != g.axes)
        return "it reduces another domain";
      return reducesAll(g) ? "one row would run on one thread" : nullptr;
    }
    return "the producer's kernel is no map or reduction";
  }
  case Kind::ArgReduce:
  case Kind::Scan:
    return pullsInto(op, g, edge, p);
  case Kind::Scatter:
    return cheap(p) ? pullsInto(op, g, edge, p) : "a scatter reads its operands more than once";
  case Kind::Matmul:
    // Packing reads each element about once.
    if (p.ops.size() <= 2 && cheap(p))
      return pullsInto(op, g, edge, p);
    return "a matmul reads its operands more than once";
  }
  llvm_unreachable("fusion kind");
}

void Former::copyCheapOps() {
  SmallVector<Operation *> ops;
  for (Operation &op : func.getBody().front().without_terminator())
    if (isCompute(&op) && isCheap(&op))
      ops.push_back(&op);
  for (Operation *op : ops) {
    constexpr unsigned kCopies = 4;
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : op->getUses())
      uses.push_back(&use);
    const bool returned = llvm::any_of(uses, [](OpOperand *u) { return u->getOwner()->hasTrait<OpTrait::IsTerminator>(); });
    if (returned || uses.size() < 2 || uses.size() > kCopies)
      continue;
    const bool stored = llvm::all_of(op->getOperands(), [&](Value v) {
      Value source = follow(v).source;
      if (!source.getDefiningOp() || isFree(source.getDefiningOp()))
        return true;
      llvm::SmallSetVector<Operation *, 8> users;
      readers(source, users);
      return users.size() > 1;
    });
    if (!stored)
      continue;
    // The uses come last first; the op itself stays with its first reader.
    for (OpOperand *use : ArrayRef(uses).drop_back()) {
      OpBuilder b(op);
      use->set(b.clone(*op)->getResult(0));
    }
  }
}

void Former::merge(Group *into, Group *from) {
  for (Operation *op : from->ops) {
    owner[op] = into;
    into->ops.push_back(op);
  }
  into->pulled.insert(from->pulled.begin(), from->pulled.end());
  into->first = std::min(into->first, from->first);
  from->ops.clear();
}

void Former::tryJoin(Operation *op) {
  for (Value operand : op->getOperands()) {
    Group *g = owner[op];
    Edge edge = follow(operand);
    Group *p = groupOf(edge.source);
    if (!p || p == g)
      continue;
    const char *why = nullptr;
    bool aligned = false;
    if (g->ops.size() == 1) {
      why = joins(op, *g, edge, *p);
      aligned = edge.direct || (p->kind == Kind::Row && edge.rowBroadcast);
      aligned &= p->kind != Kind::Map || (p->domain == g->domain && ir::rowOf(op)->family != "Indexing" && g->kind != Kind::Matmul &&
                                          g->kind != Kind::Scan && g->kind != Kind::ArgReduce && g->kind != Kind::Scatter);
    } else {
      // The op has joined a group: a further producer is computed in that kernel's loop, aligned or pulled.
      const bool opAligned = !g->pulled.contains(op);
      if (int64_t(p->ops.size() + g->ops.size()) > maxOps)
        why = "the kernel would grow too large";
      else if (p->kind == Kind::Row && g->kind == Kind::Row && p->domain == g->domain && p->axes == g->axes && (edge.direct || edge.rowBroadcast) && opAligned)
        aligned = true;
      else if (p->kind == Kind::Row && g->kind == Kind::Map && opAligned && !reducesAll(*p) && g->domain == p->domain && (edge.direct || edge.rowBroadcast) &&
               g->pulled.empty())
        aligned = true;
      else if (p->kind != Kind::Map)
        why = "both belong to kernels of their own";
      else if (edge.direct && opAligned && p->domain == g->domain && ir::rowOf(op)->isElementwise() && (g->kind == Kind::Map || g->kind == Kind::Row))
        aligned = true;
      else if (edge.direct && opAligned && g->kind == Kind::Matmul && p->domain == g->domain && !readOutside(*p, op))
        aligned = true;
      else
        why = (ir::rowOf(op)->isElementwise() || cheap(*p)) && g->kind != Kind::Matmul ? pullsInto(op, *g, edge, *p) : "the producer would be computed more than once";
      if (!why && aligned && g->kind == Kind::Row && (walksColumns(*g) || reducesAll(*g)) && p->kind == Kind::Map && readOutside(*p, op))
        why = "the producer is stored, and the reduction would run on few threads";
    }
    if (!why && !(edgesAlign(*g, *p) && edgesAlign(*p, *g)))
      why = "a result is read at other indices";
    // Merging must not close a cycle through a third group.
    if (!why) {
      if (reaches(g, p) || reaches(p, g))
        why = "another kernel lies between";
    }
    if (why) {
      reasons[{op, edge.source.getDefiningOp()}] = why;
      continue;
    }
    if (!aligned)
      for (Operation *member : p->ops)
        p->pulled.insert(member);
    // The kernel takes the stronger kind and its domain.
    Group *keep = p->kind != Kind::Map && aligned ? p : g;
    if (g->kind == Kind::Row && p->kind == Kind::Row) {
      keep = p;
    }
    merge(keep, keep == p ? g : p);
  }
}

// One loop serves both: the same elements, neither needs the other's result, and none is there to be computed late.
bool Former::areSiblings(Group &a, Group &b) {
  if (a.domain != b.domain || int64_t(a.ops.size() + b.ops.size()) > maxOps)
    return false;
  for (Group *g : {&a, &b}) {
    if (g->kind != Kind::Map && g->kind != Kind::Row)
      return false;
    if (g->kind == Kind::Row && reducesAll(*g))
      return false;
    if (llvm::any_of(g->ops, [](Operation *op) { return ir::rowOf(op)->kind == OpKind::Barrier; }))
      return false;
  }
  if (a.kind == Kind::Row && b.kind == Kind::Row ? a.axes != b.axes
                                                 : (a.kind == Kind::Row && walksColumns(a)) || (b.kind == Kind::Row && walksColumns(b)))
    return false;
  auto reads = [&](Group &from, Group &of) {
    return llvm::any_of(from.ops, [&](Operation *op) {
      return llvm::any_of(producers.lookup(op), [&](Operation *producer) { return owner.lookup(producer) == &of; });
    });
  };
  return !reads(a, b) && !reads(b, a) && !reaches(&a, &b) && !reaches(&b, &a);
}

void Former::joinSiblings(Value shared) {
  if (shared.hasOneUse() || shared.use_empty())
    return;
  llvm::SmallSetVector<Group *, 4> readers;
  for (Operation *user : shared.getUsers())
    if (Group *g = owner.lookup(user); g && g->domain == ir::dimsOf(shared) && !g->pulled.contains(user))
      readers.insert(g);
  SmallVector<Group *> ordered = readers.takeVector(), kept;
  llvm::sort(ordered, [](Group *a, Group *b) { return a->first < b->first; });
  for (Group *g : ordered) {
    // The nearest few: what lies further apart would keep values alive for long.
    constexpr size_t kNearest = 4;
    for (Group *&other : llvm::reverse(MutableArrayRef(kept).take_back(kNearest)))
      if (areSiblings(*other, *g)) {
        Group *into = g->kind == Kind::Row ? g : other;
        merge(into, into == g ? other : g);
        g = other = into;
        break;
      }
    if (!llvm::is_contained(kept, g))
      kept.push_back(g);
  }
}

LogicalResult Former::materialise() {
  // Groups in an order in which each follows what it reads: by repeated sweeps over program order.
  Block &block = func.getBody().front();
  Operation *terminator = block.getTerminator();
  llvm::DenseMap<Operation *, int> position;
  int n = 0;
  for (Operation &op : block)
    position[&op] = n++;
  SmallVector<Group *> order;
  llvm::DenseMap<Group *, int> state; // 1: on the stack, 2: done
  SmallVector<Group *> roots;
  for (auto &g : groups)
    if (!g->ops.empty()) {
      llvm::sort(g->ops, [&](Operation *a, Operation *b) { return position[a] < position[b]; });
      roots.push_back(g.get());
    }
  llvm::sort(roots, [&](Group *a, Group *b) { return position[a->ops.front()] < position[b->ops.front()]; });
  for (Group *root : roots) {
    SmallVector<Group *> stack{root};
    while (!stack.empty()) {
      Group *g = stack.back();
      if (state[g] == 2) {
        stack.pop_back();
        continue;
      }
      state[g] = 1;
      bool ready = true;
      for (Operation *op : g->ops)
        for (Value v : op->getOperands())
          if (Group *p = groupOf(follow(v).source); p && p != g && state[p] != 2) {
            if (state[p] == 1)
              return func.emitError("fusions form a cycle");
            stack.push_back(p);
            ready = false;
          }
      if (ready) {
        state[g] = 2;
        order.push_back(g);
        stack.pop_back();
      }
    }
  }

  OpBuilder b(terminator);
  IRMapping fused; // results of compute ops -> results of fusions
  auto build = [&](ArrayRef<Operation *> ops, ArrayRef<Value> outputs, Kind kind, Group *g) {
    // Inputs: what the body reads and does not compute. Views are copied in with what they view.
    llvm::SmallSetVector<Value, 8> inputs;
    llvm::SmallSetVector<Operation *, 16> body;
    llvm::SmallPtrSet<Operation *, 16> members(ops.begin(), ops.end());
    SmallVector<Value> worklist;
    auto visit = [&](Value v) {
      Operation *op = v.getDefiningOp();
      if (op && members.contains(op))
        return;
      if (op && isFree(op)) {
        if (body.insert(op))
          worklist.append(op->operand_begin(), op->operand_end());
        return;
      }
      inputs.insert(v);
    };
    for (Operation *op : ops) {
      body.insert(op);
      worklist.append(op->operand_begin(), op->operand_end());
    }
    for (Value v : outputs)
      worklist.push_back(v);
    while (!worklist.empty())
      visit(worklist.pop_back_val());
    SmallVector<Operation *> sorted(body.begin(), body.end());
    llvm::sort(sorted, [&](Operation *x, Operation *y) { return position[x] < position[y]; });
    ArrayRef<Value> args = inputs.getArrayRef();
    SmallVector<Value> operands;
    SmallVector<Type> types;
    for (Value v : args)
      operands.push_back(fused.lookupOrDefault(v));
    for (Value v : outputs)
      types.push_back(v.getType());
    SmallVector<Location> locs;
    for (Operation *op : ops)
      locs.push_back(op->getLoc());
    auto fusion = b.create<ir::FusionOp>(locs.empty() ? func.getLoc() : b.getFusedLoc(locs), types, operands, nameOf(kind),
                                         g ? reasonsFor(g, args) : DictionaryAttr());
    OpBuilder inner(b.getContext());
    Block *entry = inner.createBlock(&fusion.getBody());
    IRMapping map;
    for (Value v : args)
      map.map(v, entry->addArgument(v.getType(), v.getLoc()));
    // Views come just before their first reader, so that equal kernels print alike wherever the program had them.
    llvm::SmallPtrSet<Operation *, 16> done;
    auto emit = [&](Operation *op) {
      SmallVector<Operation *> stack{op};
      while (!stack.empty()) {
        Operation *top = stack.back();
        const size_t before = stack.size();
        for (Value v : llvm::reverse(top->getOperands()))
          if (Operation *def = v.getDefiningOp(); def && body.contains(def) && !done.contains(def))
            stack.push_back(def);
        if (stack.size() != before)
          continue;
        stack.pop_back();
        if (done.insert(top).second)
          inner.clone(*top, map);
      }
    };
    for (Operation *op : ops)
      emit(op);
    for (Operation *op : sorted)
      emit(op);
    SmallVector<Value> results;
    for (Value v : outputs)
      results.push_back(map.lookup(v));
    inner.create<ir::YieldOp>(fusion.getLoc(), results);
    IRRewriter rewriter(b.getContext());
    return normalizeFusion(rewriter, fusion);
  };

  for (Group *g : order) {
    SmallVector<Value> outputs;
    for (Operation *op : g->ops)
      for (Value v : op->getResults()) {
        llvm::SmallSetVector<Operation *, 8> users;
        readers(v, users);
        if (llvm::any_of(users, [&](Operation *u) { return owner.lookup(u) != g; }))
          outputs.push_back(v);
      }
    for (auto [v, result] : llvm::zip_equal(outputs, build(g->ops, outputs, g->kind, g)))
      fused.map(v, result);
  }
  // Each returned value needs a buffer of its own: views, constants, arguments and what is returned twice become
  // kernels that only move data.
  llvm::SmallPtrSet<Value, 8> returned;
  for (OpOperand &operand : terminator->getOpOperands()) {
    Value v = operand.get();
    const Value result = fused.lookupOrNull(v);
    operand.set(result && returned.insert(result).second ? result : build({}, v, Kind::Map, nullptr).front());
  }
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (position.count(&op) && &op != terminator && op.use_empty() && (isFree(&op) || isCompute(&op)))
      op.erase();
  return success();
}

DictionaryAttr Former::reasonsFor(Group *g, ArrayRef<Value> inputs) {
  Builder b(func.getContext());
  SmallVector<NamedAttribute> entries;
  for (auto [i, v] : llvm::enumerate(inputs)) {
    Operation *producer = v.getDefiningOp();
    if (!producer || !groupOf(v))
      continue;
    const char *why = "its readers lie in several kernels";
    for (Operation *op : g->ops)
      if (auto it = reasons.find({op, producer}); it != reasons.end())
        why = it->second;
    entries.push_back(b.getNamedAttr(std::to_string(i), b.getStringAttr(why)));
  }
  return entries.empty() ? DictionaryAttr() : b.getDictionaryAttr(entries);
}

LogicalResult Former::run() {
  copyCheapOps();
  int position = 0;
  for (Operation &op : func.getBody().front().without_terminator()) {
    if (!isCompute(&op))
      continue;
    for (Value operand : op.getOperands())
      if (Operation *producer = follow(operand).source.getDefiningOp(); producer && isCompute(producer)) {
        producers[&op].push_back(producer);
        consumers[producer].push_back(&op);
      }
    auto g = std::make_unique<Group>();
    g->first = position++;
    g->kind = kindOf(*ir::rowOf(&op));
    g->ops = {&op};
    g->domain = ir::dimsOf(g->kind == Kind::Row ? op.getOperand(0) : op.getResult(0));
    if (g->kind == Kind::Row)
      g->axes.assign(op.getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef().begin(), op.getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef().end());
    owner[&op] = g.get();
    groups.push_back(std::move(g));
    tryJoin(&op);
  }
  for (BlockArgument arg : func.getArguments())
    joinSiblings(arg);
  for (Operation &op : func.getBody().front().without_terminator())
    if (owner.contains(&op))
      for (Value v : op.getResults())
        joinSiblings(v);
  return materialise();
}

struct FormFusions : impl::FormFusionsBase<FormFusions> {
  using Base::Base;
  void runOnOperation() override {
    if (!getOperation().isExternal() && failed(Former(getOperation(), maxOps).run()))
      signalPassFailure();
  }
};

} // namespace
} // namespace mx::passes
