// Each kernel is lowered in a module of its own, so that kernels compile side by side; its entries share one SPIR-V module
// unless their shared memory together is too much for one.
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

// Gives each entry a module of its own: shared memory of all entries of a module counts as one against the device's.
static void separateEntries(gpu::GPUModuleOp functions) {
  OpBuilder b(functions->getContext());
  b.setInsertionPointAfter(functions);
  for (auto func : llvm::to_vector(llvm::drop_begin(functions.getOps<gpu::GPUFuncOp>()))) {
    auto own = b.create<gpu::GPUModuleOp>(functions.getLoc(), (func.getName() + "_module").str());
    own->setDiscardableAttrs(functions->getDiscardableAttrDictionary());
    func->moveBefore(own.getBody()->getTerminator());
  }
}

rt::Result<rt::CompiledKernel> SpirvBackend::compile(ir::program::KernelOp kernel, KernelListing *listing, double &externalMs) const {
  Diagnostics diagnostics(kernel.getContext());
  const std::string name = kernel.getSymName().str();
  OwningOpRef<ModuleOp> module = ModuleOp::create(kernel.getLoc());
  gpu::GPUModuleOp functions = createGpuModule(*module, target);
  auto lowered = lowerKernelToGpu(kernel, functions, target);
  if (failed(lowered))
    return diagnostics.error("compiling kernel " + name + " for " + target.name);
  describeEntries(kernel, *lowered, functions, target);
  if (listing)
    for (const GpuEntry &entry : lowered->entries)
      listing->facts.push_back({entry.name, {{"workgroup_size", entry.workgroupSize}, {"shared_bytes", sharedBytes(functions.lookupSymbol(entry.name))}}});
  if (sharedBytes(functions) > target.device.sharedMemoryBytes)
    separateEntries(functions);
  if (listing)
    listing->tiled = textOf(*module);
  if (failed(lowerToSpirv(*module)))
    return diagnostics.error("lowering kernel " + name + " to SPIR-V");
  if (listing)
    listing->target = textOf(*module);
  struct Binary {
    spirv::ModuleOp module;
    std::shared_ptr<const std::vector<uint32_t>> words;
  };
  llvm::StringMap<Binary> binaries; // by entry
  for (auto [number, binary] : llvm::enumerate(module->getOps<spirv::ModuleOp>())) {
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
      const std::string prefix = number == 0 ? "" : std::to_string(number) + ".";
      listing->files.push_back({prefix + "spv", std::string(reinterpret_cast<const char *>(words->data()), words->size() * sizeof(uint32_t))});
      listing->files.push_back({prefix + "spvasm", text ? std::move(*text) : text.error().message});
    }
    auto shared = std::make_shared<const std::vector<uint32_t>>(std::move(*words));
    for (auto entry : binary.getOps<spirv::FuncOp>())
      binaries[entry.getName()] = {binary, shared};
  }

  rt::CompiledKernel result{{}, toSizeExprs(lowered->scalars), lowered->scratchBytes.toSizeExpr(), nullptr};
  const uint32_t inputs = kernel.getBody().getNumArguments();
  for (const GpuEntry &entry : lowered->entries) {
    Binary &binary = binaries[entry.name];
    auto shader = std::make_shared<rt::Shader>();
    shader->words = binary.words;
    shader->entry = entry.name;
    shader->bindings = bindingsOf(binary.module, entry.name);
    shader->firstWritten = inputs;
    shader->byAddress = lowered->byAddress;
    if (lowered->checksIndices)
      shader->faultBinding = binary.module.lookupSymbol<spirv::FuncOp>(entry.name)->getAttrOfType<IntegerAttr>("mxp.buffers").getInt() - 1;
    result.entries.push_back({{entry.name, nullptr, std::move(shader), 0}, entry.workgroups.toSizeExpr(), 0, entry.passes.toSizeExpr(),
                              entry.loopIterations.toSizeExpr()});
  }
  return result;
}

} // namespace mx::codegen
