// Which device a program runs on when the user leaves it to mx.
#pragma once

#include "frontend/eval/Trace.h"
#include "runtime/Device.h"

#include <optional>

namespace mx::graph {

/// What a program asks for.
struct Work {
  double bytes = 0, elementOps = 0, matmulFlops = 0;
};

/// Seconds per unit of work on a device, and of a program that does nothing.
struct Rates {
  double launch = 0, byte = 0, elementOp = 0, matmulFlop = 0;

  double seconds(const Work &w) const {
    return launch + w.bytes * byte + w.elementOps * elementOp + w.matmulFlops * matmulFlop;
  }
};

struct DeviceRates {
  Rates cpu, gpu;
};

/// Estimates by `rates` from now on; null: by measured ones.
void assumeRates(std::optional<DeviceRates> rates);

/// True when all ops name the same device.
bool onOneDevice(std::span<Node *const> ops);
/// The device that `wanted` means for `trace`: itself, or, for Device::automatic, the one that is estimated to finish first.
/// Throws DeviceError when it is not available. The caller holds graphMutex.
rt::Device &deviceFor(const Trace &trace, const Device &wanted);

} // namespace mx::graph
