// The interface every target implements, and the registry of those present. Small on purpose: memory, running a
// program, waiting, and what there is to tell about the device.
#pragma once

#include "runtime/Allocator.h"
#include "runtime/Executor.h"
#include "runtime/GpuProperties.h"
#include "runtime/Run.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mx::rt {

/// What sort of hardware a device is.
enum class DeviceKind : uint8_t {
  cpu,
  gpu,
  null, ///< accepts everything, runs nothing: for tests of what lies above
};

/// One target of programs. Thread-safe.
class Device {
public:
  virtual ~Device() = default;
  /// Never changes.
  virtual DeviceKind kind() const = 0;
  /// What users see, such as "cpu".
  virtual std::string name() const = 0;
  /// Facts in words: architecture, threads, memory.
  virtual std::vector<std::pair<std::string, std::string>> info() const = 0;
  /// What shaders can count on; null for a device that runs machine code.
  virtual const GpuProperties *gpu() const { return nullptr; }
  /// Memory that this device and the host see at one address.
  virtual Allocator &allocator() = 0;
  /// Runs a program to completion; the contract is that of rt::run.
  virtual Status run(const CompiledProgram &program, const RunArgs &args) = 0;
  /// Starts a program that reads what the runs `after` write, and returns when all outputs have buffers. What is left to
  /// wait for, if anything, is the run that comes back, before which the host may not touch the outputs; `program` and the
  /// inputs outlive it. A failure is that of rt::run or of a run in `after`.
  virtual Result<RunPtr> start(const CompiledProgram &program, const RunArgs &args, std::span<const RunPtr> after);
  /// Waits for all work the device still has.
  virtual Status synchronize() = 0;
};

/// A gpu that was found, whether it is the one that is used, and why.
struct GpuReport {
  std::string name;
  bool chosen = false;
  std::string reason;
};

/// The n-th device of a kind, null when there is none. cpu and null are always there; a gpu is looked for at the first
/// question for one.
Device *findDevice(DeviceKind kind, int index = 0);
/// How many devices of a kind there are.
int countDevices(DeviceKind kind);
/// All gpus that were found.
std::vector<GpuReport> gpuReports();
/// Why there is no gpu; empty when there is one.
std::string gpuReason();
/// Adds a device, which then lives as long as the process.
Device &registerDevice(std::unique_ptr<Device> device);

} // namespace mx::rt
