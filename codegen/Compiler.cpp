// From module to program: runs the phases, compiles each distinct kernel once and in parallel, and hands the dispatches
// to the program builder. Kernels are cached by their text and target (KernelCache), never by the program they came from.
#include "codegen/Compiler.h"

#include "codegen/CrashRecovery.h"
#include "codegen/Diagnostics.h"
#include "codegen/KernelCache.h"
#include "codegen/ProgramBuilder.h"
#include "codegen/Reproducer.h"
#include "codegen/SourceLines.h"
#include "codegen/TracePasses.h"
#include "passes/Passes.h"
#include "runtime/ThreadPool.h"
#include "runtime/base/Trace.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"

#include <chrono>

using namespace mlir;

namespace mx::codegen {
namespace {

double millisecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

void registerDialects(DialectRegistry &registry) {
  registry.insert<ir::MxDialect, ir::program::MxpDialect, func::FuncDialect, arith::ArithDialect, math::MathDialect, scf::SCFDialect,
                  vector::VectorDialect, memref::MemRefDialect, LLVM::LLVMDialect, cf::ControlFlowDialect, ub::UBDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

void Compiler::addPasses(OpPassManager &pm, passes::Phase phase) const {
  if (phase == passes::Phase::Core)
    passes::addPassesToCore(pm, options.simplify);
  else if (phase == passes::Phase::Fused)
    passes::addPassesToFused(pm, options.fuse, backend.chainElements());
  else
    passes::addPassesToProgram(pm);
  if (options.extend)
    options.extend(pm, phase);
  pm.addPass(passes::createVerifyPhase({passes::nameOf(phase).str()}));
}

rt::Result<rt::CompiledProgram> Compiler::compile(ModuleOp module, StringRef name, CompileStats *stats) {
  rt::TraceSpan span("compile", std::string_view(name.data(), name.size()));
  const auto start = std::chrono::steady_clock::now();
  CompileStats local;
  CompileStats &s = stats ? *stats : local;
  Diagnostics diagnostics(module.getContext());
  auto dump = Dump::open(name, options.dumpFolder);
  if (!dump)
    return dump.error();
  module.walk([&](Operation *op) { s.opsIn += ir::rowOf(op) != nullptr; });
  CrashRecovery recovery;
  Reproducer reproducer(module);
  // An error; one that is ours with the sentence on how to replay what the compiler did up to it.
  auto failed = [&](rt::Error error, passes::Phase last, const std::string &kernelPasses = "") {
    if (error.code != rt::ErrorCode::internal)
      return error;
    OpPassManager pipeline(ModuleOp::getOperationName());
    for (int phase = int(passes::Phase::Core); phase <= int(last); ++phase)
      addPasses(pipeline, passes::Phase(phase));
    error.message += "; " + reproducer.write(*dump, pipeline, kernelPasses);
    return error;
  };

  // --- Passes, phase by phase.
  if (mlir::failed(passes::verifyPhase(module, passes::Phase::Traced))) {
    rt::Error error = diagnostics.error(name.str() + " is no program");
    error.code = rt::ErrorCode::invalidArgument;
    return error;
  }
  if (dump->enabled())
    resolveLocs(module);
  if (rt::Status d = dump->phase(0, "traced", module); !d)
    return d.error();
  for (passes::Phase phase : {passes::Phase::Core, passes::Phase::Fused, passes::Phase::Program}) {
    PassManager pm(module.getContext(), ModuleOp::getOperationName());
    pm.enableVerifier(dump->enabled());
    addPasses(pm, phase);
    tracePasses(pm);
    LogicalResult passed = failure();
    const std::string crash = runSafely([&] { passed = pm.run(module); });
    s.crashed = !crash.empty();
    if (mlir::failed(passed)) {
      rt::Error error = diagnostics.error("compiling " + name.str() + " to phase " + passes::nameOf(phase).str());
      if (s.crashed)
        error = {rt::ErrorCode::internal, error.message + ": " + crash};
      return failed(std::move(error), phase);
    }
    if (rt::Status d = dump->phase(int(phase), passes::nameOf(phase), module); !d)
      return d.error();
  }
  s.passesMs = millisecondsSince(start);

  // --- Kernels, in parallel, each distinct one once per process, and once per machine where the cache on disk is in use.
  const auto codegenStart = std::chrono::steady_clock::now();
  struct Job {
    ir::program::KernelOp op;
    std::string identity;
    KernelPtr kernel;
    std::optional<rt::Error> error;
    std::string crash;
    double externalMs = 0;
    std::optional<KernelListing> listing;
  };
  // A dump lists what compiling makes, so there everything is compiled.
  const bool reuse = options.reuseKernels && !dump->enabled();
  std::vector<Job> jobs;
  std::vector<Job *> missing;
  for (auto kernel : module.getOps<ir::program::KernelOp>())
    jobs.push_back({kernel, identityOf(kernel, backend), nullptr, std::nullopt, "", 0, std::nullopt});
  for (Job &job : jobs) {
    if (dump->enabled())
      job.listing.emplace();
    if (reuse)
      job.kernel = findKernel(job.identity);
    if (!job.kernel)
      missing.push_back(&job);
  }
  struct Batch {
    std::vector<Job *> &jobs;
    const Backend &backend;
    bool reuse;
  } batch{missing, backend, reuse};
  auto compileKernel = [](void *context, uint32_t i) {
    Batch &b = *static_cast<Batch *>(context);
    Job &job = *b.jobs[i];
    const std::string_view symbol = job.op.getSymName();
    if (b.reuse) {
      rt::TraceSpan loadSpan("cache", symbol);
      if ((job.kernel = loadKernel(job.identity)))
        return;
    }
    rt::TraceSpan kernelSpan("codegen", symbol);
    job.crash = runSafely([&] {
      auto kernel = b.backend.compile(job.op, job.listing ? &*job.listing : nullptr, job.externalMs);
      if (kernel)
        job.kernel = std::make_shared<const rt::CompiledKernel>(std::move(*kernel));
      else
        job.error = kernel.error();
    });
    if (b.reuse && job.kernel)
      storeKernel(job.identity, *job.kernel);
  };
  // A context without threads is not locked.
  if (module.getContext()->isMultithreadingEnabled())
    rt::ThreadPool::instance().forEach(missing.size(), compileKernel, &batch);
  else
    for (uint32_t i = 0; i < missing.size(); ++i)
      compileKernel(&batch, i);
  llvm::StringMap<KernelPtr> kernels;
  llvm::StringMap<std::vector<EntryFacts>> facts;
  for (const Job &job : jobs)
    s.crashed |= !job.crash.empty();
  for (Job &job : jobs) {
    if (!job.crash.empty())
      job.error = rt::Error{rt::ErrorCode::internal, "compiling kernel " + job.op.getSymName().str() + ": " + job.crash};
    if (job.error)
      return failed(std::move(*job.error), passes::Phase::Program, backend.passes());
    if (job.listing) {
      if (rt::Status d = dump->kernel(job.op.getSymName(), *job.listing); !d)
        return d.error();
      facts[job.op.getSymName()] = std::move(job.listing->facts);
    }
    if (reuse)
      keepKernel(job.identity, job.kernel);
    kernels[job.op.getSymName()] = job.kernel;
    s.externalMs += job.externalMs;
  }
  s.kernels = jobs.size();
  s.codegenMs = millisecondsSince(codegenStart);

  auto func = module.lookupSymbol<func::FuncOp>(name);
  if (!func)
    return rt::Error{rt::ErrorCode::invalidArgument, "the module has no function @" + name.str()};
  auto program = buildProgram(func, kernels);
  if (!program)
    return program;
  s.dispatches = llvm::range_size(func.getOps<ir::program::DispatchOp>());
  s.totalMs = millisecondsSince(start);
  if (rt::Status d = dump->program(*program, {func, facts, backend.key()}); !d)
    return d.error();
  return program;
}

} // namespace mx::codegen
