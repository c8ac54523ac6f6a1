// Each kernel is lowered in a module of its own, so that kernels compile side by side.
#include "codegen/cpu/CpuBackend.h"

#include "codegen/Diagnostics.h"
#include "codegen/KernelHeader.h"
#include "codegen/cpu/CpuPipeline.h"
#include "codegen/cpu/ObjectLinker.h"

#include "mlir/IR/Verifier.h"

using namespace mlir;

namespace mx::codegen {

std::string CpuBackend::passes() const {
  return "mx-lower-kernels{target=" + target.name + (target.lowering.checkIndices ? " check-indices" : "") +
         (target.lowering.math.exact ? " exact" : "") + "},mx-lower-entries,mx-emit-object{target=" + target.name + "}";
}

rt::Result<rt::CompiledKernel> CpuBackend::compile(ir::program::KernelOp kernel, KernelListing *listing, double &externalMs) const {
  Diagnostics diagnostics(kernel.getContext());
  OwningOpRef<ModuleOp> module = ModuleOp::create(kernel.getLoc());
  auto lowered = lowerKernel(kernel, *module, target.lowering);
  if (failed(lowered))
    return diagnostics.error("lowering kernel " + kernel.getSymName().str());
  if (failed(verify(*module)))
    return diagnostics.error("kernel " + kernel.getSymName().str() + " lowers to invalid IR");
  if (listing)
    listing->tiled = textOf(*module);
  if (failed(lowerToLLVM(*module)))
    return diagnostics.error("lowering kernel " + kernel.getSymName().str() + " to LLVM");
  if (listing)
    listing->target = textOf(*module);
  auto code = compileToObject(*module, target, /*listings=*/listing);
  if (!code)
    return code.error();
  externalMs += code->llvmMs;
  std::vector<std::string> names;
  for (const LoweredEntry &entry : lowered->entries)
    names.push_back(entry.name);
  auto loaded = loadObject(std::as_bytes(std::span(code->object.data(), code->object.size())), names);
  if (!loaded)
    return loaded.error();
  if (listing) {
    listing->facts = factsOfAssembly(code->assembly);
    listing->files = {{"ll", std::move(code->llvmIR)},
                      {"s", std::move(code->assembly)},
                      {"o", std::string(code->object.data(), code->object.size())},
                      {"h", kernelHeader(kernel, *lowered)}};
  }
  rt::CompiledKernel result{{}, toSizeExprs(lowered->scalars), lowered->sharedScratchBytes.toSizeExpr(), loaded->code};
  for (auto [entry, fn] : llvm::zip_equal(lowered->entries, loaded->entries))
    result.entries.push_back({{entry.name, fn, nullptr, entry.threadScratchBytes}, entry.units.toSizeExpr(), entry.unitCostNs.toSizeExpr()});
  return result;
}

const CpuBackend &hostBackend(bool exact) {
  static const auto *backends = [] {
    CpuTarget exactly = hostTarget();
    exactly.lowering.math.exact = true;
    return new CpuBackend[2]{CpuBackend(hostTarget()), CpuBackend(exactly)};
  }();
  return backends[exact];
}

} // namespace mx::codegen
