// Opening views, and moving contents between the host's memory and the copy on the device.
#include "runtime/vulkan/Views.h"

#include "runtime/base/Log.h"

#include <algorithm>
#include <cstring>

namespace mx::rt::vulkan {
namespace {

/// Staging memory for regions that cannot be imported.
constexpr size_t kStagingBytes = size_t(16) << 20;

} // namespace

View::~View() { setCopyValid(false); }

Status View::open() {
  const bool hasCopy = gpu->memory != MemoryPolicy::shared && region.oneBlock;
  if (!hasCopy && gpu->memory == MemoryPolicy::copy)
    return {};
  auto memory = hasCopy ? Allocation::create(gpu, region.bytes, /*hostVisible=*/false)
                        : Allocation::import(gpu, region.data, region.bytes);
  if (!memory)
    return memory.error();
  (hasCopy ? copy : imported) = std::move(*memory);
  return {};
}

Status View::upload() {
  std::lock_guard guard(mutex);
  if (!copy || copyValid)
    return {};
  if (Status s = transfer(/*toDevice=*/true); !s)
    return s;
  setCopyValid(true);
  return {};
}

void View::written() {
  if (!copy)
    return;
  std::lock_guard guard(mutex);
  setCopyValid(true);
  hostValid = false;
}

Status View::fetch() {
  std::lock_guard guard(mutex);
  if (hostValid)
    return {};
  if (Status s = gpu->usable(); !s)
    return s;
  if (Status s = transfer(/*toDevice=*/false); !s)
    return s;
  hostValid = true;
  return {};
}

void View::invalidate() {
  std::lock_guard guard(mutex);
  setCopyValid(false);
  hostValid = true;
}

void View::setCopyValid(bool valid) {
  if (copyValid != valid)
    deviceCopies.fetch_add(valid ? 1 : -1, std::memory_order_relaxed);
  copyValid = valid;
}

Status View::transfer(bool toDevice) {
  if (logEnabled(LogLevel::debug))
    logMessage(LogLevel::debug, "[vulkan] " + std::to_string(region.bytes) + " bytes " +
                                    (toDevice ? "from the host to " : "to the host from ") +
                                    gpu->physical.properties.name);
  // Not before: what is imported takes memory of the host's, which temporaries never do.
  if (!imported && gpu->memory == MemoryPolicy::migrate) {
    auto memory = Allocation::import(gpu, region.data, region.bytes);
    if (!memory)
      return memory.error();
    imported = std::move(*memory);
  }
  if (imported)
    return toDevice ? copier(imported->place(), copy->place(), region.bytes)
                    : copier(copy->place(), imported->place(), region.bytes);
  auto staging = Allocation::create(gpu, std::min(region.bytes, kStagingBytes), /*hostVisible=*/true);
  if (!staging)
    return staging.error();
  for (size_t done = 0; done < region.bytes; done += (*staging)->bytes) {
    size_t part = std::min(region.bytes - done, (*staging)->bytes);
    Place there = copy->place().at(done), here = (*staging)->place();
    if (toDevice)
      std::memcpy((*staging)->mapped, region.data + done, part);
    if (Status s = toDevice ? copier(here, there, part) : copier(there, here, part); !s)
      return s;
    if (!toDevice)
      std::memcpy(region.data + done, (*staging)->mapped, part);
  }
  return {};
}

} // namespace mx::rt::vulkan
