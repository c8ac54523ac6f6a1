// Sizes become expressions over the call's symbols, values places in buffers, and each entry of a kernel a step.
#include "codegen/ProgramBuilder.h"

#include "ir/MxDialect.h"
#include "runtime/Allocator.h"

#include <cstring>

using namespace mlir;

namespace mx::codegen {
namespace {

// Flattens a function of phase `program` into rt::CompiledProgram.
class ProgramBuilder {
public:
  ProgramBuilder(func::FuncOp func, const llvm::StringMap<KernelPtr> &kernels) : func(func), kernels(kernels) {}
  rt::Result<rt::CompiledProgram> build();

private:
  rt::BufferRef bufferOf(Value v);
  rt::BufferRef arenaSlot(Value v, int64_t where);
  rt::Status addConstant(ir::ConstantOp op);
  void addDispatch(ir::program::DispatchOp op);
  rt::SizeExpr sizeOf(ir::Dim d) {
    rt::SizeExpr e = d.toSizeExpr();
    noteSymbols(e);
    return e;
  }
  void noteSymbols(const rt::SizeExpr &e) {
    for (const auto &i : e.instructions())
      if (i.op == rt::SizeExpr::Op::Symbol)
        program.numSymbols = std::max(program.numSymbols, uint32_t(i.arg) + 1);
    program.isStatic &= e.isConstant();
  }

