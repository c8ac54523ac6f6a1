// Finding the Vulkan device to use, and saying why there is none. Every failure is a reason in words; the processor
// goes on.
#pragma once

#include "runtime/Device.h"
#include "runtime/vulkan/Options.h"

namespace mx::rt::vulkan {

struct Discovery {
  /// Null when there is none.
  std::unique_ptr<Device> device;
  /// What was found.
  std::vector<GpuReport> reports;
  /// Why there is no device; empty when there is one.
  std::string reason;
};

/// Looks for devices and opens the one that MX_VK_DEVICE names, or the best. Never fails.
Discovery discover(const Options &options = {});

} // namespace mx::rt::vulkan
