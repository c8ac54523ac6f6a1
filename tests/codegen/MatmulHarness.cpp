// See MatmulHarness.h. Every entry becomes a function over bare pointers: EntryFn.
#include "tests/codegen/MatmulHarness.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <pthread.h>
#include <unistd.h>

namespace mx::codegen::test {

using namespace mlir;

namespace {

double nowMs() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

using EntryFn = void (*)(const void *lhs, const void *rhs, void *result, void *shared, void *thread,
                         const int64_t *scalars, int64_t begin, int64_t end);

/// One helper thread that spins while a benchmark runs and is absent otherwise.
class Helper {
public:
  static Helper &instance() {
    static Helper helper;
    return helper;
  }
  void run(const std::function<void()> &work) {
    if (!thread.joinable()) {
      quit = false;
      thread = std::thread([this] { serve(); });
      // Two spinning threads on one core would wait for each other's time slice.
      pin(thread.native_handle(), 1);
      pin(pthread_self(), 0);
    }
    task = &work;
    ticket.store(ticket.load() + 1, std::memory_order_release);
    work();
    while (done.load(std::memory_order_acquire) != ticket.load(std::memory_order_relaxed))
      __builtin_ia32_pause();
  }
  void park() {
    if (!thread.joinable())
      return;
    quit = true;
    thread.join();
    pin(pthread_self(), -1);
  }
  ~Helper() { park(); }

private:
  /// Binds a thread to one core; -1 lets it go anywhere.
  static void pin(pthread_t handle, int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < int(std::thread::hardware_concurrency()); ++i)
      if (core < 0 || i == core)
        CPU_SET(i, &set);
    pthread_setaffinity_np(handle, sizeof(set), &set);
  }
  void serve() {
    uint64_t seen = done.load();
    while (!quit) {
      if (ticket.load(std::memory_order_acquire) == seen) {
        __builtin_ia32_pause();
        continue;
      }
      (*task)();
      done.store(++seen, std::memory_order_release);
    }
  }
  std::thread thread;
  std::atomic<bool> quit{false};
  std::atomic<uint64_t> ticket{0}, done{0};
  const std::function<void()> *task = nullptr;
};

class AlignedBytes {
public:
  explicit AlignedBytes(int64_t bytes = 0)
      : data(std::aligned_alloc(4096, size_t(bytes + 4096) / 4096 * 4096)), bytes(bytes) {}
  ~AlignedBytes() { std::free(data); }
  AlignedBytes(const AlignedBytes &) = delete;
  void *const data;
  const int64_t bytes;
};

/// Views a pointer as memref<?xelement>; the size is never read.
Value bufferAt(OpBuilder &b, Location loc, Value pointer, Type element) {
  auto i64 = b.getI64Type();
  auto array = LLVM::LLVMArrayType::get(i64, 1);
  auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), {pointer.getType(), pointer.getType(), i64, array, array});
  Value descriptor = b.create<LLVM::UndefOp>(loc, type);
  auto set = [&](Value value, ArrayRef<int64_t> position) {
    descriptor = b.create<LLVM::InsertValueOp>(loc, descriptor, value, position);
  };
  Value zero = b.create<LLVM::ConstantOp>(loc, i64, b.getI64IntegerAttr(0));
  Value one = b.create<LLVM::ConstantOp>(loc, i64, b.getI64IntegerAttr(1));
  set(pointer, {0});
  set(pointer, {1});
  set(zero, {2});
  set(zero, {3, 0});
  set(one, {4, 0});
  auto memref = MemRefType::get({ShapedType::kDynamic}, element);
  return b.create<UnrealizedConversionCastOp>(loc, memref, descriptor).getResult(0);
}

MLIRContext &context() {
  static DialectRegistry registry = [] {
    DialectRegistry r;
    registerBuiltinDialectTranslation(r);
    registerLLVMDialectTranslation(r);
    return r;
  }();
  static MLIRContext ctx(registry, MLIRContext::Threading::DISABLED);
  ctx.loadDialect<func::FuncDialect, arith::ArithDialect, math::MathDialect, scf::SCFDialect, vector::VectorDialect,
                  memref::MemRefDialect, LLVM::LLVMDialect, cf::ControlFlowDialect>();
  return ctx;
}

Type elementType(Element element) {
  Builder b(&context());
  switch (element) {
  case Element::F16:
    return b.getF16Type();
  case Element::BF16:
    return b.getBF16Type();
  case Element::F64:
    return b.getF64Type();
  case Element::F32:
    break;
  }
  return b.getF32Type();
}

/// Strides of one buffer as index values.
struct Strides {
  Value batch, row, col;
};

