// Devices: where arrays are computed.
#pragma once

#include "mx/config.h"

#include <cstddef>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

/// A kind of device and its number.
struct Device {
  enum class DeviceType { cpu, gpu, automatic };
  static constexpr DeviceType cpu = DeviceType::cpu;
  static constexpr DeviceType gpu = DeviceType::gpu;
  /// Each program runs where it is estimated to finish first: small ones on the processor.
  static constexpr DeviceType automatic = DeviceType::automatic;

  constexpr Device(DeviceType type, int index = 0) : type(type), index(index) {}
  friend constexpr bool operator==(const Device &a, const Device &b) { return a.type == b.type && a.index == b.index; }
  friend constexpr bool operator!=(const Device &a, const Device &b) { return !(a == b); }
  friend constexpr bool operator<(const Device &a, const Device &b) {
    return a.type != b.type ? a.type < b.type : a.index < b.index;
  }

  DeviceType type;
  int index;
};

inline constexpr bool operator==(const Device &device, const Device::DeviceType &type) { return device.type == type; }
inline constexpr bool operator!=(const Device &device, const Device::DeviceType &type) { return device.type != type; }

/// The device of ops that name none, for the calling thread.
Device default_device();
/// Sets it. Throws DeviceError for a device that is not available.
void set_default_device(const Device &d);
/// True when arrays can be computed there.
bool is_available(const Device &d);
/// Number of devices of a type.
int device_count(Device::DeviceType type);
/// Facts about a device: "device_name", "architecture", "memory_size"; of the processor "threads"; of a GPU "exact_division",
/// "exact_sqrt" and "subnormals" ("yes" or "no"), among others; for an unavailable one "reason".
std::unordered_map<std::string, std::variant<std::string, size_t>> device_info(const Device &d = default_device());

/// With `on`, programs evaluated or traced from then on give the same bits for all element-wise operations on every device whose
/// division and square root are exact (device_info says so), at some cost in speed: nothing is computed with fused
/// multiply-adds. Off at first; for the whole process.
void set_exact(bool on);

namespace gpu {

/// A GPU that was found, or what stands in the way of one.
struct DeviceReport {
  std::string name;
  /// True for the one behind Device::gpu.
  bool chosen;
  /// Why it was or was not.
  std::string reason;
};

/// Every Vulkan device of the machine. Empty when there is no driver: device_info(Device::gpu)["reason"] says why.
std::vector<DeviceReport> info();

} // namespace gpu

} // namespace mx
MX_PUBLIC_END
