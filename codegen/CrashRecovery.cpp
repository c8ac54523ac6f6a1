// LLVM's crash recovery, whose handlers are the process's: they are there while something compiles, and no longer.
#include "codegen/CrashRecovery.h"

#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

namespace mx::codegen {

static std::mutex mutex;
static int living = 0;
/// Why LLVM gave up on this thread.
static thread_local std::string reason;

// Some of LLVM's fatal errors would end the process by exit, which nothing catches.
static void giveUp(void *, const char *why, bool) {
  reason = why;
  if (!llvm::CrashRecoveryContext::GetCurrent())
    llvm::errs() << "LLVM ERROR: " << why << "\n";
  std::abort();
}

CrashRecovery::CrashRecovery() {
  std::lock_guard lock(mutex);
  if (living++ > 0)
    return;
  llvm::CrashRecoveryContext::Enable();
  llvm::install_fatal_error_handler(giveUp);
}

CrashRecovery::~CrashRecovery() {
  std::lock_guard lock(mutex);
  if (--living > 0)
    return;
  llvm::remove_fatal_error_handler();
  llvm::CrashRecoveryContext::Disable();
}

std::string runSafely(llvm::function_ref<void()> work) {
  llvm::CrashRecoveryContext context;
  if (context.RunSafely(work))
    return "";
  if (!reason.empty())
    return "LLVM gave up (" + std::exchange(reason, "") + ")";
  constexpr int kSignalBase = 128;
  return "it crashed (" + std::string(::strsignal(context.RetCode - kSignalBase)) + ")";
}

} // namespace mx::codegen
