// What a SPIR-V module asks of a device, read from the module itself: the answer is there whoever made it.
#pragma once

#include "runtime/GpuProperties.h"

#include <cstdint>
#include <span>
#include <string>

namespace mx::rt {

/// What keeps a module from running on the device, such as "Float64" or "workgroups of 512 invocations"; empty when nothing
/// does.
std::string missingFor(std::span<const uint32_t> module, const GpuProperties &device);

/// What a target is said to need when its modules shuffle: code that does is made for subgroups of one size.
std::string subgroupFeature(int64_t size);

} // namespace mx::rt
