// Running a program: everything between two steps of the host goes to a queue at once.
#include "runtime/vulkan/VulkanDevice.h"

#include "runtime/SizeClass.h"
#include "runtime/base/Trace.h"
#include "runtime/vulkan/Execution.h"
#include "runtime/vulkan/Probe.h"
#include "runtime/vulkan/Submission.h"

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
  // Nobody holds a run of it any more.
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
          {"queues", std::to_string(p.queueCount)},
          {"timestamps", !p.ticks.bits ? "no" : p.calibratedTimestamps ? "calibrated" : "yes"}};
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
  TraceSpan span("upload", "copy between host and device");
  span.note("bytes", static_cast<int64_t>(bytes));
  auto context = queues->take();
  if (Status s = context->begin(); !s)
    return s;
  if (tracing()) [[unlikely]]
    context->timestamps.begin(context->commands, 1);
  context->copy(from, to, bytes);
  if (context->timestamps.on()) [[unlikely]]
    context->timestamps.partEnds(context->commands, 0);
  if (Status s = context->end(); !s)
    return s;
  return queues->run(*context);
}

BindOptions VulkanDevice::bindOptions() const {
  BindOptions options;
  options.onHost = options.takeForeignDonations = false;
  // Temporaries belong in the device's memory, which large blocks have; and see Operands.
  if (gpuPtr->memory != MemoryPolicy::shared)
    options.smallestArena = sizeclass::kLargeBytes;
  if (gpuPtr->memory == MemoryPolicy::copy)
    options.smallestDonation = sizeclass::kLargeBytes;
  return options;
}

Status VulkanDevice::run(const CompiledProgram &program, const RunArgs &args) {
  if (Status s = gpuPtr->usable(); !s)
    return s;
  BoundCall call(program, args, bindOptions());
  if (Status s = call.bind(); !s)
    return s;
  auto context = queues->take();
  if (Status s = Execution(call, *this, *gpuPtr, pipelines, *queues, *context, {}).run(nullptr); !s) {
    call.dropOutputs();
    return s;
  }
  call.tellTimes();
  return {};
}

Result<RunPtr> VulkanDevice::start(const CompiledProgram &program, const RunArgs &args, std::span<const RunPtr> after) {
  if (Status s = gpuPtr->usable(); !s)
    return s.error();
  std::vector<RunPtr> own;
  for (const RunPtr &earlier : after)
    if (auto *submission = dynamic_cast<Submission *>(earlier.get()); submission && &submission->queues == queues.get())
      own.push_back(earlier);
    else if (Status s = earlier->wait(); !s)
      return s.error();
  BoundCall call(program, args, bindOptions());
  if (Status s = call.bind(); !s)
    return s.error();
  auto submission = std::make_shared<Submission>(*queues, std::move(own));
  Queues::Point end;
  const std::vector<Queues::Point> points = submission->earlierPoints();
  if (Status s = Execution(call, *this, *gpuPtr, pipelines, *queues, *submission->context, points).run(&end); !s) {
    call.dropOutputs();
    return s.error();
  }
  if (!end.queue) {
    call.tellTimes();
    return RunPtr();
  }
  submission->submitted(end, call);
  return RunPtr(std::move(submission));
}

} // namespace mx::rt::vulkan
