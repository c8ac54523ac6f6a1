// Internal errors of the compiler, crashes included: they come back as values, and leave a file that replays them.
#include "codegen/Compiler.h"
#include "codegen/cpu/CpuBackend.h"
#include "passes/Passes.h"

#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/ErrorHandling.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/wait.h>

using namespace mlir;

namespace mx::codegen {
namespace {

/// Which signal ends the simplifier.
int faultOfPatterns = 0;

/// An op whose patterns crash whoever collects them.
class CrashOp : public Op<CrashOp, OpTrait::ZeroOperands, OpTrait::ZeroResults, OpTrait::ZeroRegions, OpTrait::ZeroSuccessors> {
public:
  using Op::Op;
  static StringRef getOperationName() { return "crashing.op"; }
  static ArrayRef<StringRef> getAttributeNames() { return {}; }
  static void getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) { std::raise(faultOfPatterns); }
};

class CrashingDialect : public Dialect {
public:
  explicit CrashingDialect(MLIRContext *ctx) : Dialect(getDialectNamespace(), ctx, TypeID::get<CrashingDialect>()) { addOperations<CrashOp>(); }
  static StringRef getDialectNamespace() { return "crashing"; }
};

/// How a backend fails.
enum class Fault { Error, Crash, LlvmGivesUp };

/// The host's backend, with a fault on the way.
class FaultyBackend : public Backend {
public:
  explicit FaultyBackend(Fault fault) : fault(fault) {}
  std::string key() const override { return "faulty"; }
  std::string passes() const override { return hostBackend().passes(); }
  rt::Result<rt::CompiledKernel> compile(ir::program::KernelOp, KernelListing *, double &) const override {
    if (fault == Fault::Crash)
      std::raise(SIGSEGV);
    if (fault == Fault::LlvmGivesUp) // by exit, where it has a choice
      llvm::report_fatal_error("no registers today", /*gen_crash_diag=*/false);
    return rt::Error{rt::ErrorCode::internal, "no code today"};
  }

private:
  Fault fault;
};

constexpr const char *kProgram = R"(
func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = mx.exp %x : tensor<8xf32>
  return %0 : tensor<8xf32>
}
)";
// Nothing in a program may be of another dialect.
constexpr const char *kIllegal = R"(
func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = math.sin %x : tensor<8xf32>
  return %0 : tensor<8xf32>
}
)";

struct Outcome {
  rt::ErrorCode code = rt::ErrorCode::internal;
  std::string message, reproducer;
  bool crashed = false;
};

/// Compiles what must fail, and takes the reproducer's path from the message.
Outcome failing(const char *text, const Backend &backend, const CompileOptions &options = {}, bool crashingDialect = false) {
  DialectRegistry registry;
  registerDialects(registry);
  // Left as they are, reachable: the context of a crash is not to be destroyed.
  static auto *contexts = new std::vector<MLIRContext *>;
  static auto *modules = new std::vector<OwningOpRef<ModuleOp>>;
  MLIRContext *context = contexts->emplace_back(new MLIRContext(registry));
  if (crashingDialect)
    context->getOrLoadDialect<CrashingDialect>();
  ModuleOp module = *modules->emplace_back(parseSourceString<ModuleOp>(text, context));
  CompileStats stats;
  auto program = Compiler(backend, options).compile(module, "main", &stats);
  EXPECT_FALSE(program);
  if (program)
    return {};
  Outcome outcome{program.error().code, program.error().message, "", stats.crashed};
  const std::string replay = "replay it with: mx-opt --run-reproducer ";
  if (size_t at = outcome.message.find(replay); at != std::string::npos)
    outcome.reproducer = outcome.message.substr(at + replay.size());
  return outcome;
}

/// A pass of phase core that fails on any program, and that mx-opt knows.
CompileOptions failingPass() {
  CompileOptions options;
  options.extend = [](OpPassManager &pm, passes::Phase phase) {
    if (phase == passes::Phase::Core)
      pm.addPass(passes::createVerifyPhase({"program"}));
  };
  return options;
}

/// What mx-opt says about a reproducer, and whether it succeeds.
std::pair<std::string, bool> replay(const std::string &file) {
  FILE *pipe = ::popen((MX_OPT " --run-reproducer " + file + " 2>&1").c_str(), "r");
  std::string output;
  for (int c; (c = std::fgetc(pipe)) != EOF;)
    output += char(c);
  const int status = ::pclose(pipe);
  std::filesystem::remove(file);
  return {output, WIFEXITED(status) && WEXITSTATUS(status) == 0};
}

