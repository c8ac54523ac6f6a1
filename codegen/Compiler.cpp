// From module to program: runs the phases, compiles each distinct kernel once and in parallel, and flattens the
// dispatches into rt::Program. Kernels are cached by their text and target, never by the program they came from.
#include "codegen/Compiler.h"

#include "codegen/Dump.h"
#include "codegen/KernelHeader.h"
#include "codegen/SourceLines.h"
#include "codegen/cpu/OrcLoader.h"
#include "passes/Passes.h"
#include "runtime/ThreadPool.h"
#include "runtime/base/Hash.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"

#include <chrono>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

using namespace mlir;

namespace mx::codegen {
namespace {

double millisecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// Collects this thread's diagnostics; other threads compile in the same context.
class Diagnostics {
public:
  explicit Diagnostics(MLIRContext *ctx) : thread(std::this_thread::get_id()), handler(ctx, [this](Diagnostic &d) {
    if (std::this_thread::get_id() != thread)
      return failure();
    if (d.getSeverity() == DiagnosticSeverity::Error)
      text += (text.empty() ? "" : "; ") + placeOf(d.getLocation()) + d.str();
    return success();
  }) {}
  rt::Error error(std::string what) const { return {rt::ErrorCode::internal, what + (text.empty() ? "" : ": " + text)}; }

private:
  static std::string placeOf(Location loc) {
    auto line = resolveLoc(loc)->findInstanceOf<FileLineColLoc>();
    return line ? line.getFilename().str() + ":" + std::to_string(line.getLine()) + ": " : "";
  }

