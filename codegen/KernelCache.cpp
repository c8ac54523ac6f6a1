// Keys on disk are SHA-256: the content of a file is code, and a text that collides with another's must not be found.
#include "codegen/KernelCache.h"

#include "codegen/BuildId.h"
#include "runtime/CompiledKernel.h"
#include "runtime/DiskCache.h"
#include "runtime/base/RecentMap.h"

#include "llvm/Support/SHA256.h"

namespace mx::codegen {
namespace {

constexpr size_t kMostKernels = 8192;

rt::RecentMap<KernelPtr> &inMemory() {
  static auto *kernels = new rt::RecentMap<KernelPtr>(kMostKernels);
  return *kernels;
}

rt::Hash128 keyOf(const std::string &identity) { return rt::hashBytes(identity.data(), identity.size()); }

rt::CacheKey diskKeyOf(const std::string &identity) {
  llvm::SHA256 sha;
  sha.update(buildId());
  sha.update(identity);
  const std::array<uint8_t, 32> digest = sha.final();
  rt::CacheKey key;
  std::memcpy(key.data(), digest.data(), key.size());
  return key;
}

} // namespace

std::string identityOf(ir::program::KernelOp kernel, const Backend &backend) {
  std::string text;
  llvm::raw_string_ostream os(text);
  mlir::StringAttr symbol = kernel.getSymNameAttr();
  kernel.setSymName("");
  kernel->print(os, mlir::OpPrintingFlags().useLocalScope().assumeVerified());
  kernel.setSymNameAttr(symbol);
  return text + backend.key();
}

KernelPtr findKernel(const std::string &identity) { return inMemory().find(keyOf(identity)); }
void keepKernel(const std::string &identity, KernelPtr kernel) { inMemory().insert(keyOf(identity), std::move(kernel)); }

KernelPtr loadKernel(const std::string &identity) {
  rt::DiskCache &cache = rt::DiskCache::instance();
  if (!cache.enabled() || buildId().empty())
    return nullptr;
  const rt::CacheKey key = diskKeyOf(identity);
  auto bytes = cache.load(rt::CacheKind::Kernel, key);
  if (!bytes)
    return nullptr;
  auto kernel = rt::deserializeKernel(*bytes);
  if (kernel)
    return std::make_shared<const rt::CompiledKernel>(std::move(*kernel));
  cache.reject(rt::CacheKind::Kernel, key);
  return nullptr;
}

void storeKernel(const std::string &identity, const rt::CompiledKernel &kernel) {
  rt::DiskCache &cache = rt::DiskCache::instance();
  if (cache.enabled() && !buildId().empty())
    cache.store(rt::CacheKind::Kernel, diskKeyOf(identity), rt::serializeKernel(kernel));
}

} // namespace mx::codegen
