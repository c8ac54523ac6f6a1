// The kernels of Roofline.h, once per vector unit through the compiler's vector types, so that one text gives the
// AVX-512, AVX2 and SSE2 versions. Each is told its unit by a target attribute and picked at run time.
#include "benchmarks/Roofline.h"

#include <cstring>
#include <immintrin.h>

using namespace mx::bench;

namespace {

enum class Unit { Avx512, Avx2, Sse2 };

Unit unit() {
  static const Unit found = __builtin_cpu_supports("avx512f")                                 ? Unit::Avx512
                            : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? Unit::Avx2
                                                                                              : Unit::Sse2;
  return found;
}

// Twelve chains cover four cycles of latency on two (three) units and leave registers for the operands.
constexpr int numChains = 12;

#define MX_ROOFLINE(SUFFIX, TARGET, VECTOR, SET1, ZERO, ADD, FMA, LOAD, STREAM)                                       \
  __attribute__((target(TARGET))) double fmaLoop##SUFFIX(long iterations) {                                           \
    VECTOR chain[numChains], a = SET1(0.999f), b = SET1(0.001f);                                                      \
    for (int i = 0; i < numChains; ++i)                                                                               \
      chain[i] = SET1(float(i));                                                                                      \
    for (long n = 0; n < iterations; ++n) {                                                                           \
      for (int i = 0; i < numChains; ++i) {                                                                            \
        chain[i] = FMA(chain[i], a, b);                                                                               \
        asm volatile("" : "+v"(chain[i]));                                                                            \
      }                                                                                                               \
    }                                                                                                                 \
    return 2.0 * double(iterations) * numChains * sizeof(VECTOR) / sizeof(float);                                     \
  }                                                                                                                   \
  __attribute__((target(TARGET))) float readSum##SUFFIX(const float *data, size_t count) {                            \
    constexpr size_t lanes = sizeof(VECTOR) / sizeof(float);                                                          \
    VECTOR sum[4] = {ZERO(), ZERO(), ZERO(), ZERO()};                                                                 \
    for (size_t i = 0; i < count; i += 4 * lanes)                                                                     \
      for (size_t j = 0; j < 4; ++j)                                                                                  \
        sum[j] = ADD(sum[j], LOAD(data + i + j * lanes));                                                             \
    VECTOR total = ADD(ADD(sum[0], sum[1]), ADD(sum[2], sum[3]));                                                     \
    float first;                                                                                                      \
    std::memcpy(&first, &total, sizeof(first));                                                                       \
    return first;                                                                                                     \
  }                                                                                                                   \
  __attribute__((target(TARGET))) void streamCopy##SUFFIX(float *out, const float *a, size_t count) {                 \
    constexpr size_t lanes = sizeof(VECTOR) / sizeof(float);                                                          \
    for (size_t i = 0; i < count; i += 4 * lanes)                                                                     \
      for (size_t j = 0; j < 4; ++j)                                                                                  \
        STREAM(out + i + j * lanes, LOAD(a + i + j * lanes));                                                         \
    _mm_sfence();                                                                                                     \
  }                                                                                                                   \
  __attribute__((target(TARGET))) void streamAdd##SUFFIX(float *out, const float *a, const float *b, size_t count) {  \
    constexpr size_t lanes = sizeof(VECTOR) / sizeof(float);                                                          \
    for (size_t i = 0; i < count; i += 4 * lanes)                                                                     \
      for (size_t j = 0; j < 4; ++j)                                                                                  \
        STREAM(out + i + j * lanes, ADD(LOAD(a + i + j * lanes), LOAD(b + i + j * lanes)));                           \
    _mm_sfence();                                                                                                     \
  }

#define MX_MULTIPLY_ADD_SSE2(A, B, C) _mm_add_ps(_mm_mul_ps(A, B), C)
MX_ROOFLINE(Avx512, "avx512f", __m512, _mm512_set1_ps, _mm512_setzero_ps, _mm512_add_ps, _mm512_fmadd_ps,
            _mm512_load_ps, _mm512_stream_ps)
MX_ROOFLINE(Avx2, "avx2,fma", __m256, _mm256_set1_ps, _mm256_setzero_ps, _mm256_add_ps, _mm256_fmadd_ps,
            _mm256_load_ps, _mm256_stream_ps)
MX_ROOFLINE(Sse2, "sse2", __m128, _mm_set1_ps, _mm_setzero_ps, _mm_add_ps, MX_MULTIPLY_ADD_SSE2, _mm_load_ps,
            _mm_stream_ps)
#undef MX_ROOFLINE
#undef MX_MULTIPLY_ADD_SSE2

} // namespace

#define MX_DISPATCH(NAME, ...)                                                                                        \
  switch (unit()) {                                                                                                   \
  case Unit::Avx512:                                                                                                  \
    return NAME##Avx512(__VA_ARGS__);                                                                                 \
  case Unit::Avx2:                                                                                                    \
    return NAME##Avx2(__VA_ARGS__);                                                                                   \
  case Unit::Sse2:                                                                                                    \
    break;                                                                                                            \
  }                                                                                                                   \
  return NAME##Sse2(__VA_ARGS__)

const char *mx::bench::vectorUnit() {
  switch (unit()) {
  case Unit::Avx512:
    return "avx512";
  case Unit::Avx2:
    return "avx2";
  case Unit::Sse2:
    break;
  }
  return "sse2";
}

double mx::bench::fmaLoop(long iterations) { MX_DISPATCH(fmaLoop, iterations); }
float mx::bench::readSum(const float *data, size_t count) { MX_DISPATCH(readSum, data, count); }
void mx::bench::streamCopy(float *out, const float *a, size_t count) { MX_DISPATCH(streamCopy, out, a, count); }
void mx::bench::streamAdd(float *out, const float *a, const float *b, size_t count) {
  MX_DISPATCH(streamAdd, out, a, b, count);
}
