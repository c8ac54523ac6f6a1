// mxc: compiles a file of mx IR ahead of time and writes any phase of it, LLVM IR, assembly or an object file, or SPIR-V.
// Every failure is a message and a nonzero exit, whatever the input.
#include "codegen/Compiler.h"
#include "codegen/LowerKernels.h"
#include "codegen/cpu/CpuPipeline.h"
#include "codegen/spirv/SpirvPipeline.h"
#include "codegen/spirv/SpirvText.h"
#include "passes/Passes.h"
#include "passes/Pipelines.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace mx;

namespace {

enum class Stop { Traced, Core, Fused, Program, Tiled, Target };
constexpr StringRef kStopNames[] = {"traced", "core", "fused", "program", "tiled", "target"};
enum class Emit { Mlir, Llvm, Asm, Obj, Spirv, SpirvAsm };

namespace cl = llvm::cl;
cl::OptionCategory category("mxc options");
cl::opt<std::string> input(cl::Positional, cl::desc("<input .mlir, - for standard input>"), cl::init("-"), cl::cat(category));
cl::opt<std::string> output("o", cl::desc("Output file, - for standard output"), cl::value_desc("file"), cl::init("-"), cl::cat(category));
cl::opt<std::string> targetName("target", cl::desc("Machine to compile for: native, x86-64, x86-64-v3, x86-64-v4, spirv:vulkan1.2, spirv:lavapipe"), cl::init("native"),
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
cl::list<Stop> printAfter("mx-print-after", cl::desc("Print the module to standard error after these phases"), stopValues(),
                          cl::CommaSeparated, cl::cat(category));
cl::opt<Emit> emit("emit", cl::desc("What to write"),
                   cl::values(clEnumValN(Emit::Mlir, "mlir", "the module of the last phase"),
                              clEnumValN(Emit::Llvm, "llvm", "LLVM IR of all kernels"),
                              clEnumValN(Emit::Asm, "asm", "assembly of all kernels"),
                              clEnumValN(Emit::Obj, "obj", "an object file with all kernels"),
                              clEnumValN(Emit::Spirv, "spirv", "a SPIR-V module with all kernels"),
                              clEnumValN(Emit::SpirvAsm, "spvasm", "the same as assembly")),
                   cl::init(Emit::Mlir), cl::cat(category));

LogicalResult fail(const llvm::Twine &message) {
  llvm::errs() << "mxc: error: " << message << "\n";
  return failure();
}

/// The SPIR-V target's name when --target asks for one.
std::optional<StringRef> spirvTargetName() {
  StringRef name(targetName);
  return name.consume_front("spirv:") ? std::optional(name) : std::nullopt;
}

/// Takes the module from the phase before `phase` to it, and checks it there.
LogicalResult advance(ModuleOp module, Stop phase) {
  PassManager pm(module.getContext(), ModuleOp::getOperationName());
  if (failed(applyPassManagerCLOptions(pm)))
    return failure();
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
  if (failed(pm.run(module)))
    return failure();
  return phase <= Stop::Program ? passes::verifyPhase(module, static_cast<passes::Phase>(phase)) : success();
}

LogicalResult writeSpirv(ModuleOp module, llvm::raw_ostream &os) {
  spirv::ModuleOp kernels = *module.getOps<spirv::ModuleOp>().begin();
  if (kernels.getOps<spirv::FuncOp>().empty())
    return fail("the program has no kernels");
  auto words = codegen::serializeSpirv(kernels);
  if (!words)
    return fail(words.error().message);
  if (rt::Status valid = codegen::validateSpirv(*words); !valid)
    return fail(valid.error().message);
  if (emit == Emit::Spirv) {
    os.write(reinterpret_cast<const char *>(words->data()), words->size() * sizeof(uint32_t));
    return success();
  }
  auto text = codegen::disassembleSpirv(*words);
  if (!text)
    return fail(text.error().message);
  os << *text;
  return success();
}

LogicalResult writeObject(ModuleOp module, llvm::raw_ostream &os) {
  if (module.getBody()->empty())
    return fail("the program has no kernels");
  auto code = codegen::compileToObject(module, *codegen::cpuTarget(targetName), /*listings=*/true);
  if (!code)
    return fail(code.error().message);
  os << (emit == Emit::Llvm ? StringRef(code->llvmIR) : emit == Emit::Asm ? StringRef(code->assembly) : StringRef(code->object.data(), code->object.size()));
  return success();
}

LogicalResult checkOptions() {
  const bool emitsSpirv = emit == Emit::Spirv || emit == Emit::SpirvAsm;
  if (emit != Emit::Mlir && stop != Stop::Target)
    return fail("--emit=llvm, asm, obj, spirv and spvasm need phase target, not --compile-to=" + kStopNames[static_cast<int>(Stop(stop))]);
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

LogicalResult compile() {
  if (failed(checkOptions()))
    return failure();
  std::string problem;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(input, &problem);
  if (!file)
    return fail(problem);
  std::unique_ptr<llvm::ToolOutputFile> out = openOutputFile(output, &problem);
  if (!out)
    return fail(problem);

  DialectRegistry registry;
  codegen::registerDialects(registry);
  codegen::registerSpirvDialects(registry);
  MLIRContext context(registry);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  SourceMgrDiagnosticHandler diagnostics(sources, &context, llvm::errs());
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, &context);
  if (!module)
    return failure();
  for (int phase = 0; phase <= static_cast<int>(Stop(stop)); ++phase) {
    if (failed(advance(*module, Stop(phase))))
      return failure();
    if (llvm::is_contained(printAfter, Stop(phase)))
      llvm::errs() << "// ----- phase " << kStopNames[phase] << "\n" << *module << "\n";
  }
  if (emit == Emit::Mlir)
    module->print(out->os());
  else if (failed(emit == Emit::Spirv || emit == Emit::SpirvAsm ? writeSpirv(*module, out->os()) : writeObject(*module, out->os())))
    return failure();
  out->os().flush();
  if (out->os().has_error()) {
    problem = out->os().error().message();
    out->os().clear_error();
    return fail("cannot write " + output + ": " + problem);
  }
  out->keep();
  return success();
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  registerMLIRContextCLOptions();
  registerPassManagerCLOptions();
  cl::ParseCommandLineOptions(argc, argv, "mx's compiler\n");
  return succeeded(compile()) ? EXIT_SUCCESS : EXIT_FAILURE;
}
