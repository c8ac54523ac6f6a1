// Running a program: everything between two steps of the host goes to a queue at once.
#include "runtime/vulkan/VulkanDevice.h"

#include "runtime/SizeClass.h"
#include "runtime/vulkan/Probe.h"
#include "runtime/vulkan/Recorder.h"

namespace mx::rt::vulkan {
namespace {

const char *inWords(MemoryPolicy policy) {
  switch (policy) {
  case MemoryPolicy::shared: return "shared with the host";
  case MemoryPolicy::migrate:
    return "its own; large arrays migrate on demand";
  default:
    return "its own; arrays are copied";
  }
}

} // namespace

VulkanDevice::VulkanDevice(GpuPtr owned, std::unique_ptr<Queues> ownedQueues)
    : gpuPtr(std::move(owned)), queues(std::move(ownedQueues)), pipelines(gpuPtr),
      copier([this](Place from, Place to, size_t bytes) { return copyAndWait(from, to, bytes); }) {}

Result<std::unique_ptr<VulkanDevice>> VulkanDevice::create(std::shared_ptr<Instance> instance, Physical physical,
                                                           const Options &options) {
  auto gpu = Gpu::create(std::move(instance), std::move(physical), options);
  if (!gpu)
    return gpu.error();
  auto queues = Queues::create(*gpu);
  if (!queues)
    return queues.error();
  std::unique_ptr<VulkanDevice> device(new VulkanDevice(*gpu, std::move(*queues)));
  if (Status s = probeArithmetic(*device, (*gpu)->physical.properties); !s)
    return s.error();
  return device;
}

VulkanDevice::~VulkanDevice() {
  // Every call has waited for its work.
  detachFromRegions(this);
}

std::vector<std::pair<std::string, std::string>> VulkanDevice::info() const {
  const Physical &p = gpuPtr->physical;
  uint64_t memory = 0;
  for (uint32_t i = 0; i < p.memory.memoryHeapCount; ++i)
    if (p.memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT)
      memory += p.memory.memoryHeaps[i].size;
  auto yes = [](bool b) { return std::string(b ? "yes" : "no"); };
  return {{"device_name", name()},
          {"exact_division", yes(p.properties.exactDivision)},
          {"exact_sqrt", yes(p.properties.exactSqrt)},
          {"subnormals", yes(p.properties.subnormals)},
          {"architecture", std::string("Vulkan, ") + nameOf(p.properties.type)},
          {"driver", p.driver},
          {"memory_size", std::to_string(memory)},
          {"memory", inWords(gpuPtr->memory)},
          {"queues", std::to_string(p.queueCount)}};
}

Result<View *> VulkanDevice::view(Region &region) {
  if (auto *known = static_cast<View *>(region.view(this))) [[likely]]
    return known;
  std::lock_guard guard(viewsMutex);
  if (auto *known = static_cast<View *>(region.view(this)))
    return known;
  auto fresh = std::make_unique<View>(this, gpuPtr, region, copier);
  if (Status s = fresh->open(); !s)
    return s.error();
  region.attach(fresh.get());
  return fresh.release();
}

Status VulkanDevice::copyAndWait(Place from, Place to, size_t bytes) {
  auto context = queues->take();
  if (Status s = context->begin(); !s)
    return s;
  context->copy(from, to, bytes);
  if (Status s = context->end(); !s)
    return s;
  return queues->run(*context);
}

Status VulkanDevice::run(const Program &program, const RunArgs &args) {
  if (Status s = gpuPtr->usable(); !s)
    return s;
  BindOptions options;
  options.onHost = options.takeForeignDonations = false;
  // Temporaries belong in the device's memory, which large blocks have; and see Operands.
  if (gpuPtr->memory != MemoryPolicy::shared)
    options.smallestArena = sizeclass::kLargeBytes;
  if (gpuPtr->memory == MemoryPolicy::copy)
    options.smallestDonation = sizeclass::kLargeBytes;
  BoundCall call(program, args, options);
  if (Status s = call.bind(); !s)
    return s;
  Status s = execute(call);
  if (!s)
    call.dropOutputs();
  return s;
}

Status VulkanDevice::execute(BoundCall &call) {
  auto context = queues->take();
  Recorder recorder(call, *this, *gpuPtr, pipelines, *context);
  bool open = false;
  auto flush = [&]() -> Status {
    if (!std::exchange(open, false))
      return {};
    if (Status s = context->end(); !s)
      return s;
    if (recorder.pending())
      if (Status s = queues->run(*context); !s)
        return s;
    return recorder.finish();
  };
  for (const Step &step : call.program.steps) {
    if (step.entry.shader) {
      if (!std::exchange(open, true))
        if (Status s = context->begin(); !s)
          return s;
      if (Status s = recorder.record(step); !s)
        return s;
      continue;
    }
    if (Status s = flush(); !s)
      return s;
    if (Status s = recorder.runOnHost(step); !s)
      return s;
  }
  if (Status s = flush(); !s)
    return s;
  if (auto complaint = gpuPtr->instance->takeComplaint()) [[unlikely]]
    return call.fault(ErrorCode::internal, "the validation layers complain: " + *complaint);
  return {};
}

} // namespace mx::rt::vulkan
