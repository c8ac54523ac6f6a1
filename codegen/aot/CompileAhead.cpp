// The backend of a name, and what machine code asks of the processor that will run it.
#include "codegen/aot/CompileAhead.h"

#include "codegen/cpu/CpuBackend.h"
#include "codegen/spirv/SpirvBackend.h"
#include "runtime/ShaderNeeds.h"
#include "runtime/cpu/CpuFeatures.h"

using namespace mlir;

namespace mx::codegen {
namespace {

struct NamedBackend {
  std::unique_ptr<Backend> backend;
  /// Instruction sets that the code may use.
  std::vector<std::string> features;
};

rt::Error unknown(StringRef target) {
  return {rt::ErrorCode::invalidArgument, "the target '" + target.str() + "' is unknown; there are cpu:native, cpu:x86-64, cpu:x86-64-v3, cpu:x86-64-v4, "
                                              "spirv:vulkan1.2, spirv:lavapipe"};
}

rt::Result<NamedBackend> backendFor(StringRef target, const AheadOptions &options) {
  if (StringRef name = target; name.consume_front("cpu:")) {
    auto cpu = cpuTarget(name);
    if (!cpu)
      return unknown(target);
    cpu->lowering.math.exact = options.exact;
    cpu->lowering.checkIndices = options.checkIndices;
    NamedBackend named;
    SmallVector<StringRef> features;
    StringRef(cpu->features).split(features, ',', -1, /*KeepEmpty=*/false);
    for (StringRef feature : features)
      if (feature.consume_front("+") && rt::isCpuFeature({feature.data(), feature.size()}))
        named.features.push_back(feature.str());
    named.backend = std::make_unique<CpuBackend>(std::move(*cpu));
    return named;
  }
  StringRef name = target;
  if (!name.consume_front("spirv:"))
    return unknown(target);
  auto gpu = spirvTarget(name);
  if (!gpu)
    return gpu.error();
  gpu->math.exact |= options.exact;
  gpu->checkIndices |= options.checkIndices;
  // Schedules that shuffle are made for one size of subgroups. A name that stands for all devices gets those that meet in
  // shared memory instead, unless it asks for shuffles itself.
  constexpr auto shuffle = spirv::Capability::GroupNonUniformShuffle;
  if (name.split(',').first == "vulkan1.2" && !name.contains("+GroupNonUniformShuffle"))
    llvm::erase(gpu->capabilities, shuffle);
  std::vector<std::string> features;
  if (gpu->has(shuffle))
    features.push_back(rt::subgroupFeature(gpu->device.subgroupSize));
  return NamedBackend{std::make_unique<SpirvBackend>(std::move(*gpu), /*validate=*/true), std::move(features)};
}

} // namespace

std::vector<std::string> splitTargets(StringRef list) {
  SmallVector<StringRef> parts;
  list.split(parts, ',');
  std::vector<std::string> targets;
  for (StringRef part : parts)
    if (targets.empty() || part.contains(':'))
      targets.push_back(part.str());
    else
      targets.back() += "," + part.str();
  return targets;
}

rt::Status checkTarget(StringRef target) {
  auto named = backendFor(target, {});
  return named ? rt::Status() : rt::Status(named.error());
}

rt::Result<rt::ProgramVariant> compileAhead(ModuleOp module, StringRef func, StringRef target, const AheadOptions &options, CompileStats &stats) {
  auto named = backendFor(target, options);
  if (!named)
    return named.error();
  CompileOptions compile = options.compile;
  compile.reuseKernels = false;
  OwningOpRef<ModuleOp> copy = module.clone();
  auto program = Compiler(*named->backend, compile).compile(*copy, func, &stats);
  if (stats.crashed)
    (void)copy.release();
  if (!program)
    return rt::Error{program.error().code, "compiling for " + target.str() + ": " + program.error().message};
  return rt::ProgramVariant{target.str(), std::move(named->features), std::move(*program)};
}

} // namespace mx::codegen
