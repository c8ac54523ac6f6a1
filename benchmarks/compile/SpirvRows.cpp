// What making SPIR-V costs, beside SPIRV-Tools' optimizer and validator on the same modules: from a kernel of phase program to
// words. Neither needs a device.
#include "benchmarks/compile/SpirvRows.h"

#include "benchmarks/Rows.h"
#include "codegen/Compiler.h"
#include "codegen/spirv/SpirvBackend.h"
#include "codegen/spirv/SpirvPipeline.h"
#include "passes/Pipelines.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <spirv-tools/libspirv.hpp>
#include <spirv-tools/optimizer.hpp>
#include <stdexcept>

using namespace mlir;

namespace mx::bench {
namespace {

const char *const gelu = R"(
func.func @f(%x: tensor<4096x4096xf32>, %y: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  %r = mx.constant dense<0.70710677> : tensor<f32>
  %one = mx.constant dense<1.0> : tensor<f32>
  %0 = mx.add %x, %y : tensor<4096x4096xf32>, tensor<4096x4096xf32>
  %1 = mx.multiply %0, %r : tensor<4096x4096xf32>, tensor<f32>
  %2 = mx.erf %1 : tensor<4096x4096xf32>
  %3 = mx.add %2, %one : tensor<4096x4096xf32>, tensor<f32>
  %4 = mx.multiply %3, %0 : tensor<4096x4096xf32>, tensor<4096x4096xf32>
  return %4 : tensor<4096x4096xf32>
})";

const char *const softmax = R"(
func.func @f(%x: tensor<4096x1000xf32>) -> tensor<4096x1000xf32> {
  %0 = mx.max %x {axes = array<i64: 1>, keepdims = true} : tensor<4096x1000xf32>
  %1 = mx.subtract %x, %0 : tensor<4096x1000xf32>, tensor<4096x1xf32>
  %2 = mx.exp %1 : tensor<4096x1000xf32>
  %3 = mx.sum %2 {axes = array<i64: 1>, keepdims = true} : tensor<4096x1000xf32>
  %4 = mx.divide %2, %3 : tensor<4096x1000xf32>, tensor<4096x1xf32>
  return %4 : tensor<4096x1000xf32>
})";

const char *const product = R"(
func.func @f(%a: tensor<512x1024xf32>, %b: tensor<1024x1024xf32>, %c: tensor<1024xf32>) -> tensor<512x1024xf32> {
  %0 = mx.matmul %a, %b : tensor<512x1024xf32>, tensor<1024x1024xf32>
  %1 = mx.add %0, %c : tensor<512x1024xf32>, tensor<1024xf32>
  return %1 : tensor<512x1024xf32>
})";

/// Throws what went wrong.
void require(bool ok, const char *what) {
  if (!ok)
    throw std::runtime_error(what);
}

/// A program of one kernel, in phase program.
class Kernel {
public:
  explicit Kernel(const char *text) : context(registry()) {
    context.loadAllAvailableDialects();
    module = parseSourceString<ModuleOp>(text, &context);
    require(bool(module), "a program of the benchmark does not parse");
    PassManager pm(&context);
    passes::addPassesToCore(pm);
    passes::addPassesToFused(pm);
    passes::addPassesToProgram(pm);
    require(succeeded(pm.run(*module)), "a program of the benchmark does not compile");
  }
  ir::program::KernelOp op() { return *module->getOps<ir::program::KernelOp>().begin(); }

private:
  static DialectRegistry registry() {
    DialectRegistry r;
    codegen::registerDialects(r);
    codegen::registerSpirvDialects(r);
    return r;
  }
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

void spirvRow(benchmark::State &state, const char *text) {
  Kernel kernel(text);
  auto target = codegen::spirvTarget("lavapipe");
  require(bool(target), "the target is unknown");
  codegen::SpirvBackend backend(std::move(*target));
  std::vector<uint32_t> words;
  auto make = [&] {
    double external = 0;
    auto compiled = backend.compile(kernel.op(), nullptr, external);
    require(bool(compiled), "a kernel of the benchmark does not compile");
    words = *compiled->entries[0].entry.shader->words;
  };
  make();
  auto check = [&] {
    spvtools::Optimizer optimizer(SPV_ENV_VULKAN_1_2);
    optimizer.RegisterPerformancePasses();
    std::vector<uint32_t> optimized;
    require(optimizer.Run(words.data(), words.size(), &optimized), "spirv-opt refuses a module");
    require(spvtools::SpirvTools(SPV_ENV_VULKAN_1_2).Validate(words), "spirv-val refuses a module");
  };
  AlternateOptions options;
  options.pauseMs = 0;
  std::vector<Timing> timings = alternate({{"mx", make, {}, {}}, {"SPIRV-Tools", check, {}, {}}}, options);
  reportRatio(state, timings[0], "spirv-opt -O and spirv-val", timings[1], {Bar::AtMost, 2.5});
  note(state, "words", double(words.size()));
}

} // namespace

void addSpirvRows() {
  addRow("compile/spirv_gelu", [](benchmark::State &state) { spirvRow(state, gelu); });
  addRow("compile/spirv_softmax", [](benchmark::State &state) { spirvRow(state, softmax); });
  addRow("compile/spirv_matmul", [](benchmark::State &state) { spirvRow(state, product); });
}

} // namespace mx::bench
