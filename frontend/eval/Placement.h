// Which device a program runs on when the user leaves it to mx.
#pragma once

#include "frontend/eval/Trace.h"
#include "runtime/Device.h"

namespace mx::graph {

/// True when all ops name the same device.
bool onOneDevice(std::span<Node *const> ops);
/// The device that `wanted` means for `trace`: itself, or, for Device::automatic, the one that is estimated to finish first.
/// Throws DeviceError when it is not available. The caller holds graphMutex.
rt::Device &deviceFor(const Trace &trace, const Device &wanted);

} // namespace mx::graph
