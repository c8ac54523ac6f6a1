// Hand-written kernels that reach a limit of the machine: FMA units, DRAM read, copy and add with non-temporal stores.
// What mx's rows are compared with.
#pragma once

#include <cstddef>

namespace mx::bench {

/// The vector unit the kernels below use: "avx512", "avx2" or "sse2", chosen at run time.
const char *vectorUnit();

/// Runs `iterations` rounds of independent f32 fused multiply-adds in registers (multiplies and adds under sse2);
/// returns the number of floating-point operations done.
double fmaLoop(long iterations);

/// Sums `count` floats; the sum is returned so that the reads are not removed. `count` is a multiple of 256.
float readSum(const float *data, size_t count);

/// out = a, with non-temporal stores. Pointers are 64-byte aligned, `count` is a multiple of 64.
void streamCopy(float *out, const float *a, size_t count);

/// out = a + b, with non-temporal stores; the same demands.
void streamAdd(float *out, const float *a, const float *b, size_t count);

} // namespace mx::bench