  func::FuncOp func;
  const llvm::StringMap<KernelPtr> &kernels;
  rt::CompiledProgram program;
  llvm::DenseMap<Value, rt::BufferRef> buffers;
  llvm::DenseMap<int64_t, uint32_t> slots; // place -> arena slot
};

std::vector<rt::SizeExpr> dimExprs(Value v, llvm::function_ref<rt::SizeExpr(ir::Dim)> sizeOf) {
  std::vector<rt::SizeExpr> result;
  for (ir::Dim d : ir::dimsOf(v))
    result.push_back(sizeOf(d));
  return result;
}

rt::BufferRef ProgramBuilder::arenaSlot(Value v, int64_t where) {
  const uint32_t step = program.steps.size();
  const rt::SizeExpr bytes = sizeOf(ir::product(ir::dimsOf(v)) * ir::Dim(rt::sizeOf(ir::dtypeOf(v))));
  // Dynamic places are shared by number, static ones by offset within one life; a new value is a new slot.
  if (where < 0)
    if (auto it = slots.find(where); it != slots.end())
      return {rt::BufferRef::Arena, it->second};
  rt::ArenaSlot slot{bytes, step, step, where < 0 ? -1 : where};
  program.arena.push_back(slot);
  slots[where] = program.arena.size() - 1;
  return {rt::BufferRef::Arena, uint32_t(program.arena.size() - 1)};
}

rt::Status ProgramBuilder::addConstant(ir::ConstantOp op) {
  auto dense = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!dense)
    return rt::Error{rt::ErrorCode::invalidArgument, "mx.constant needs dense elements"};
  const rt::DType dtype = ir::dtypeOf(op.getResult());
  const int64_t n = dense.getNumElements(), bytes = n * rt::sizeOf(dtype);
  auto memory = rt::hostAllocator().allocate(static_cast<size_t>(bytes));
  if (!memory)
    return memory.error();
  auto *data = static_cast<char *>((*memory)->data);
  if (rt::isBool(dtype)) {
    int64_t i = 0;
    for (bool b : dense.getValues<bool>())
      data[i++] = b;
  } else if (dense.isSplat()) {
    for (int64_t i = 0; i < n; ++i)
      std::memcpy(data + i * rt::sizeOf(dtype), dense.getRawData().data(), rt::sizeOf(dtype));
  } else if (bytes) {
    std::memcpy(data, dense.getRawData().data(), bytes);
  }
  buffers[op.getResult()] = {rt::BufferRef::Constant, uint32_t(program.constants.size())};
  program.constants.push_back({std::move(*memory), bytes});
  return {};
}

rt::BufferRef ProgramBuilder::bufferOf(Value v) {
  rt::BufferRef ref = buffers.lookup(v);
  if (ref.kind == rt::BufferRef::Arena)
    program.arena[ref.index].lastStep = std::max<uint32_t>(program.arena[ref.index].lastStep, program.steps.size());
  return ref;
}

void ProgramBuilder::addDispatch(ir::program::DispatchOp op) {
  const rt::CompiledKernel &kernel = *kernels.lookup(op.getKernel());
  SmallVector<ir::Dim> symbols;
  if (auto attr = op.getSymbolsAttr())
    symbols.assign(attr.getDims().begin(), attr.getDims().end());
  auto expr = [&](const rt::SizeExpr &own) {
    rt::SizeExpr e = inProgram(own, symbols);
    noteSymbols(e);
    return e;
  };
  std::vector<rt::BufferRef> refs;
  for (Value v : op.getInputs())
    refs.push_back(bufferOf(v));
  for (auto [v, attr] : llvm::zip_equal(op->getResults(), *op.getPlaces())) {
    auto place = cast<ir::program::PlaceAttr>(attr);
    buffers[v] = place.getKind() == "output" ? rt::BufferRef{rt::BufferRef::Output, uint32_t(place.getWhere())} : arenaSlot(v, place.getWhere());
    refs.push_back(buffers[v]);
  }
  const uint32_t last = program.steps.size() + kernel.entries.size() - 1;
  for (const rt::BufferRef &ref : refs)
    if (ref.kind == rt::BufferRef::Arena)
      program.arena[ref.index].lastStep = std::max(program.arena[ref.index].lastStep, last);
  if (kernel.scratchBytes != 0) {
    // Behind everything the plan has placed; steps run one after the other, so all kernels share the room.
    rt::ArenaSlot scratch{expr(kernel.scratchBytes), uint32_t(program.steps.size()), last, -1};
    refs.push_back({rt::BufferRef::Arena, uint32_t(program.arena.size())});
    program.arena.push_back(scratch);
  }
  std::vector<rt::SizeExpr> scalars;
  for (const rt::SizeExpr &scalar : kernel.scalars)
    scalars.push_back(expr(scalar));
  for (const rt::CompiledEntry &e : kernel.entries)
    program.steps.push_back({e.entry, refs, scalars, expr(e.units), expr(e.unitCostNs), expr(e.passes), expr(e.loopIterations)});
  if (kernel.code)
    program.code.push_back(kernel.code);
}

rt::Result<rt::CompiledProgram> ProgramBuilder::build() {
  program.name = func.getName().str();
  for (BlockArgument arg : func.getArguments()) {
    buffers[arg] = {rt::BufferRef::Input, uint32_t(program.inputs.size())};
    program.inputs.push_back({ir::dtypeOf(arg), dimExprs(arg, [&](ir::Dim d) { return sizeOf(d); })});
  }
  auto donors = func->getAttrOfType<DenseI64ArrayAttr>("mxp.donors");
  Operation *ret = func.getBody().front().getTerminator();
  for (auto [i, v] : llvm::enumerate(ret->getOperands())) {
    rt::OutputSpec output{ir::dtypeOf(v), dimExprs(v, [&](ir::Dim d) { return sizeOf(d); }),
                          sizeOf(ir::product(ir::dimsOf(v)) * ir::Dim(rt::sizeOf(ir::dtypeOf(v)))), int32_t(donors[i])};
    program.outputs.push_back(std::move(output));
  }
  for (Operation &op : func.getBody().front().without_terminator()) {
    if (auto constant = dyn_cast<ir::ConstantOp>(op)) {
      if (rt::Status s = addConstant(constant); !s)
        return s.error();
    } else if (auto dispatch = dyn_cast<ir::program::DispatchOp>(op)) {
      addDispatch(dispatch);
    } else {
      return rt::Error{rt::ErrorCode::internal, "an op that is no dispatch reached the program: " + op.getName().getStringRef().str()};
    }
  }
  // Static plans keep their offsets; scratch of all kernels lies behind them.
  auto stat = [&](const char *name) {
    auto attr = func->getAttrOfType<IntegerAttr>(name);
    return attr ? attr.getInt() : int64_t(0);
  };
  program.arenaStats = {stat("mxp.arena_bytes"), stat("mxp.arena_bytes_without_reuse"), stat("mxp.arena_bytes_live")};
  if (program.isStatic) {
    int64_t end = program.arenaStats.planned;
    for (rt::ArenaSlot &slot : program.arena)
      if (slot.offset < 0) {
        slot.offset = program.arenaStats.planned;
        end = std::max(end, slot.offset + (slot.bytes.value() + 63) / 64 * 64);
      }
    program.arenaBytes = end;
  } else {
    for (rt::ArenaSlot &slot : program.arena)
      slot.offset = -1;
  }
  return std::move(program);
}

} // namespace

rt::SizeExpr inProgram(const rt::SizeExpr &own, ArrayRef<ir::Dim> symbols) {
  if (own.isConstant())
    return own;
  SmallVector<rt::SizeExpr> stack;
  for (const rt::SizeExpr::Instr &i : own.instructions()) {
    if (i.op == rt::SizeExpr::Op::Const) {
      stack.push_back(i.arg);
    } else if (i.op == rt::SizeExpr::Op::Symbol) {
      stack.push_back(symbols[i.arg].toSizeExpr());
    } else {
      rt::SizeExpr b = stack.pop_back_val(), a = stack.pop_back_val();
      stack.push_back(rt::SizeExpr::binary(i.op, a, b));
    }
  }
  return stack.back();
}

rt::Result<rt::CompiledProgram> buildProgram(func::FuncOp func, const llvm::StringMap<KernelPtr> &kernels) {
  return ProgramBuilder(func, kernels).build();
}

} // namespace mx::codegen
