// A crash of the compiler as a value: what runs below runSafely and ends in a signal comes back as a number. What it held
// stays as it was, locks and half-made IR: nothing of it is to be touched again, only left.
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>

namespace mx::codegen {

/// While one lives, runSafely catches signals; on threads that run nothing safely they do what they did before. Cheap.
class CrashRecovery {
public:
  CrashRecovery();
  ~CrashRecovery();
  CrashRecovery(const CrashRecovery &) = delete;
  CrashRecovery &operator=(const CrashRecovery &) = delete;
};

/// Runs `work` on this thread. Empty when it returned, else what ended it: `it crashed (Segmentation fault)`.
std::string runSafely(llvm::function_ref<void()> work);

} // namespace mx::codegen
