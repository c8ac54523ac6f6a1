// Offsets in the arena, in-place results and donations. A value may take an operand's place only where its kernel reads
// each element before it writes it.
#include "ir/Blame.h"
#include "passes/Passes.h"
#include "runtime/ArenaPlan.h"

#include "llvm/ADT/MapVector.h"

namespace mx::passes {
#define GEN_PASS_DEF_PLANMEMORY
#include "passes/Passes.h.inc"

namespace {

using namespace mlir;
using ir::program::DispatchOp;
using ir::program::KernelOp;
using ir::program::PlaceAttr;

// Operands of a map kernel that are read only where the result of the same type is written: element i of the
// operand goes into element i of the result and nowhere else.
bool readsInPlace(KernelOp kernel, unsigned operand, unsigned result) {
  if (kernel.getKind() != "map")
    return false;
  BlockArgument arg = kernel.getBody().getArgument(operand);
  Value out = kernel.getBody().front().getTerminator()->getOperand(result);
  if (arg.getType() != out.getType())
    return false;
  SmallVector<Value> worklist{arg};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!worklist.empty())
    for (Operation *user : worklist.pop_back_val().getUsers()) {
      if (isa<ir::YieldOp>(user) || !seen.insert(user).second)
        continue;
      const ir::OpRow *row = ir::rowOf(user);
      if (!row || !row->isElementwise())
        return false;
      worklist.append(user->result_begin(), user->result_end());
    }
  return true;
}

struct Slot {
  rt::ArenaInterval interval;
  SmallVector<OpResult> values; // the first one owns the place, the others took it over
  bool isStatic = true;
};

struct PlanMemory : impl::PlanMemoryBase<PlanMemory> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    Builder b(&getContext());
    SymbolTable symbols(func->getParentOp());
    SmallVector<DispatchOp> steps(func.getOps<DispatchOp>());
    llvm::DenseMap<Operation *, int> step;
    for (auto [i, op] : llvm::enumerate(steps))
      step[op] = i;
    Operation *ret = func.getBody().front().getTerminator();

    llvm::DenseMap<Value, PlaceAttr> places;
    // A returned value lives in its output. One that is returned twice, or an argument, is copied by the caller.
    for (OpOperand &operand : ret->getOpOperands())
      if (operand.get().getDefiningOp<DispatchOp>())
        places.insert({operand.get(), PlaceAttr::get(&getContext(), "output", operand.getOperandNumber())});

    auto lastUse = [&](Value v) {
      int last = step.lookup(v.getDefiningOp());
      for (Operation *user : v.getUsers())
        last = std::max(last, isa<DispatchOp>(user) ? step[user] : int(steps.size()));
      return last;
    };

    std::vector<Slot> slots;
    llvm::DenseMap<Value, size_t> slotOf;
    std::vector<int64_t> donors(ret->getNumOperands(), -1);
    llvm::SmallDenseSet<unsigned> donated;
    for (auto [i, dispatch] : llvm::enumerate(steps)) {
      auto kernel = symbols.lookup<KernelOp>(dispatch.getKernel());
      llvm::SmallDenseSet<unsigned> taken; // operands whose place a result of this dispatch has
      for (OpResult result : dispatch->getResults()) {
        PlaceAttr output = places.lookup(result);
        int donor = -1;
        for (auto [n, operand] : llvm::enumerate(dispatch.getInputs())) {
          if (taken.contains(n) || llvm::count(dispatch.getInputs(), operand) != 1 || lastUse(operand) > int(i) ||
              !readsInPlace(kernel, n, result.getResultNumber()))
            continue;
          auto arg = dyn_cast<BlockArgument>(operand);
          // An output can take over an argument's buffer, an arena value an arena value's.
          if (output ? arg && !donated.contains(arg.getArgNumber()) : slotOf.count(operand)) {
            donor = n;
            break;
          }
        }
        if (output) {
          if (donor >= 0) {
            unsigned arg = cast<BlockArgument>(dispatch.getInputs()[donor]).getArgNumber();
            donors[output.getWhere()] = arg;
            donated.insert(arg);
            taken.insert(donor);
          }
          continue;
        }
        const int last = lastUse(result);
        if (donor >= 0) {
          taken.insert(donor);
          size_t slot = slotOf[dispatch.getInputs()[donor]];
          slotOf[result] = slot;
          slots[slot].values.push_back(result);
          slots[slot].interval.lastStep = last;
          continue;
        }
        Slot slot;
        ir::Dim bytes = ir::product(ir::dimsOf(result)) * ir::Dim(rt::sizeOf(ir::dtypeOf(result)));
        slot.isStatic = bytes.isConstant();
        slot.interval = {slot.isStatic ? bytes.value() : 0, uint32_t(i), uint32_t(last)};
        slot.values.push_back(result);
        slotOf[result] = slots.size();
        slots.push_back(std::move(slot));
      }
    }

    std::vector<rt::ArenaInterval> intervals;
    bool isStatic = true;
    for (const Slot &slot : slots) {
      intervals.push_back(slot.interval);
      isStatic &= slot.isStatic;
    }
    if (isStatic) {
      auto layout = rt::planArena(intervals);
      if (!layout) {
        ir::emitInputError(func) << "cannot plan the arena: " << layout.error().message;
        return signalPassFailure();
      }
      for (auto [slot, offset] : llvm::zip_equal(slots, layout->offsets))
        for (OpResult v : slot.values)
          places[v] = PlaceAttr::get(&getContext(), "arena", offset);
      func->setAttr("mxp.arena_bytes", b.getI64IntegerAttr(layout->total));
      func->setAttr("mxp.arena_bytes_without_reuse", b.getI64IntegerAttr(layout->withoutReuse));
      func->setAttr("mxp.arena_bytes_live", b.getI64IntegerAttr(layout->maxLive));
    } else {
      for (auto [number, slot] : llvm::enumerate(slots))
        for (OpResult v : slot.values)
          places[v] = PlaceAttr::get(&getContext(), "arena", -1 - int64_t(number));
    }
    func->setAttr("mxp.donors", b.getDenseI64ArrayAttr(donors));
    for (DispatchOp dispatch : steps) {
      SmallVector<Attribute> attrs;
      for (Value v : dispatch->getResults())
        attrs.push_back(places.lookup(v));
      dispatch.setPlacesAttr(b.getArrayAttr(attrs));
    }
  }
};

} // namespace
} // namespace mx::passes
