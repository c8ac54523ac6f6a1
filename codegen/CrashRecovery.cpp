// LLVM's crash recovery, whose handlers are the process's: they are there while something compiles, and no longer.
#include "codegen/CrashRecovery.h"

#include "llvm/Support/CrashRecoveryContext.h"

#include <cstring>
#include <mutex>

namespace mx::codegen {

static std::mutex mutex;
static int living = 0;

CrashRecovery::CrashRecovery() {
  std::lock_guard lock(mutex);
  if (living++ == 0)
    llvm::CrashRecoveryContext::Enable();
}

CrashRecovery::~CrashRecovery() {
  std::lock_guard lock(mutex);
  if (--living == 0)
    llvm::CrashRecoveryContext::Disable();
}

std::string runSafely(llvm::function_ref<void()> work) {
  llvm::CrashRecoveryContext context;
  if (context.RunSafely(work))
    return "";
  constexpr int kSignalBase = 128;
  return "it crashed (" + std::string(::strsignal(context.RetCode - kSignalBase)) + ")";
}

} // namespace mx::codegen
