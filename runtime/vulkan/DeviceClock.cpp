// Clocks of devices drift by some microseconds a second, so moments are taken anew; not for each event, whose order would
// then be at the mercy of how exact a moment is.
#include "runtime/vulkan/DeviceClock.h"

#include "runtime/base/Trace.h"

namespace mx::rt::vulkan {
namespace {

constexpr int64_t kRecentNs = 1'000'000'000;

} // namespace

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