Value linear(OpBuilder &b, Location loc, const Strides &s, Value batch, Value row, Value col) {
  Value x = b.createOrFold<arith::MulIOp>(loc, batch, s.batch);
  Value y = b.createOrFold<arith::MulIOp>(loc, row, s.row);
  Value z = b.createOrFold<arith::MulIOp>(loc, col, s.col);
  return b.createOrFold<arith::AddIOp>(loc, b.createOrFold<arith::AddIOp>(loc, x, y), z);
}

MatmulLoad plainLoad(Value buffer, Strides strides, int contiguousDim, FloatType accumulator) {
  return [=](OpBuilder &b, Location loc, Value batch, Value row, Value col, int laneDim, int lanes,
             Value valid) -> Value {
    Type element = cast<MemRefType>(buffer.getType()).getElementType();
    auto type = VectorType::get({lanes}, element);
    Value at = linear(b, loc, strides, batch, row, col);
    Value mask, zeros;
    auto maskType = VectorType::get({lanes}, b.getI1Type());
    if (valid) {
      mask = b.create<vector::CreateMaskOp>(loc, maskType, valid);
      zeros = b.create<arith::ConstantOp>(loc, b.getZeroAttr(type));
    }
    Value result;
    if (lanes == 1)
      result = b.create<memref::LoadOp>(loc, buffer, at);
    else if (laneDim == contiguousDim)
      result = valid ? Value(b.create<vector::MaskedLoadOp>(loc, type, buffer, at, mask, zeros))
                     : Value(b.create<vector::LoadOp>(loc, type, buffer, at));
    else {
      if (!valid) {
        mask = b.create<arith::ConstantOp>(loc, DenseElementsAttr::get(maskType, true));
        zeros = b.create<arith::ConstantOp>(loc, b.getZeroAttr(type));
      }
      auto indexType = VectorType::get({lanes}, b.getI64Type());
      SmallVector<int64_t> iota(lanes);
      for (int i = 0; i < lanes; ++i)
        iota[i] = i;
      Value steps = b.create<arith::ConstantOp>(loc, DenseIntElementsAttr::get(indexType, iota));
      Value stride = b.create<arith::IndexCastOp>(loc, b.getI64Type(), laneDim == 0 ? strides.row : strides.col);
      Value spread = b.create<vector::BroadcastOp>(loc, indexType, stride);
      Value offsets = b.create<arith::MulIOp>(loc, steps, spread);
      result = b.create<vector::GatherOp>(loc, type, buffer, ValueRange{at}, offsets, mask, zeros);
    }
    if (element == accumulator)
      return result;
    Type wide = lanes == 1 ? Type(accumulator) : VectorType::get({lanes}, accumulator);
    return b.create<arith::ExtFOp>(loc, wide, result);
  };
}

MatmulStore plainStore(Value buffer, Strides strides) {
  return [=](OpBuilder &b, Location loc, Value batch, Value row, Value col, Value acc, Value valid) {
    Value at = linear(b, loc, strides, batch, row, col);
    if (!valid) {
      b.create<vector::StoreOp>(loc, acc, buffer, at);
      return;
    }
    auto maskType = VectorType::get(cast<VectorType>(acc.getType()).getShape(), b.getI1Type());
    Value mask = b.create<vector::CreateMaskOp>(loc, maskType, valid);
    b.create<vector::MaskedStoreOp>(loc, buffer, at, mask, acc);
  };
}

llvm::TargetMachine &targetMachine(const std::string &features) {
  static std::map<std::string, std::unique_ptr<llvm::TargetMachine>> machines;
  auto &machine = machines[features];
  if (!machine) {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    auto builder = llvm::cantFail(llvm::orc::JITTargetMachineBuilder::detectHost());
    builder.setCodeGenOptLevel(llvm::CodeGenOptLevel::Default);
    builder.getOptions().AllowFPOpFusion = llvm::FPOpFusion::Strict;
    builder.setCodeModel(llvm::CodeModel::Small);
    builder.setRelocationModel(llvm::Reloc::PIC_);
    if (!features.empty()) {
      builder.setCPU("x86-64");
      builder.getFeatures() = llvm::SubtargetFeatures(features);
    }
    machine = llvm::cantFail(builder.createTargetMachine());
  }
  return *machine;
}

llvm::orc::LLJIT &linker() {
  static std::unique_ptr<llvm::orc::LLJIT> jit = llvm::cantFail(llvm::orc::LLJITBuilder().create());
  return *jit;
}

} // namespace