  std::thread::id thread;
  std::string text;
  ScopedDiagnosticHandler handler;
};

// A kernel as machine code, with what its dispatches need to know.
struct CompiledKernel {
  LoweredKernel lowered;
  std::vector<mx_kernel> entries;
  std::shared_ptr<void> code;
};
using KernelPtr = std::shared_ptr<const CompiledKernel>;

// Kernels by the hash of their text and target. Programs hold what they use; the cache forgets the oldest.
class KernelCache {
public:
  KernelPtr find(const rt::Hash128 &key) {
    std::lock_guard lock(mutex);
    auto it = kernels.find(key);
    return it == kernels.end() ? nullptr : it->second;
  }
  void insert(const rt::Hash128 &key, KernelPtr kernel) {
    std::lock_guard lock(mutex);
    if (kernels.emplace(key, std::move(kernel)).second)
      order.push_back(key);
    while (order.size() > kCapacity) {
      kernels.erase(order.front());
      order.pop_front();
    }
  }
  void clear() {
    std::lock_guard lock(mutex);
    kernels.clear();
    order.clear();
  }

private:
  static constexpr size_t kCapacity = 8192;
  std::mutex mutex;
  std::unordered_map<rt::Hash128, KernelPtr> kernels;
  std::deque<rt::Hash128> order;
};

KernelCache &kernelCache() {
  static auto *cache = new KernelCache;
  return *cache;
}

// Compiles one kernel in a module of its own, and fills what a dump shows of it.
rt::Result<KernelPtr> compileKernel(ir::program::KernelOp kernel, const CpuTarget &target, KernelListing *listing, double &llvmMs) {
  MLIRContext *ctx = kernel.getContext();
  Diagnostics diagnostics(ctx);
  OwningOpRef<ModuleOp> module = ModuleOp::create(kernel.getLoc());
  auto lowered = lowerKernel(kernel, *module, target.lowering);
  if (failed(lowered))
    return diagnostics.error("lowering kernel " + kernel.getSymName().str());
  if (failed(verify(*module)))
    return diagnostics.error("kernel " + kernel.getSymName().str() + " lowers to invalid IR");
  auto text = [](Operation *op) {
    std::string s;
    llvm::raw_string_ostream os(s);
    op->print(os);
    return s + "\n";
  };
  if (listing)
    listing->tiled = text(*module);
  if (failed(lowerToLLVM(*module)))
    return diagnostics.error("lowering kernel " + kernel.getSymName().str() + " to LLVM");
  if (listing)
    listing->target = text(*module);
  auto code = compileToObject(*module, target, /*listings=*/listing);
  if (!code)
    return code.error();
  llvmMs += code->llvmMs;
  std::vector<std::string> names;
  for (const LoweredEntry &entry : lowered->entries)
    names.push_back(entry.name);
  auto loaded = orcLoader().load(std::as_bytes(std::span(code->object.data(), code->object.size())), names);
  if (!loaded)
    return loaded.error();
  if (listing) {
    listing->header = kernelHeader(kernel, *lowered);
    listing->code = std::move(*code);
  }
  return KernelPtr(new CompiledKernel{std::move(*lowered), loaded->entries, loaded->code});
}

// An expression over a kernel's symbols, in the program's.
rt::SizeExpr inProgram(ir::Dim d, ArrayRef<ir::Dim> symbols) {
  const rt::SizeExpr own = d.toSizeExpr();
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

// Flattens a function of phase `program` into rt::Program.
class ProgramBuilder {
public:
  ProgramBuilder(func::FuncOp func, const llvm::StringMap<KernelPtr> &kernels) : func(func), kernels(kernels) {}
  rt::Result<rt::Program> build();

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
  rt::Program program;
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
  std::shared_ptr<char> data(static_cast<char *>(std::aligned_alloc(64, (bytes + 64) / 64 * 64)), std::free);
  if (!data)
    return rt::Error{rt::ErrorCode::outOfMemory, "a constant of " + std::to_string(bytes) + " bytes"};
  if (rt::isBool(dtype)) {
    int64_t i = 0;
    for (bool b : dense.getValues<bool>())
      data.get()[i++] = b;
  } else if (dense.isSplat()) {
    for (int64_t i = 0; i < n; ++i)
      std::memcpy(data.get() + i * rt::sizeOf(dtype), dense.getRawData().data(), rt::sizeOf(dtype));
  } else if (bytes) {
    std::memcpy(data.get(), dense.getRawData().data(), bytes);
  }
  buffers[op.getResult()] = {rt::BufferRef::Constant, uint32_t(program.constants.size())};
  program.constants.push_back({data, bytes});
  return {};
}

rt::BufferRef ProgramBuilder::bufferOf(Value v) {
  rt::BufferRef ref = buffers.lookup(v);
  if (ref.kind == rt::BufferRef::Arena)
    program.arena[ref.index].lastStep = std::max<uint32_t>(program.arena[ref.index].lastStep, program.steps.size());
  return ref;
}

void ProgramBuilder::addDispatch(ir::program::DispatchOp op) {
  const CompiledKernel &kernel = *kernels.lookup(op.getKernel());
  SmallVector<ir::Dim> symbols;
  if (auto attr = op.getSymbolsAttr())
    symbols.assign(attr.getDims().begin(), attr.getDims().end());
  auto expr = [&](ir::Dim d) {
    rt::SizeExpr e = inProgram(d, symbols);
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
  const uint32_t last = program.steps.size() + kernel.lowered.entries.size() - 1;
  for (const rt::BufferRef &ref : refs)
    if (ref.kind == rt::BufferRef::Arena)
      program.arena[ref.index].lastStep = std::max(program.arena[ref.index].lastStep, last);
  if (!kernel.lowered.sharedScratchBytes.is(0)) {
    // Behind everything the plan has placed; steps run one after the other, so all kernels share the room.
    rt::ArenaSlot scratch{expr(kernel.lowered.sharedScratchBytes), uint32_t(program.steps.size()), last, -1};
    refs.push_back({rt::BufferRef::Arena, uint32_t(program.arena.size())});
    program.arena.push_back(scratch);
  }
  std::vector<rt::SizeExpr> scalars;
  for (ir::Dim d : kernel.lowered.scalars)
    scalars.push_back(expr(d));
  for (auto [entry, fn] : llvm::zip_equal(kernel.lowered.entries, kernel.entries))
    program.steps.push_back({{entry.name, fn, nullptr, entry.threadScratchBytes}, refs, scalars, expr(entry.units), expr(entry.unitCostNs)});
  program.code.push_back(kernel.code);
}

rt::Result<rt::Program> ProgramBuilder::build() {
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

void clearKernelCache() { kernelCache().clear(); }

void registerDialects(DialectRegistry &registry) {
  registry.insert<ir::MxDialect, ir::program::MxpDialect, func::FuncDialect, arith::ArithDialect, math::MathDialect, scf::SCFDialect,
                  vector::VectorDialect, memref::MemRefDialect, LLVM::LLVMDialect, cf::ControlFlowDialect, ub::UBDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

rt::Result<rt::Program> Compiler::compile(ModuleOp module, StringRef name, CompileStats *stats) {
  const auto start = std::chrono::steady_clock::now();
  CompileStats local;
  CompileStats &s = stats ? *stats : local;
  Diagnostics diagnostics(module.getContext());
  auto dump = Dump::open(name);
  if (!dump)
    return dump.error();
  module.walk([&](Operation *op) { s.opsIn += ir::rowOf(op) != nullptr; });

  // --- Passes, phase by phase.
  if (dump->enabled())
    resolveLocs(module);
  if (rt::Status d = dump->phase(0, "traced", module); !d)
    return d.error();
  for (passes::Phase phase : {passes::Phase::Core, passes::Phase::Fused, passes::Phase::Program}) {
    PassManager pm(module.getContext(), ModuleOp::getOperationName());
    pm.enableVerifier(dump->enabled());
    if (phase == passes::Phase::Core)
      passes::addPassesToCore(pm, options.simplify);
    else if (phase == passes::Phase::Fused)
      passes::addPassesToFused(pm, options.fuse);
    else
      passes::addPassesToProgram(pm);
    if (failed(pm.run(module)) || failed(passes::verifyPhase(module, phase)))
      return diagnostics.error("compiling " + name.str() + " to phase " + passes::nameOf(phase).str());
    if (rt::Status d = dump->phase(int(phase), passes::nameOf(phase), module); !d)
      return d.error();
  }
  s.passesMs = millisecondsSince(start);

  // --- Kernels, in parallel, each distinct one once per process.
  const auto codegenStart = std::chrono::steady_clock::now();
  struct Job {
    ir::program::KernelOp op;
    rt::Hash128 key;
    KernelPtr kernel;
    std::optional<rt::Error> error;
    double llvmMs = 0;
    std::optional<KernelListing> listing;
  };
  std::vector<Job> jobs;
  std::vector<Job *> missing;
  for (auto kernel : module.getOps<ir::program::KernelOp>()) {
    std::string text;
    llvm::raw_string_ostream os(text);
    StringAttr symbol = kernel.getSymNameAttr();
    kernel.setSymName("");
    kernel->print(os, OpPrintingFlags().useLocalScope().assumeVerified());
    kernel.setSymNameAttr(symbol);
    text += target.key();
    jobs.push_back({kernel, rt::hashBytes(text.data(), text.size()), nullptr, std::nullopt, 0, std::nullopt});
  }
  for (Job &job : jobs) {
    if (dump->enabled())
      job.listing.emplace();
    else
      job.kernel = kernelCache().find(job.key);
    if (!job.kernel)
      missing.push_back(&job);
  }
  struct Batch {
    std::vector<Job *> &jobs;
    const CpuTarget &target;
  } batch{missing, target};
  rt::ThreadPool::instance().forEach(missing.size(), [](void *context, uint32_t i) {
    Batch &b = *static_cast<Batch *>(context);
    Job &job = *b.jobs[i];
    auto kernel = compileKernel(job.op, b.target, job.listing ? &*job.listing : nullptr, job.llvmMs);
    if (kernel)
      job.kernel = *kernel;
    else
      job.error = kernel.error();
  }, &batch);
  llvm::StringMap<KernelPtr> kernels;
  for (Job &job : jobs) {
    if (job.error)
      return *job.error;
    if (job.listing)
      if (rt::Status d = dump->kernel(job.op.getSymName(), *job.listing); !d)
        return d.error();
    kernelCache().insert(job.key, job.kernel);
    kernels[job.op.getSymName()] = job.kernel;
    s.llvmMs += job.llvmMs;
  }
  s.kernels = jobs.size();
  s.codegenMs = millisecondsSince(codegenStart);

  auto func = module.lookupSymbol<func::FuncOp>(name);
  if (!func)
    return rt::Error{rt::ErrorCode::invalidArgument, "the module has no function @" + name.str()};
  auto program = ProgramBuilder(func, kernels).build();
  if (!program)
    return program;
  s.dispatches = llvm::range_size(func.getOps<ir::program::DispatchOp>());
  s.totalMs = millisecondsSince(start);
  if (rt::Status d = dump->program(*program); !d)
    return d.error();
  return program;
}

} // namespace mx::codegen
