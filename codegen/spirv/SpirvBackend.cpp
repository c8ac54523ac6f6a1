// Each kernel is lowered in a module of its own, so that kernels compile side by side; its entries share one SPIR-V module.
#include "codegen/spirv/SpirvBackend.h"

#include "codegen/Diagnostics.h"
#include "codegen/spirv/SpirvPipeline.h"
#include "codegen/spirv/SpirvText.h"

#include <chrono>

using namespace mlir;

namespace mx::codegen {

// The bindings that an entry is left with once unused operands are gone.
static std::vector<uint32_t> bindingsOf(spirv::ModuleOp module, StringRef entry) {
  std::vector<uint32_t> bindings;
  module.lookupSymbol<spirv::FuncOp>(entry).walk([&](spirv::AddressOfOp address) {
    if (auto binding = module.lookupSymbol<spirv::GlobalVariableOp>(address.getVariable()).getBinding())
      bindings.push_back(*binding);
  });
  llvm::sort(bindings);
  bindings.erase(llvm::unique(bindings), bindings.end());
  return bindings;
}

rt::Result<CompiledKernel> SpirvBackend::compile(ir::program::KernelOp kernel, KernelListing *listing, double &externalMs) const {
  Diagnostics diagnostics(kernel.getContext());
  const std::string name = kernel.getSymName().str();
  OwningOpRef<ModuleOp> module = ModuleOp::create(kernel.getLoc());
  gpu::GPUModuleOp functions = createGpuModule(*module, target);
  auto lowered = lowerKernelToGpu(kernel, functions, target);
  if (failed(lowered))
    return diagnostics.error("compiling kernel " + name + " for " + target.name, rt::ErrorCode::invalidArgument);
  describeEntries(kernel, *lowered, functions, target);
  if (listing)
    listing->tiled = textOf(*module);
  if (failed(lowerToSpirv(*module)))
    return diagnostics.error("lowering kernel " + name + " to SPIR-V");
  if (listing)
    listing->target = textOf(*module);
  spirv::ModuleOp binary = *module->getOps<spirv::ModuleOp>().begin();
  auto words = serializeSpirv(binary);
  if (!words)
    return words.error();
  if (validate) {
    const auto start = std::chrono::steady_clock::now();
    if (rt::Status valid = validateSpirv(*words); !valid)
      return rt::Error{rt::ErrorCode::internal, "kernel " + name + ": " + valid.error().message};
    externalMs += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  }
  if (listing) {
    auto text = disassembleSpirv(*words);
    listing->files = {{"spv", std::string(reinterpret_cast<const char *>(words->data()), words->size() * sizeof(uint32_t))},
                      {"spvasm", text ? std::move(*text) : text.error().message}};
  }

  CompiledKernel result{{}, std::move(lowered->scalars), lowered->scratchBytes, nullptr};
  auto shared = std::make_shared<const std::vector<uint32_t>>(std::move(*words));
  const uint32_t inputs = kernel.getBody().getNumArguments();
  for (const GpuEntry &entry : lowered->entries) {
    auto shader = std::make_shared<rt::Shader>();
    shader->words = shared;
    shader->entry = entry.name;
    shader->bindings = bindingsOf(binary, entry.name);
    shader->firstWritten = inputs;
    shader->byAddress = lowered->byAddress;
    if (lowered->checksIndices)
      shader->faultBinding = binary.lookupSymbol<spirv::FuncOp>(entry.name)->getAttrOfType<IntegerAttr>("mxp.buffers").getInt() - 1;
    result.entries.push_back({{entry.name, nullptr, std::move(shader), 0}, entry.workgroups, 0, entry.passes, entry.loopIterations});
  }
  return result;
}

} // namespace mx::codegen
