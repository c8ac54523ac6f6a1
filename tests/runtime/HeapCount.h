// Counts what a call takes from the heap of the calling thread. Replaces the operators new and delete of an executable: for one
// of its sources to include. ThreadSanitizer's runtime has operators of its own, and there nothing is counted.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <new>

namespace {
thread_local uint64_t newCalls = 0;
} // namespace

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if !defined(__SANITIZE_THREAD__) && !__has_feature(thread_sanitizer)
void *operator new(size_t bytes) {
  ++newCalls;
  if (void *p = std::malloc(bytes))
    return p;
  throw std::bad_alloc();
}
void *operator new(size_t bytes, const std::nothrow_t &) noexcept {
  ++newCalls;
  return std::malloc(bytes);
}
void operator delete(void *p) noexcept { std::free(p); }
void operator delete(void *p, size_t) noexcept { std::free(p); }
#endif
