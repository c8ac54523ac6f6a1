// Clocks of devices drift by some microseconds a second, so moments are taken anew; not for each event, whose order would
// then be at the mercy of how exact a moment is.
#include "runtime/vulkan/DeviceClock.h"

#include "runtime/base/Trace.h"

#include <cmath>

namespace mx::rt::vulkan {
namespace {

constexpr int64_t kRecentNs = 1'000'000'000;

} // namespace

int64_t DeviceClock::between(uint64_t begin, uint64_t end) const {
  // Ticks wrap around at the number of bits that count.
  const uint64_t ticks = (end - begin) << (64 - gpu.physical.timestampBits) >> (64 - gpu.physical.timestampBits);
  return std::llround(static_cast<double>(ticks) * gpu.physical.tickNs);
}

int64_t DeviceClock::onHost(uint64_t ticks, Moment moment) const {
  const uint32_t unused = 64 - gpu.physical.timestampBits;
  const int64_t since = static_cast<int64_t>((ticks - moment.ticks) << unused) >> unused;
  return moment.hostNs + std::llround(static_cast<double>(since) * gpu.physical.tickNs);
}

DeviceClock::Moment DeviceClock::moment() {
  std::lock_guard guard(mutex);
  if (!gpu.physical.calibratedTimestamps || (latest.hostNs && traceClock() - latest.hostNs < kRecentNs))
    return latest;
  VkCalibratedTimestampInfoEXT infos[] = {
      structure<VkCalibratedTimestampInfoEXT>(VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_EXT),
      structure<VkCalibratedTimestampInfoEXT>(VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_EXT)};
  infos[0].timeDomain = VK_TIME_DOMAIN_DEVICE_EXT;
  infos[1].timeDomain = VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT;
  uint64_t shown[2], deviation;
  if (gpu.vk.GetCalibratedTimestampsEXT(gpu.device, 2, infos, shown, &deviation) == VK_SUCCESS)
    latest = {shown[0], static_cast<int64_t>(shown[1])};
  return latest;
}

void DeviceClock::set(Moment moment) {
  std::lock_guard guard(mutex);
  latest = moment;
}

} // namespace mx::rt::vulkan
