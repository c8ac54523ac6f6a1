// What a device's arithmetic does beyond what Vulkan promises, found by trying.
#pragma once

#include "runtime/Device.h"

namespace mx::rt::vulkan {

/// Runs a shader on numbers where a wrong rounding shows, and fills in the last part of `properties`. Fails when the
/// device does.
Status probeArithmetic(Device &device, GpuProperties &properties);

} // namespace mx::rt::vulkan
