// Facts come from the library where it has a say (devices, limits) and from the runtime's readers of the machine elsewhere;
// the runtime here is a copy of its own, so nothing of its state may be asked for.
#include "tools/info/Facts.h"

#include "runtime/DiskCache.h"
#include "runtime/base/Env.h"
#include "runtime/base/HostInfo.h"
#include "runtime/cpu/CpuFeatures.h"

#include <mx/mx.h>

namespace mx::info {
namespace {

using nlohmann::json;

json deviceFacts(const char *name, Device device) {
  json facts = {{"device", name}, {"available", is_available(device)}};
  for (const auto &[key, value] : device_info(device))
    std::visit([&, &key = key](const auto &v) { facts[key] = v; }, value);
  return facts;
}

json gpuReports() {
  json reports = json::array();
  for (const gpu::DeviceReport &report : gpu::info())
    reports.push_back({{"name", report.name}, {"chosen", report.chosen}, {"reason", report.reason}});
  return reports;
}

json processorFacts() {
  return {{"cores", rt::usableCores()},
          {"code_for", rt::envString(rt::EnvVar::Cpu).value_or("native")},
          {"features", rt::cpuFeatures()}};
}

json memoryFacts() {
  return {{"usable_bytes", rt::usableMemoryBytes()}, {"limit_bytes", get_memory_limit()}, {"active_bytes", get_active_memory()}};
}

json cacheFacts() {
  rt::DiskCache &cache = rt::DiskCache::instance();
  json facts = {{"folder", cache.folder()}, {"capacity_bytes", cache.capacity()}, {"entries", 0}, {"bytes", 0}};
  if (cache.folder().empty()) {
    facts["state"] = "off";
    return facts;
  }
  auto entries = cache.entries();
  facts["state"] = entries ? "on" : "refused: " + entries.error().message;
  if (entries) {
    int64_t bytes = 0;
    for (const rt::CacheEntry &entry : *entries)
      bytes += entry.bytes;
    facts["entries"] = entries->size();
    facts["bytes"] = bytes;
  }
  return facts;
}

json environmentFacts() {
  json set = json::object();
  for (const rt::EnvRow &row : rt::envTable())
    if (auto text = rt::envString(row.var))
      set[row.name] = *text;
  return set;
}

std::string textOf(const json &value) {
  if (value.is_string())
    return value.get<std::string>();
  if (value.is_boolean())
    return value.get<bool>() ? "yes" : "no";
  if (!value.is_array())
    return value.dump();
  std::string words;
  for (const json &word : value)
    words += (words.empty() ? "" : " ") + textOf(word);
  return words.empty() ? "none" : words;
}

// `  key    value`, keys of one section under each other.
void printSection(const std::string &title, const json &section, std::ostream &os) {
  os << title << "\n";
  size_t width = 0;
  for (const auto &[key, value] : section.items())
    width = std::max(width, key.size());
  for (const auto &[key, value] : section.items())
    os << "  " << key << std::string(width - key.size() + 2, ' ') << textOf(value) << "\n";
}

} // namespace

json facts() {
  return {{"version", std::to_string(MX_VERSION_MAJOR) + "." + std::to_string(MX_VERSION_MINOR) + "." + std::to_string(MX_VERSION_PATCH)},
          {"devices", {deviceFacts("cpu", Device::cpu), deviceFacts("gpu", Device::gpu)}},
          {"vulkan_devices", gpuReports()},
          {"processor", processorFacts()},
          {"memory", memoryFacts()},
          {"cache", cacheFacts()},
          {"environment", environmentFacts()}};
}

void printFacts(const json &facts, std::ostream &os) {
  os << "mx " << textOf(facts["version"]) << "\n";
  for (json device : facts["devices"]) {
    const std::string title = "device " + textOf(device["device"]);
    device.erase("device");
    printSection(title, device, os);
  }
  for (const json &device : facts["vulkan_devices"])
    os << (device["chosen"] ? "* " : "- ") << textOf(device["name"]) << ": " << textOf(device["reason"]) << "\n";
  for (const char *section : {"processor", "memory", "cache", "environment"})
    printSection(section, facts[section], os);
}

} // namespace mx::info
