// The registry. Devices are leaked on purpose: buffers and streams in static objects may outlive it.
#include "runtime/Device.h"

#include "runtime/cpu/CpuDevice.h"
#include "runtime/null/NullDevice.h"
#include "runtime/vulkan/Discovery.h"

#include <algorithm>
#include <mutex>

namespace mx::rt {
namespace {

struct Registry {
  std::mutex mutex;
  std::vector<Device *> devices{new CpuDevice, new NullDevice};
};

Registry &registry() {
  static Registry *r = new Registry;
  return *r;
}

/// Looks for gpus once, and registers the one there is.
const vulkan::Discovery &gpus() {
  static const auto *found = [] {
    auto *d = new vulkan::Discovery(vulkan::discover());
    if (d->device)
      registerDevice(std::move(d->device));
    return d;
  }();
  return *found;
}

} // namespace

Result<RunPtr> Device::start(const CompiledProgram &program, const RunArgs &args, std::span<const RunPtr> after) {
  for (const RunPtr &earlier : after)
    if (Status s = earlier->wait(); !s)
      return s.error();
  if (Status s = run(program, args); !s)
    return s.error();
  return RunPtr();
}

Device *findDevice(DeviceKind kind, int index) {
  if (kind == DeviceKind::gpu)
    gpus();
  Registry &r = registry();
  std::lock_guard lock(r.mutex);
  for (Device *d : r.devices)
    if (d->kind() == kind && index-- == 0)
      return d;
  return nullptr;
}

int countDevices(DeviceKind kind) {
  if (kind == DeviceKind::gpu)
    gpus();
  Registry &r = registry();
  std::lock_guard lock(r.mutex);
  return static_cast<int>(std::ranges::count(r.devices, kind, &Device::kind));
}

std::vector<GpuReport> gpuReports() { return gpus().reports; }
std::string gpuReason() { return gpus().reason; }

Device &registerDevice(std::unique_ptr<Device> device) {
  Registry &r = registry();
  std::lock_guard lock(r.mutex);
  return *r.devices.emplace_back(device.release());
}

} // namespace mx::rt
