// Targets by name, and the host's own from cpuid. A cache size that the system does not tell is taken for a common one.
#include "codegen/cpu/CpuTarget.h"

#include "runtime/ThreadPool.h"
#include "runtime/base/Env.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

#include <unistd.h>

namespace mx::codegen {

static int64_t cacheBytes(int name, int64_t fallback) {
  long bytes = ::sysconf(name);
  return bytes > 0 ? bytes : fallback;
}

std::string CpuTarget::key() const {
  // Schedules look at what features do not tell.
  const MatmulTarget &m = lowering.matmul;
  std::string text = triple + "/" + cpu + "/" + features + (lowering.checkIndices ? "/checked" : "") + (lowering.math.exact ? "/exact" : "");
  for (int64_t fact : {m.l1Bytes, m.l2Bytes, int64_t(m.threads), lowering.nontemporalBytes})
    text += "/" + std::to_string(fact);
  return text;
}

std::optional<CpuTarget> cpuTarget(llvm::StringRef name) {
  CpuTarget t;
  t.name = name.str();
  t.triple = "x86_64-unknown-linux-gnu";
  const llvm::StringRef v3 = "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt,+cx16,+sse4.2";
  bool avx2 = false, avx512 = false;
  if (name == "native") {
    t.cpu = llvm::sys::getHostCPUName().str();
    auto host = llvm::sys::getHostCPUFeatures();
    // Sorted, so that equal machines have equal keys.
    std::map<std::string, bool> sorted;
    for (auto &f : host)
      sorted[f.getKey().str()] = f.getValue();
    for (auto &[feature, on] : sorted)
      t.features += (t.features.empty() ? "" : ",") + std::string(on ? "+" : "-") + feature;
    avx512 = host.lookup("avx512f") && host.lookup("avx512bw") && host.lookup("avx512vl") && host.lookup("avx512dq");
    avx2 = host.lookup("avx2") && host.lookup("fma");
    t.lowering.math.f16c = host.lookup("f16c");
    t.lowering.math.rounding = host.lookup("sse4.1");
  } else if (name == "x86-64" || name == "baseline") {
    t.cpu = "x86-64";
    t.lowering.math.f16c = t.lowering.math.rounding = false;
  } else if (name == "x86-64-v3" || name == "avx2") {
    t.cpu = "x86-64-v3";
    t.features = v3.str();
    avx2 = true;
  } else if (name == "x86-64-v4" || name == "avx512") {
    t.cpu = "x86-64-v4";
    t.features = v3.str() + ",+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl";
    avx2 = avx512 = true;
  } else {
    return std::nullopt;
  }
  t.lowering.math.fma = avx2;
  t.lowering.matmul = {avx512 ? 32 : 16, avx512 ? 512 : avx2 ? 256 : 128, cacheBytes(_SC_LEVEL1_DCACHE_SIZE, 32 << 10),
                       cacheBytes(_SC_LEVEL2_CACHE_SIZE, 1 << 20), rt::ThreadPool::instance().numThreads(), avx2};
  return t;
}

const CpuTarget &hostTarget() {
  static const CpuTarget *target = [] {
    auto named = cpuTarget(rt::envString(rt::EnvVar::Cpu).value_or("native"));
    auto *target = new CpuTarget(named ? *named : *cpuTarget("native"));
    target->lowering.checkIndices = rt::envFlag(rt::EnvVar::Check);
    return target;
  }();
  return *target;
}

} // namespace mx::codegen