MatmulCall MatmulCall::dense(int64_t batch, int64_t M, int64_t N, int64_t K, int lhsDim, int rhsDim) {
  auto strides = [](int64_t rows, int64_t cols, int dim) -> std::array<int64_t, 3> {
    if (dim == 1)
      return {rows * cols, cols, 1};
    if (dim == 0)
      return {rows * cols, 1, rows};
    return {2 * rows * cols, 2 * cols, 2};
  };
  return {batch, M, N, K, strides(M, K, lhsDim), strides(K, N, rhsDim), strides(M, N, 1)};
}

MatmulProblem problemOf(const MatmulCall &call, const MatmulKernelOptions &options) {
  MatmulProblem problem;
  if (options.isStatic) {
    problem.batch = call.batch, problem.M = call.M, problem.N = call.N, problem.K = call.K;
  } else {
    problem.batch = ir::Dim::symbol(0), problem.M = ir::Dim::symbol(1);
    problem.N = ir::Dim::symbol(2), problem.K = ir::Dim::symbol(3);
  }
  problem.lhs = {options.lhsDim, options.element == Element::F32};
  problem.rhs = {options.rhsDim, options.element == Element::F32};
  problem.accumulatorBytes = options.element == Element::F64 ? 8 : 4;
  return problem;
}

MatmulTarget hostTarget(int threads) {
  MatmulTarget target;
  target.threads = threads;
  target.l1Bytes = sysconf(_SC_LEVEL1_DCACHE_SIZE);
  target.l2Bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  const bool avx512 = __builtin_cpu_supports("avx512f"), avx = __builtin_cpu_supports("avx2");
  target.vectorRegisters = avx512 ? 32 : 16;
  target.vectorBits = avx512 ? 512 : avx ? 256 : 128;
  return target;
}

void parkThreads() { Helper::instance().park(); }

struct MatmulKernel::Code {
  ~Code() { llvm::cantFail(linker().getExecutionSession().removeJITDylib(*library)); }
  llvm::orc::JITDylib *library = nullptr;
  std::vector<EntryFn> entries;
  std::unique_ptr<AlignedBytes> shared, perThread[2];
};

MatmulKernel::~MatmulKernel() = default;

