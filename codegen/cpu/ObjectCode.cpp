// LLVM IR to an object file. The vector code is explicit, so a light clean-up and the code generator suffice.
#include "codegen/cpu/CpuPipeline.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Utils/Cloning.h"

#include <chrono>
#include <map>
#include <mutex>

namespace mx::codegen {
namespace {

std::unique_ptr<llvm::TargetMachine> createMachine(const CpuTarget &target, bool listings, std::string &problem) {
  static const bool initialised = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    return true;
  }();
  (void)initialised;
  const llvm::Target *t = llvm::TargetRegistry::lookupTarget(target.triple, problem);
  if (!t)
    return nullptr;
  llvm::TargetOptions options;
  // Only what the program marks is fused: vector.fma arrives as fmuladd, plain multiplies and adds stay apart.
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  // Listings say which instructions spill.
  options.MCOptions.AsmVerbose = listings;
  return std::unique_ptr<llvm::TargetMachine>(t->createTargetMachine(target.triple, target.cpu, target.features, options,
                                                                     llvm::Reloc::PIC_, llvm::CodeModel::Small,
                                                                     llvm::CodeGenOptLevel::Default));
}

/// Code generators that wait for the next kernel, by what they were made for: LLVM fills in tables of the processor with the
/// first function that one compiles, which costs as much as a small kernel.
class Machines {
public:
  /// One that nobody else uses until it is given back.
  std::unique_ptr<llvm::TargetMachine> take(const CpuTarget &target, bool listings, std::string &problem) {
    {
      std::lock_guard lock(mutex);
      if (auto &idle = machines[keyOf(target, listings)]; !idle.empty()) {
        auto machine = std::move(idle.back());
        idle.pop_back();
        return machine;
      }
    }
    return createMachine(target, listings, problem);
  }
  void giveBack(const CpuTarget &target, bool listings, std::unique_ptr<llvm::TargetMachine> machine) {
    std::lock_guard lock(mutex);
    machines[keyOf(target, listings)].push_back(std::move(machine));
  }

private:
  static std::string keyOf(const CpuTarget &target, bool listings) {
    return target.triple + '/' + target.cpu + '/' + target.features + (listings ? "/listings" : "");
  }

  std::mutex mutex;
  std::map<std::string, std::vector<std::unique_ptr<llvm::TargetMachine>>> machines;
};

Machines &idleMachines() {
  static auto *machines = new Machines;
  return *machines;
}

void cleanUp(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::PassBuilder pb(&machine);
  llvm::LoopAnalysisManager lam;
  llvm::FunctionAnalysisManager fam;
  llvm::CGSCCAnalysisManager cgam;
  llvm::ModuleAnalysisManager mam;
  pb.registerModuleAnalyses(mam);
  pb.registerCGSCCAnalyses(cgam);
  pb.registerFunctionAnalyses(fam);
  pb.registerLoopAnalyses(lam);
  pb.crossRegisterProxies(lam, fam, cgam, mam);
  llvm::FunctionPassManager fpm;
  fpm.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/false));
  llvm::ModulePassManager mpm;
  mpm.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(fpm)));
  mpm.run(module, mam);
}

rt::Error internal(std::string message) { return {rt::ErrorCode::internal, std::move(message)}; }

} // namespace

rt::Result<ObjectCode> compileToObject(mlir::ModuleOp module, const CpuTarget &target, bool listings) {
  std::string problem;
  auto machine = idleMachines().take(target, listings, problem);
  if (!machine)
    return internal("no code generator for " + target.triple + ": " + problem);
  llvm::LLVMContext context;
  // Without a handler LLVM ends the process at the first error.
  struct Errors : llvm::DiagnosticHandler {
    std::string &text;
    explicit Errors(std::string &text) : text(text) {}
    bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
      if (info.getSeverity() == llvm::DS_Error) {
        llvm::raw_string_ostream os(text);
        llvm::DiagnosticPrinterRawOStream printer(os);
        info.print(printer);
      }
      return true;
    }
  };
  context.setDiagnosticHandler(std::make_unique<Errors>(problem));
  std::unique_ptr<llvm::Module> ir = mlir::translateModuleToLLVMIR(module, context);
  if (!ir)
    return internal("the kernel does not translate to LLVM IR");
  ir->setDataLayout(machine->createDataLayout());
  ir->setTargetTriple(target.triple);
  ObjectCode code;
  const auto start = std::chrono::steady_clock::now();
  cleanUp(*ir, *machine);
  if (listings) {
    llvm::raw_string_ostream os(code.llvmIR);
    ir->print(os, nullptr);
    // The code generator changes the module: list from a copy.
    auto copy = llvm::CloneModule(*ir);
    llvm::SmallString<0> text;
    llvm::raw_svector_ostream asmStream(text);
    llvm::legacy::PassManager pm;
    if (machine->addPassesToEmitFile(pm, asmStream, nullptr, llvm::CodeGenFileType::AssemblyFile))
      return internal("the code generator writes no assembly");
    pm.run(*copy);
    code.assembly = text.str().str();
  }
  llvm::raw_svector_ostream os(code.object);
  llvm::legacy::PassManager pm;
  if (machine->addPassesToEmitFile(pm, os, nullptr, llvm::CodeGenFileType::ObjectFile))
    return internal("the code generator writes no object files");
  pm.run(*ir);
  if (!problem.empty())
    return internal("LLVM: " + problem);
  idleMachines().giveBack(target, listings, std::move(machine));
  code.llvmMs = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return code;
}

} // namespace mx::codegen
