// What there is to tell about the host's processor.
#include "runtime/cpu/CpuDevice.h"

#include "runtime/ThreadPool.h"
#include "runtime/base/HostInfo.h"

#include <sys/utsname.h>

namespace mx::rt {

std::vector<std::pair<std::string, std::string>> CpuDevice::info() const {
  utsname system{};
  std::string architecture = uname(&system) == 0 ? system.machine : "unknown";
  return {{"device_name", name()},
          {"architecture", architecture},
          {"threads", std::to_string(ThreadPool::instance().numThreads())},
          {"memory_size", std::to_string(usableMemoryBytes())}};
}

} // namespace mx::rt
