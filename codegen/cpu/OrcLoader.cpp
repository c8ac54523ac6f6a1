// Machine code into memory through LLVM's JIT linker. Each object is its own library, so that dropping a kernel frees it.
#include "codegen/cpu/OrcLoader.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"

#include <atomic>

namespace mx::codegen {
namespace {

using namespace llvm;
using namespace llvm::orc;

class OrcLoader final : public rt::KernelLoader {
public:
  explicit OrcLoader(std::unique_ptr<LLJIT> jit) : jit(std::move(jit)) {}

  rt::Result<rt::LoadedKernel> load(std::span<const std::byte> object, std::span<const std::string> entryNames) override {
    auto fail = [](Error e) { return rt::Error{rt::ErrorCode::internal, "linking a kernel: " + toString(std::move(e))}; };
    // A library of its own per object: names never clash, and dropping it frees the code.
    auto dylib = jit->createJITDylib("kernels" + std::to_string(number++));
    if (!dylib)
      return fail(dylib.takeError());
    auto remove = [this](JITDylib *d) { consumeError(jit->getExecutionSession().removeJITDylib(*d)); };
    std::shared_ptr<JITDylib> owner(&*dylib, remove);
    auto copy = MemoryBuffer::getMemBufferCopy(StringRef(reinterpret_cast<const char *>(object.data()), object.size()), "kernel");
    if (Error e = jit->addObjectFile(*dylib, std::move(copy)))
      return fail(std::move(e));
    rt::LoadedKernel kernel;
    for (const std::string &name : entryNames) {
      auto address = jit->lookup(*dylib, name);
      if (!address)
        return fail(address.takeError());
      kernel.entries.push_back(address->toPtr<mx_kernel>());
    }
    kernel.code = std::move(owner);
    kernel.bytes = object.size();
    return kernel;
  }

private:
  std::unique_ptr<LLJIT> jit;
  std::atomic<uint64_t> number{0};
};

} // namespace

rt::KernelLoader &orcLoader() {
  // Leaked on purpose: kernels may run until the process is gone.
  static OrcLoader *loader = [] {
    auto jit = cantFail(LLJITBuilder().setNumCompileThreads(0).create());
    return new OrcLoader(std::move(jit));
  }();
  return *loader;
}

} // namespace mx::codegen
