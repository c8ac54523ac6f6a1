// LLVM IR to an object file. The vector code is explicit, so a light clean-up and the code generator suffice.
#include "codegen/cpu/CpuPipeline.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
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
  auto machine = createMachine(target, listings, problem);
  if (!machine)
    return internal("no code generator for " + target.triple + ": " + problem);
  llvm::LLVMContext context;
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
  code.llvmMs = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return code;
}

} // namespace mx::codegen
