// The choice: usable devices by kind, unless the user has named one. One that cannot be opened makes room for the next.
#include "runtime/vulkan/Discovery.h"

#include "runtime/base/Env.h"
#include "runtime/vulkan/VulkanDevice.h"

#include <algorithm>
#include <charconv>

namespace mx::rt::vulkan {
namespace {

/// Does MX_VK_DEVICE mean this device?
bool isNamed(const std::string &wanted, size_t index, const std::string &name) {
  size_t number = 0;
  auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  if (error == std::errc() && end == wanted.data() + wanted.size())
    return number == index;
  return name.find(wanted) != std::string::npos;
}

int rank(GpuProperties::Type type) {
  return type == GpuProperties::Type::discrete ? 0 : type == GpuProperties::Type::integrated ? 1 : 2;
}

/// Device numbers, the best first.
std::vector<size_t> ranking(const std::vector<Physical> &devices) {
  std::vector<size_t> order(devices.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::ranges::sort(order, {}, [&](size_t i) { return std::pair(rank(devices[i].properties.type), i); });
  return order;
}

} // namespace

Discovery discover(const Options &options) {
  Discovery found;
  auto instance = Instance::create(options.library);
  if (!instance) {
    found.reason = instance.error().message;
    return found;
  }
  auto handles = (*instance)->physicalDevices();
  if (!handles) {
    found.reason = handles.error().message;
    return found;
  }
  std::vector<Physical> devices;
  for (VkPhysicalDevice handle : *handles)
    devices.push_back(examine((*instance)->api(), handle));
  const std::string wanted = envString(EnvVar::VkDevice).value_or("");
  for (size_t i = 0; i < devices.size(); ++i) {
    GpuReport &report = found.reports.emplace_back();
    report.name = devices[i].properties.name;
    if (!devices[i].unusable.empty())
      report.reason = devices[i].unusable;
    else if (!wanted.empty() && !isNamed(wanted, i, report.name))
      report.reason = "MX_VK_DEVICE='" + wanted + "' names another";
  }
  for (size_t i : ranking(devices)) {
    GpuReport &report = found.reports[i];
    if (!report.reason.empty())
      continue;
    const std::string type = nameOf(devices[i].properties.type);
    if (found.device) {
      report.reason = found.device->name() + " comes before it";
      continue;
    }
    auto device = VulkanDevice::create(*instance, std::move(devices[i]), options);
    if (!device) {
      report.reason = device.error().message;
      continue;
    }
    report.chosen = true;
    report.reason = wanted.empty() ? "the first by kind: " + type : "MX_VK_DEVICE='" + wanted + "' names it";
    found.device = std::move(*device);
  }
  if (found.device)
    return found;
  if (found.reports.empty())
    found.reason = "no Vulkan driver offers a device";
  for (const GpuReport &report : found.reports)
    found.reason += (found.reason.empty() ? "" : "; ") + report.name + ": " + report.reason;
  return found;
}

} // namespace mx::rt::vulkan
