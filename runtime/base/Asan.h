// Forbidding memory under AddressSanitizer; nothing in other builds.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define MX_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MX_ASAN 1
#endif
#endif
#ifdef MX_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace mx::rt {

/// Accesses are reported from here on.
inline void asanPoison([[maybe_unused]] const void *memory, [[maybe_unused]] size_t bytes) {
#ifdef MX_ASAN
  ASAN_POISON_MEMORY_REGION(memory, bytes);
#endif
}
/// Accesses are allowed again.
inline void asanUnpoison([[maybe_unused]] const void *memory, [[maybe_unused]] size_t bytes) {
#ifdef MX_ASAN
  ASAN_UNPOISON_MEMORY_REGION(memory, bytes);
#endif
}

} // namespace mx::rt