MatmulKernel::MatmulKernel(const MatmulCall &call, const MatmulConfig &config, const MatmulKernelOptions &options)
    : plan(planMatmul(problemOf(call, options), config)), code(std::make_unique<Code>()) {
  double start = nowMs();
  llvm::TargetMachine &machine = targetMachine(options.features);
  MLIRContext &ctx = context();
  OpBuilder b(&ctx);
  Location loc = b.getUnknownLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  auto accumulator = cast<FloatType>(options.element == Element::F64 ? b.getF64Type() : b.getF32Type());
  const Type pointer = LLVM::LLVMPointerType::get(&ctx), i64 = b.getI64Type(), index = b.getIndexType();
  auto fnType = b.getFunctionType({pointer, pointer, pointer, pointer, pointer, pointer, i64, i64}, {});
  for (const MatmulEntry &entry : plan.entries) {
    b.setInsertionPointToEnd(module->getBody());
    auto fn = b.create<func::FuncOp>(loc, entry.name, fnType);
    Block *block = fn.addEntryBlock();
    b.setInsertionPointToStart(block);
    auto buffer = [&](int number, Type element) {
      return bufferAt(b, loc, block->getArgument(number), element);
    };
    auto asIndex = [&](Value value) -> Value { return b.create<arith::IndexCastOp>(loc, index, value); };
    Value scalars = buffer(5, i64);
    auto scalar = [&](int number, int64_t constant) -> OpFoldResult {
      if (options.isStatic)
        return b.getIndexAttr(constant);
      Value at = b.create<arith::ConstantIndexOp>(loc, number);
      return asIndex(b.create<memref::LoadOp>(loc, scalars, at));
    };
    auto value = [&](OpFoldResult size) -> Value {
      if (auto attr = dyn_cast<Attribute>(size))
        return b.create<arith::ConstantIndexOp>(loc, cast<IntegerAttr>(attr).getInt());
      return cast<Value>(size);
    };
    auto strides = [&](int number, const std::array<int64_t, 3> &s, int dim) -> Strides {
      auto one = [&] { return b.create<arith::ConstantIndexOp>(loc, 1); };
      return {value(scalar(number, s[0])), dim == 0 ? one() : value(scalar(number + 1, s[1])),
              dim == 1 ? one() : value(scalar(number + 2, s[2]))};
    };
    const Type element = elementType(options.element);
    MatmulBody body;
    body.shape = {scalar(0, call.batch), scalar(1, call.M), scalar(2, call.N), scalar(3, call.K)};
    body.loadLhs =
        plainLoad(buffer(0, element), strides(4, call.lhs, options.lhsDim), options.lhsDim, accumulator);
    body.loadRhs =
        plainLoad(buffer(1, element), strides(7, call.rhs, options.rhsDim), options.rhsDim, accumulator);
    body.store = plainStore(buffer(2, accumulator), strides(10, call.result, 1));
    body.accumulator = accumulator;
    body.sharedScratch = buffer(3, accumulator);
    body.threadScratch = buffer(4, accumulator);
    body.begin = asIndex(block->getArgument(6));
    body.end = asIndex(block->getArgument(7));
    emitMatmulEntry(b, loc, plan, entry, body);
    b.create<func::ReturnOp>(loc);
  }
  if (failed(verify(*module))) {
    module->dump();
    std::abort();
  }
  if (std::getenv("MATMUL_DUMP"))
    module->dump();
  PassManager pm(&ctx);
  pm.enableVerifier(false);
  pm.addNestedPass<func::FuncOp>(createLoopInvariantCodeMotionPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertSCFToCFPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  if (failed(pm.run(*module))) {
    module->dump();
    std::abort();
  }
  double lowered = nowMs();
  auto llvmContext = std::make_unique<llvm::LLVMContext>();
  auto llvmModule = translateModuleToLLVMIR(*module, *llvmContext);
  llvmModule->setDataLayout(machine.createDataLayout());
  llvmModule->setTargetTriple(machine.getTargetTriple().str());
  {
    llvm::PassBuilder builder(&machine);
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager sccs;
    llvm::ModuleAnalysisManager modules;
    builder.registerModuleAnalyses(modules);
    builder.registerFunctionAnalyses(functions);
    builder.registerCGSCCAnalyses(sccs);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, sccs, modules);
    llvm::FunctionPassManager cleanup;
    cleanup.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/false));
    for (llvm::Function &f : *llvmModule)
      if (!f.isDeclaration())
        cleanup.run(f, functions);
  }
  double translated = nowMs();
  llvm::SmallVector<char, 0> object;
  {
    llvm::raw_svector_ostream stream(object);
    llvm::legacy::PassManager emit;
    if (machine.addPassesToEmitFile(emit, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
      std::abort();
    emit.run(*llvmModule);
  }
  if (const char *path = std::getenv("MATMUL_OBJ"))
    std::ofstream(path, std::ios::binary).write(object.data(), std::streamsize(object.size()));
  double emitted = nowMs();
  llvm::orc::LLJIT &jit = linker();
  static int number = 0;
  code->library = &llvm::cantFail(jit.createJITDylib("matmul" + std::to_string(number++)));
  llvm::cantFail(jit.addObjectFile(
      *code->library, llvm::MemoryBuffer::getMemBufferCopy(llvm::StringRef(object.data(), object.size()))));
  for (const MatmulEntry &entry : plan.entries)
    code->entries.push_back(
        llvm::cantFail(jit.lookup(*code->library, entry.name)).toPtr<EntryFn>());
  linkMs = nowMs() - emitted;
  compileMs = {lowered - start, translated - lowered, nowMs() - translated};
  int64_t threadBytes = 0;
  for (const MatmulEntry &entry : plan.entries)
    threadBytes = std::max(threadBytes, entry.threadScratchBytes);
  for (auto &scratch : code->perThread)
    scratch = std::make_unique<AlignedBytes>(threadBytes);
}

void MatmulKernel::run(const MatmulCall &call, const void *lhs, const void *rhs, void *result, int threads) {
  const int64_t symbols[] = {call.batch, call.M, call.N, call.K};
  int64_t scalars[] = {call.batch,  call.M,      call.N,      call.K,         call.lhs[0],    call.lhs[1],   call.lhs[2],
                       call.rhs[0], call.rhs[1], call.rhs[2], call.result[0], call.result[1], call.result[2]};
  const int64_t sharedBytes = plan.sharedScratchBytes.evaluate(symbols);
  if (!code->shared || code->shared->bytes < sharedBytes)
    code->shared = std::make_unique<AlignedBytes>(sharedBytes);
  for (size_t i = 0; i < plan.entries.size(); ++i) {
    const int64_t units = plan.entries[i].units.evaluate(symbols);
    std::atomic<int64_t> next{0};
    std::atomic<int> ticket{0};
    auto work = [&] {
      void *scratch = code->perThread[ticket++]->data;
      for (int64_t unit; (unit = next++) < units;)
        code->entries[i](lhs, rhs, result, code->shared->data, scratch, scalars, unit, unit + 1);
    };
    if (threads == 1)
      work();
    else
      Helper::instance().run(work);
  }
}

} // namespace mx::codegen::test
