// The limits of a machine: what floors under times are made of.
#pragma once

#include "tools/inspect/ProgramDump.h"

namespace mx::inspect {

/// Gigabytes and billions of float32 operations a second, all threads together.
struct Machine {
  double memoryGBs = 0, cacheGBs = 0, peakGFlops = 0;
  /// Data of up to so many bytes may stay in caches between kernels.
  int64_t cacheBytes = 0;
  /// False where somebody gave the numbers.
  bool measured = true;
};

/// Measures this machine, which takes half a second.
Machine measureMachine();

json toJson(const Machine &machine);
std::optional<Machine> machineFrom(const json &value);

/// The machine that the programs of `root` ran on, taken to be this one: `machine.json` there, or measured and kept there
/// where the folder can be written.
Machine machineOf(const std::string &root);

/// The least time a kernel can take: the larger of moving its bytes and computing. What fits the caches may come from them.
double floorNs(const Machine &machine, int64_t bytes, int64_t flops);

} // namespace mx::inspect
