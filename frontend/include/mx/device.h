// Devices: where arrays are computed.
#pragma once

#include "mx/config.h"

#include <cstddef>
#include <string>
#include <unordered_map>
#include <variant>

MX_PUBLIC_BEGIN
namespace mx {

/// A kind of device and its number.
struct Device {
  enum class DeviceType { cpu, gpu, automatic };
  static constexpr DeviceType cpu = DeviceType::cpu;
  static constexpr DeviceType gpu = DeviceType::gpu;
  /// The best device that is available.
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
/// Facts about a device: "device_name", "architecture", "threads", "memory_size"; for an unavailable one "reason".
std::unordered_map<std::string, std::variant<std::string, size_t>> device_info(const Device &d = default_device());

} // namespace mx
MX_PUBLIC_END
