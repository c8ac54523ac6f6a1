// Reads the affinity mask and the cgroup files. A container's quota counts: a pool as wide as the host's
// cores would be throttled.
#include "runtime/base/HostInfo.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sched.h>
#include <string>
#include <unistd.h>

namespace mx::rt {
namespace {

/// The first two words of a file, empty where it has none.
std::pair<std::string, std::string> readWords(const char *path) {
  std::pair<std::string, std::string> words;
  std::ifstream(path) >> words.first >> words.second;
  return words;
}

/// Digits to a number; 0 for anything else ("max", an empty file).
uint64_t toNumber(const std::string &text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    return 0;
  return std::stoull(text);
}

} // namespace

int usableCores() {
  cpu_set_t set;
  int cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set)
                                                          : static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  auto [quota, period] = readWords("/sys/fs/cgroup/cpu.max");
  uint64_t quotaUs = toNumber(quota), periodUs = toNumber(period);
  if (quotaUs && periodUs)
    cores = std::min(cores, static_cast<int>(std::min<uint64_t>((quotaUs + periodUs - 1) / periodUs, 1 << 16)));
  return std::max(cores, 1);
}

size_t usableMemoryBytes() {
  size_t bytes = static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGE_SIZE));
  for (const char *path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
    if (uint64_t limit = toNumber(readWords(path).first))
      bytes = std::min<size_t>(bytes, limit);
  return bytes;
}

} // namespace mx::rt
