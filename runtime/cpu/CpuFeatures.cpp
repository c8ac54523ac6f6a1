// cpuid. A vector extension counts only if the system saves its registers: the processor alone does not tell.
#include "runtime/cpu/CpuFeatures.h"

#include <algorithm>
#include <array>
#include <cpuid.h>
#include <cstdint>

namespace mx::rt {
namespace {

/// A register of a leaf of cpuid.
struct Word {
  uint32_t leaf, subleaf;
  /// 0 to 3 for eax, ebx, ecx, edx.
  int reg;
};
constexpr Word kWords[] = {{1, 0, 2}, {7, 0, 1}, {7, 0, 2}, {7, 0, 3}, {7, 1, 0}, {7, 1, 3}, {0x80000001, 0, 2}};

/// Registers that the system has to save: bits of XCR0.
enum State : uint64_t { General = 0, Ymm = 0x6, Zmm = 0xe6, Apx = 0x80000 };

struct Feature {
  std::string_view name;
  int word, bit;
  State state = General;
};
constexpr Feature kFeatures[] = {
    {"sse3", 0, 0},
    {"pclmul", 0, 1},
    {"ssse3", 0, 9},
    {"fma", 0, 12, Ymm},
    {"cx16", 0, 13},
    {"sse4.1", 0, 19},
    {"sse4.2", 0, 20},
    {"crc32", 0, 20},
    {"movbe", 0, 22},
    {"popcnt", 0, 23},
    {"aes", 0, 25},
    {"avx", 0, 28, Ymm},
    {"f16c", 0, 29, Ymm},
    {"bmi", 1, 3},
    {"avx2", 1, 5, Ymm},
    {"bmi2", 1, 8},
    {"avx512f", 1, 16, Zmm},
    {"avx512dq", 1, 17, Zmm},
    {"adx", 1, 19},
    {"avx512ifma", 1, 21, Zmm},
    {"avx512cd", 1, 28, Zmm},
    {"sha", 1, 29},
    {"avx512bw", 1, 30, Zmm},
    {"avx512vl", 1, 31, Zmm},
    {"avx512vbmi", 2, 1, Zmm},
    {"avx512vbmi2", 2, 6, Zmm},
    {"gfni", 2, 8},
    {"vaes", 2, 9, Ymm},
    {"vpclmulqdq", 2, 10, Ymm},
    {"avx512vnni", 2, 11, Zmm},
    {"avx512bitalg", 2, 12, Zmm},
    {"avx512vpopcntdq", 2, 14, Zmm},
    {"avx512vp2intersect", 3, 8, Zmm},
    {"avx512fp16", 3, 23, Zmm},
    {"avxvnni", 4, 4, Ymm},
    {"avx512bf16", 4, 5, Zmm},
    {"avxifma", 4, 23, Ymm},
    {"avxvnniint8", 5, 4, Ymm},
    {"avxneconvert", 5, 5, Ymm},
    {"avxvnniint16", 5, 10, Ymm},
    {"avx10.1-256", 5, 19, Zmm},
    {"avx10.1-512", 5, 19, Zmm},
    {"egpr", 5, 21, Apx},
    {"push2pop2", 5, 21, Apx},
    {"ppx", 5, 21, Apx},
    {"ndd", 5, 21, Apx},
    {"ccmp", 5, 21, Apx},
    {"nf", 5, 21, Apx},
    {"cf", 5, 21, Apx},
    {"sahf", 6, 0},
    {"lzcnt", 6, 5},
    {"sse4a", 6, 6},
    {"prfchw", 6, 8},
    {"xop", 6, 11, Ymm},
    {"fma4", 6, 16, Ymm},
    {"tbm", 6, 21},
};

uint64_t savedState() {
  uint32_t a, b, c, d;
  constexpr uint32_t kOsxsave = 1 << 27;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & kOsxsave))
    return 0;
  __asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
  return uint64_t(d) << 32 | a;
}

std::vector<std::string> detect() {
  std::array<uint32_t, std::size(kWords)> words{};
  for (size_t i = 0; i < words.size(); ++i) {
    uint32_t regs[4] = {};
    if (__get_cpuid_count(kWords[i].leaf, kWords[i].subleaf, &regs[0], &regs[1], &regs[2], &regs[3]))
      words[i] = regs[kWords[i].reg];
  }
  const uint64_t state = savedState();
  std::vector<std::string> found;
  for (const Feature &f : kFeatures)
    if ((words[f.word] >> f.bit & 1) && (state & f.state) == f.state)
      found.emplace_back(f.name);
  return found;
}

} // namespace

bool isCpuFeature(std::string_view name) {
  return std::any_of(std::begin(kFeatures), std::end(kFeatures), [&](const Feature &f) { return f.name == name; });
}

const std::vector<std::string> &cpuFeatures() {
  static const auto *features = new std::vector<std::string>(detect());
  return *features;
}

std::vector<std::string> missingCpuFeatures(std::span<const std::string> needed) {
  const std::vector<std::string> &here = cpuFeatures();
  std::vector<std::string> missing;
  std::copy_if(needed.begin(), needed.end(), std::back_inserter(missing),
               [&](const std::string &name) { return std::find(here.begin(), here.end(), name) == here.end(); });
  return missing;
}

} // namespace mx::rt
