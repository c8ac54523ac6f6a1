// mx-bench-compile: what compiling one fused kernel costs, from the call to the result, beside what LLVM's code generator
// and linker alone need, warm, for the same LLVM IR; and what making SPIR-V costs (SpirvRows.cpp). A program of its own:
// it links LLVM, which mx-bench must not.
#include "benchmarks/Rows.h"
#include "benchmarks/TemporaryFolder.h"
#include "benchmarks/compile/SpirvRows.h"
#include "codegen/cpu/CpuTarget.h"
#include "codegen/cpu/ObjectLinker.h"

#include "mx/mx.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

using namespace mx::bench;
namespace fs = std::filesystem;

namespace {

/// Compiles and runs one fused kernel of nine operations that no cache has seen: a constant makes it new.
void compileNewKernel(const mx::array &x, const mx::array &y) {
  static int calls = 0;
  float constant = 1.0f + float(++calls) / 1024.0f;
  auto function = mx::compile([=](mx::array a, mx::array b) { return mx::nn::gelu_approx(a + b) * constant; });
  function(x, y).eval();
}

/// LLVM's part alone: the code generator and the linker on given LLVM IR.
class BackEnd {
public:
  /// `folder` holds the one kernel of a dump.
  explicit BackEnd(const fs::path &folder) {
    for (const fs::directory_entry &entry : fs::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".ll")
        path = entry.path();
    const mx::codegen::CpuTarget &target = mx::codegen::hostTarget();
    std::string problem;
    const llvm::Target *found = llvm::TargetRegistry::lookupTarget(target.triple, problem);
    if (path.empty() || !found)
      throw std::runtime_error("no kernel in the dump, or no code generator: " + problem);
    machine.reset(found->createTargetMachine(target.triple, target.cpu, target.features, {}, llvm::Reloc::PIC_,
                                             llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default));
  }

  /// Milliseconds from LLVM IR in memory to code that can be called.
  double run() {
    llvm::LLVMContext context;
    llvm::SMDiagnostic diagnostic;
    std::unique_ptr<llvm::Module> module = llvm::parseIRFile(path.string(), diagnostic, context);
    if (!module)
      throw std::runtime_error(diagnostic.getMessage().str());
    std::vector<std::string> names;
    for (const llvm::Function &function : *module)
      if (!function.isDeclaration() && function.hasExternalLinkage())
        names.push_back(function.getName().str());

    double begin = nowMs();
    llvm::SmallVector<char, 0> object;
    llvm::raw_svector_ostream stream(object);
    llvm::legacy::PassManager passes;
    if (machine->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
      throw std::runtime_error("the code generator writes no object files");
    passes.run(*module);
    auto loaded = mx::codegen::loadObject(std::as_bytes(std::span(object.data(), object.size())), names);
    if (!loaded)
      throw std::runtime_error(loaded.error().message);
    return nowMs() - begin;
  }

private:
  fs::path path;
  std::unique_ptr<llvm::TargetMachine> machine;
};

Timing timingOf(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return {times.front(), times[times.size() / 2], int(times.size())};
}

void fusedKernelRow(benchmark::State &state) {
  mx::array x = mx::ones({64, 64}), y = mx::ones({64, 64});
  mx::eval(x, y);
  compileNewKernel(x, y);

  TemporaryFolder folder;
  setenv("MX_DUMP", folder.path.c_str(), 1);
  compileNewKernel(x, y);
  unsetenv("MX_DUMP");
  BackEnd backEnd(folder.path);
  backEnd.run();

  std::vector<double> cold, llvm;
  for (int i = 0; i < 25; ++i) {
    double begin = nowMs();
    compileNewKernel(x, y);
    cold.push_back(nowMs() - begin);
    llvm.push_back(backEnd.run());
  }
  if (mx::compile_stats().kernels != 1)
    state.SkipWithError("more than one kernel");
  reportRatio(state, timingOf(cold), "LLVM back end", timingOf(llvm), {Bar::AtMost, 2.5});
}

} // namespace

int main(int argc, char **argv) {
  // Compiling is timed, not reading what an earlier run compiled.
  setenv("MX_CACHE_DIR", "off", /*overwrite=*/1);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  addRow("compile/fused_kernel", fusedKernelRow);
  addSpirvRows();
  try {
    benchmark::RunSpecifiedBenchmarks();
  } catch (const std::exception &error) {
    llvm::errs() << "mx-bench-compile: " << error.what() << "\n";
    return 1;
  }
}