TEST(Reproducers, APassThatFailsCanBeReplayed) {
  const Outcome outcome = failing(kProgram, hostBackend(), failingPass());
  EXPECT_EQ(outcome.code, rt::ErrorCode::internal);
  EXPECT_FALSE(outcome.crashed);
  EXPECT_TRUE(outcome.message.starts_with("compiling main to phase core: ")) << outcome.message;
  const auto [output, succeeded] = replay(outcome.reproducer);
  EXPECT_FALSE(succeeded);
  EXPECT_NE(output.find("'mx.exp' op is not legal in phase program"), std::string::npos) << output;
}

TEST(Reproducers, WhatTheProgramIsToBlameForLeavesNone) {
  const Outcome outcome = failing(kIllegal, hostBackend());
  EXPECT_EQ(outcome.code, rt::ErrorCode::invalidArgument);
  EXPECT_TRUE(outcome.message.starts_with("main is no program: ") && outcome.message.ends_with("'math.sin' op is no op of a program")) << outcome.message;
  passes::registerMxPasses();
  CompileOptions options;
  options.extend = [](OpPassManager &pm, passes::Phase phase) {
    if (phase == passes::Phase::Program)
      (void)parsePassPipeline("mx-pin-config{entries=tile_row=4}", pm);
  };
  const Outcome pinned = failing(kProgram, hostBackend(), options);
  EXPECT_EQ(pinned.code, rt::ErrorCode::invalidArgument);
  EXPECT_NE(pinned.message.find("did you mean 'tile_rows'?"), std::string::npos) << pinned.message;
  EXPECT_EQ(pinned.message.find("replay"), std::string::npos) << pinned.message;
}

TEST(Reproducers, ACrashInAPassIsAnError) {
  for (auto [signal, name] : {std::pair(SIGABRT, "Aborted"), std::pair(SIGSEGV, "Segmentation fault"), std::pair(SIGFPE, "Floating point exception")}) {
    faultOfPatterns = signal;
    const Outcome outcome = failing(kProgram, hostBackend(), {}, /*crashingDialect=*/true);
    EXPECT_TRUE(outcome.crashed);
    EXPECT_NE(outcome.message.find("to phase core: it crashed (" + std::string(name) + "); replay it with"), std::string::npos) << outcome.message;
    const auto [output, succeeded] = replay(outcome.reproducer);
    EXPECT_TRUE(succeeded) << "mx-opt has no such dialect: " << output;
    EXPECT_NE(output.find("mx.exp"), std::string::npos) << output;
  }
}

TEST(Reproducers, AFaultInOneKernelLeavesThePassesUpToIt) {
  for (auto [fault, says] : {std::pair(Fault::Error, "no code today"), std::pair(Fault::Crash, "it crashed (Segmentation fault)"),
                             std::pair(Fault::LlvmGivesUp, "LLVM gave up (no registers today)")}) {
    const Outcome outcome = failing(kProgram, FaultyBackend(fault));
    EXPECT_EQ(outcome.code, rt::ErrorCode::internal);
    EXPECT_EQ(outcome.crashed, fault != Fault::Error);
    EXPECT_NE(outcome.message.find(says), std::string::npos) << outcome.message;
    const auto [output, succeeded] = replay(outcome.reproducer);
    EXPECT_TRUE(succeeded) << output;
    EXPECT_NE(output.find("llvm.func"), std::string::npos) << "lowered as the backend would have: " << output;
  }
}

TEST(Reproducers, GoIntoTheDumpWhereThereIsOne) {
  std::string folder = (std::filesystem::temp_directory_path() / "mx-dump-XXXXXX").string();
  ASSERT_TRUE(::mkdtemp(folder.data()));
  ::setenv("MX_DUMP", folder.c_str(), 1);
  const Outcome outcome = failing(kProgram, hostBackend(), failingPass());
  ::unsetenv("MX_DUMP");
  EXPECT_TRUE(outcome.reproducer.starts_with(folder)) << outcome.message;
  EXPECT_TRUE(outcome.reproducer.ends_with("-main/reproducer.mlir")) << outcome.message;
  EXPECT_TRUE(std::filesystem::exists(outcome.reproducer));
  std::filesystem::remove_all(folder);
}

TEST(Reproducers, SignalsOfOthersAreTheirOwn) {
  EXPECT_EXIT({
    std::signal(SIGSEGV, [](int) { ::_exit(7); });
    failing(kIllegal, hostBackend());
    std::raise(SIGSEGV);
  }, ::testing::ExitedWithCode(7), "");
}

} // namespace
} // namespace mx::codegen
