// mxc: compiles a file of mx IR ahead of time and writes a program file, or any phase of it, LLVM IR, assembly or an object
// file, or SPIR-V; or checks what it computes (--check). Every failure is a message and a nonzero exit, whatever the input.
#include "codegen/Compiler.h"
#include "codegen/CrashRecovery.h"
#include "codegen/LowerKernels.h"
#include "codegen/Reproducer.h"
#include "codegen/cpu/CpuBackend.h"
#include "codegen/cpu/CpuPipeline.h"
#include "codegen/spirv/SpirvPipeline.h"
#include "codegen/spirv/SpirvText.h"
#include "ir/Blame.h"
#include "passes/Passes.h"
#include "passes/Pipelines.h"
#include "tools/CheckProgram.h"
#include "tools/CommandLine.h"
#include "tools/PassOptions.h"
#include "tools/PassStatistics.h"
#include "tools/ProgramOutput.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/Timing.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mx;

namespace {

enum class Stop { Traced, Core, Fused, Program, Tiled, Target };
constexpr StringRef kStopNames[] = {"traced", "core", "fused", "program", "tiled", "target"};
enum class Emit { Mlir, Llvm, Asm, Obj, Spirv, SpirvAsm };

namespace cl = llvm::cl;
cl::OptionCategory category("mxc options");
cl::opt<std::string> input(cl::Positional, cl::desc("<input .mlir, - for standard input>"), cl::init("-"), cl::cat(category));
cl::opt<std::string> output("o", cl::desc("Output file, - for standard output; one that ends in .mxe is a program file for mx-run"), cl::value_desc("file"), cl::init("-"), cl::cat(category));
cl::opt<std::string> targetName("target", cl::desc("Machine to compile for: native, x86-64, x86-64-v3, x86-64-v4, spirv:vulkan1.2, spirv:lavapipe; for a program "
                                                   "file several, as in cpu:x86-64-v3,cpu:native,spirv:vulkan1.2"), cl::init("native"),
                                cl::cat(category));
auto stopValues() {
  return cl::values(clEnumValN(Stop::Traced, "traced", "as parsed"),
                    clEnumValN(Stop::Core, "core", "composites opened, types explicit"),
                    clEnumValN(Stop::Fused, "fused", "all compute in fusions"),
                    clEnumValN(Stop::Program, "program", "kernels, dispatches and memory plan"),
                    clEnumValN(Stop::Tiled, "tiled", "kernels as loops and vectors on memory"),
                    clEnumValN(Stop::Target, "target", "kernels in the llvm or spirv dialect"));
}
cl::opt<Stop> stop("compile-to", cl::desc("Last phase to reach"), stopValues(), cl::init(Stop::Target), cl::cat(category));
cl::opt<Emit> emit("emit", cl::desc("What to write"),
                   cl::values(clEnumValN(Emit::Mlir, "mlir", "the module of the last phase"),
                              clEnumValN(Emit::Llvm, "llvm", "LLVM IR of all kernels"),
                              clEnumValN(Emit::Asm, "asm", "assembly of all kernels"),
                              clEnumValN(Emit::Obj, "obj", "an object file with all kernels"),
                              clEnumValN(Emit::Spirv, "spirv", "a SPIR-V module with all kernels"),
                              clEnumValN(Emit::SpirvAsm, "spvasm", "the same as assembly")),
                   cl::init(Emit::Mlir), cl::cat(category));
cl::opt<bool> check("check", cl::desc("Write nothing: run the program on made-up inputs and compare with the reference interpreter; exits with 2 when they differ"), cl::cat(category));
cl::opt<uint64_t> seed("check-seed", cl::desc("Of the inputs that --check makes up"), cl::init(0), cl::cat(category));
cl::opt<double> tolerance("check-ulps", cl::desc("How far off a result may be for --check, in units in the last place of its largest element"),
                          cl::init(tools::CheckOptions().ulps), cl::cat(category));
constexpr int kExitDiffers = 2;

StringRef nameOf(Stop phase) { return kStopNames[static_cast<int>(phase)]; }

LogicalResult fail(const llvm::Twine &message) {
  llvm::errs() << "mxc: error: " << message << "\n";
  return failure();
}

/// The same for an exit status.
int exitWith(const llvm::Twine &message, int status = EXIT_FAILURE) {
  (void)fail(message);
  return status;
}

/// The SPIR-V target's name when --target asks for one.
std::optional<StringRef> spirvTargetName() {
  StringRef name(targetName);
  return name.consume_front("spirv:") ? std::optional(name) : std::nullopt;
}

/// Appends what takes a module from the phase before `phase` to it.
void addPasses(OpPassManager &pm, Stop phase) {
  switch (phase) {
  case Stop::Traced: break;
  case Stop::Core: passes::addPassesToCore(pm); break;
  case Stop::Fused: passes::addPassesToFused(pm); break;
  case Stop::Program: passes::addPassesToProgram(pm); break;
  case Stop::Tiled:
    pm.addPass(spirvTargetName() ? codegen::createLowerKernelsToGpu(*spirvTargetName()) : codegen::createLowerKernels(targetName));
    break;
  case Stop::Target: pm.addPass(spirvTargetName() ? codegen::createLowerGpuEntries() : codegen::createLowerEntries()); break;
  }
  tools::addPassesOfUser(pm, nameOf(phase));
}

/// What tells of a fault of the compiler on the way to a phase, and how to replay it: `more` comes after the passes.
std::string describeFault(StringRef what, Stop phase, codegen::Reproducer &reproducer, const std::string &more = "") {
  OpPassManager pipeline(ModuleOp::getOperationName());
  for (int p = 0; p <= static_cast<int>(phase); ++p)
    addPasses(pipeline, Stop(p));
  return ("compiling to phase " + nameOf(phase) + ": " + what + "; " + reproducer.write({}, pipeline, more) + tools::pluginOptions()).str();
}

/// Ends the process, for nothing of the module is to be touched again.
[[noreturn]] void crashed(const std::string &fault) {
  (void)fail(fault);
  std::_Exit(EXIT_FAILURE);
}

/// Takes the module from the phase before `phase` to it, and checks it there.
LogicalResult advance(ModuleOp module, Stop phase, TimingScope &timing, codegen::Reproducer &reproducer) {
  PassManager pm(module.getContext(), ModuleOp::getOperationName());
  if (failed(applyPassManagerCLOptions(pm)))
    return failure();
  pm.enableTiming(timing);
  tools::watchPasses(pm);
  tools::countPasses(pm);
  addPasses(pm, phase);
  bool inputAtFault = phase == Stop::Traced;
  ScopedDiagnosticHandler blame(module.getContext(), [&](Diagnostic &diagnostic) {
    inputAtFault |= ir::blamesInput(diagnostic);
    return failure(); // others print it
  });
  LogicalResult passed = failure();
  if (std::string crash = codegen::runSafely([&] { passed = pm.run(module); }); !crash.empty())
    crashed(describeFault(crash, phase, reproducer));
  if (succeeded(passed) && phase <= Stop::Program)
    passed = passes::verifyPhase(module, static_cast<passes::Phase>(phase));
  if (succeeded(passed) || inputAtFault)
    return passed;
  return fail(describeFault("a pass failed", phase, reproducer));
}

void addPassesOfUser(OpPassManager &pm, passes::Phase phase) { tools::addPassesOfUser(pm, nameOf(Stop(phase))); }

/// The exit status of --check.
int checkResults(ModuleOp module) {
  auto funcs = module.getOps<func::FuncOp>();
  if (!llvm::hasSingleElement(funcs) || spirvTargetName())
    return exitWith("--check takes a module with one function, and a processor as --target");
  codegen::CompileOptions options;
  options.extend = addPassesOfUser;
  auto difference = tools::checkProgram(*funcs.begin(), codegen::CpuBackend(*codegen::cpuTarget(targetName)), options, {seed, tolerance});
  if (!difference)
    return exitWith(difference.error().message);
  if (difference->empty())
    return EXIT_SUCCESS;
  return exitWith("not what the interpreter says: " + *difference, kExitDiffers);
}

rt::Error noKernels() { return {rt::ErrorCode::invalidArgument, "the program has no kernels"}; }

rt::Status writeSpirv(ModuleOp module, llvm::raw_ostream &os) {
  spirv::ModuleOp kernels = *module.getOps<spirv::ModuleOp>().begin();
  if (kernels.getOps<spirv::FuncOp>().empty())
    return noKernels();
  auto words = codegen::serializeSpirv(kernels);
  if (!words)
    return words.error();
  if (rt::Status valid = codegen::validateSpirv(*words); !valid)
    return valid;
  if (emit == Emit::Spirv) {
    os.write(reinterpret_cast<const char *>(words->data()), words->size() * sizeof(uint32_t));
    return {};
  }
  auto text = codegen::disassembleSpirv(*words);
  if (!text)
    return text.error();
  os << *text;
  return {};
}

rt::Status writeObject(ModuleOp module, llvm::raw_ostream &os) {
  if (module.getBody()->empty())
    return noKernels();
  auto code = codegen::compileToObject(module, *codegen::cpuTarget(targetName), /*listings=*/true);
  if (!code)
    return code.error();
  os << (emit == Emit::Llvm ? StringRef(code->llvmIR) : emit == Emit::Asm ? StringRef(code->assembly) : StringRef(code->object.data(), code->object.size()));
  return {};
}

bool writesProgramFile() { return StringRef(output).ends_with(".mxe"); }

LogicalResult checkOptions() {
  if (writesProgramFile()) {
    if (emit != Emit::Mlir || stop != Stop::Target)
      return fail("a program file is written whole: without --emit and --compile-to");
    auto targets = tools::programTargets(targetName);
    return targets ? success() : fail(targets.error().message);
  }
  const bool emitsSpirv = emit == Emit::Spirv || emit == Emit::SpirvAsm;
  if (emit != Emit::Mlir && stop != Stop::Target)
    return fail("--emit=llvm, asm, obj, spirv and spvasm need phase target, not --compile-to=" + nameOf(stop));
  if (emit != Emit::Mlir && emitsSpirv != spirvTargetName().has_value())
    return fail(emitsSpirv ? "--emit=spirv and spvasm need --target=spirv:vulkan1.2" : "--emit=llvm, asm and obj need a processor as --target");
  if (spirvTargetName()) {
    if (auto target = codegen::spirvTarget(*spirvTargetName()); !target)
      return fail(target.error().message);
  } else if (!codegen::cpuTarget(targetName)) {
    return fail("the target '" + targetName + "' is none of native, x86-64, x86-64-v3, x86-64-v4, spirv:vulkan1.2, spirv:lavapipe");
  }
  return success();
}

/// Takes the module through the phases and writes what --emit asks for.
LogicalResult writePhase(ModuleOp module, llvm::raw_ostream &os) {
  DefaultTimingManager times;
  applyDefaultTimingManagerCLOptions(times);
  TimingScope timing = times.getRootScope();
  codegen::CrashRecovery recovery;
  codegen::Reproducer reproducer(module);
  for (int phase = 0; phase <= static_cast<int>(Stop(stop)); ++phase) {
    if (failed(advance(module, Stop(phase), timing, reproducer)))
      return failure();
    if (tools::printsAfter(nameOf(Stop(phase))))
      llvm::errs() << "// ----- phase " << nameOf(Stop(phase)) << "\n" << module << "\n";
  }
  tools::printPassStatistics();
  if (emit == Emit::Mlir) {
    module.print(os);
    return success();
  }
  const bool emitsSpirv = spirvTargetName().has_value();
  const std::string emission = emitsSpirv ? "mx-emit-spirv" : "mx-emit-object{target=" + targetName + "}";
  rt::Status written;
  if (std::string crash = codegen::runSafely([&] { written = emitsSpirv ? writeSpirv(module, os) : writeObject(module, os); }); !crash.empty())
    crashed(describeFault(crash, Stop::Target, reproducer, emission));
  if (written)
    return success();
  return fail(written.error().code == rt::ErrorCode::internal ? describeFault(written.error().message, Stop::Target, reproducer, emission)
                                                              : written.error().message);
}

LogicalResult writeProgramFile(ModuleOp module, llvm::raw_ostream &os) {
  module.getContext()->loadAllAvailableDialects();
  codegen::AheadOptions options;
  options.compile.extend = addPassesOfUser;
  auto bytes = tools::programFile(module, *tools::programTargets(targetName), options);
  if (!bytes)
    return fail(bytes.error().message);
  os.write(reinterpret_cast<const char *>(bytes->data()), bytes->size());
  return success();
}

/// The exit status.
int compile() {
  if (failed(checkOptions()) || failed(tools::checkPassOptions("mxc", kStopNames)))
    return EXIT_FAILURE;
  std::string problem;
  std::optional<tools::Files> files = tools::openFiles(input, output, problem);
  if (!files)
    return exitWith(problem);

  DialectRegistry registry;
  codegen::registerDialects(registry);
  codegen::registerSpirvDialects(registry);
  // Passes run one after the other, so that what is printed about them is in their order.
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(files->in), llvm::SMLoc());
  SourceMgrDiagnosticHandler diagnostics(sources, &context, llvm::errs());
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, &context);
  if (!module)
    return EXIT_FAILURE;
  if (check) {
    context.loadAllAvailableDialects();
    return checkResults(*module);
  }
  if (failed(writesProgramFile() ? writeProgramFile(*module, files->out->os()) : writePhase(*module, files->out->os())))
    return EXIT_FAILURE;
  files->out->os().flush();
  if (files->out->os().has_error()) {
    problem = files->out->os().error().message();
    files->out->os().clear_error();
    return exitWith("cannot write " + output + ": " + problem);
  }
  files->out->keep();
  return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  registerPassManagerCLOptions();
  registerDefaultTimingManagerCLOptions();
  passes::registerMxPasses();
  registerTransformsPasses();
  tools::registerPassOptions(category);
  tools::registerPassStatistics(category);
  tools::showInHelp(category, {"mlir-print-ir-after-all", "mlir-print-ir-after-change", "mlir-print-debuginfo", "mlir-timing"});
  cl::ParseCommandLineOptions(argc, argv, "mx's compiler\n");
  return compile();
}
