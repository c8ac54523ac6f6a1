// The floating-point environment kernels are compiled for: round to nearest, subnormals kept, no traps.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#include <cfenv>
#endif

namespace mx::rt {

/// Sets the environment and restores the caller's, status flags included. A few nanoseconds.
class KernelFpEnvironment {
public:
  KernelFpEnvironment(const KernelFpEnvironment &) = delete;
  KernelFpEnvironment &operator=(const KernelFpEnvironment &) = delete;

#if defined(__x86_64__)
  KernelFpEnvironment() : saved(_mm_getcsr()) {
    if (saved != kDefault)
      _mm_setcsr(kDefault);
  }
  ~KernelFpEnvironment() { _mm_setcsr(saved); }

private:
  /// All exceptions masked, round to nearest, neither flush-to-zero nor denormals-are-zero.
  static constexpr uint32_t kDefault = 0x1f80;
  uint32_t saved;
#elif defined(__aarch64__)
  KernelFpEnvironment() {
    asm volatile("mrs %0, fpcr" : "=r"(saved));
    asm volatile("msr fpcr, %0" : : "r"(uint64_t(0)));
  }
  ~KernelFpEnvironment() { asm volatile("msr fpcr, %0" : : "r"(saved)); }

private:
  uint64_t saved;
#else
  KernelFpEnvironment() { std::feholdexcept(&saved), std::fesetround(FE_TONEAREST); }
  ~KernelFpEnvironment() { std::fesetenv(&saved); }

private:
  std::fenv_t saved;
#endif
};

} // namespace mx::rt
