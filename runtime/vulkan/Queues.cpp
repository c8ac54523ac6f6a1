// Submitting and waiting. A wait that fails says nothing about the work, so the device is waited for before anybody
// takes memory away from it.
#include "runtime/vulkan/Queues.h"

#include "runtime/CompiledProgram.h"
#include "runtime/base/InlineArray.h"
#include "runtime/base/Trace.h"
#include "runtime/vulkan/Instance.h"

#include <algorithm>
#include <string>

namespace mx::rt::vulkan {
namespace {

constexpr size_t kInlineWaits = 8;

} // namespace

Result<std::unique_ptr<Queues>> Queues::create(GpuPtr owner) {
  std::unique_ptr<Queues> all(new Queues(std::move(owner)));
  Gpu &gpu = *all->gpu;
  for (uint32_t i = 0; i < gpu.physical.queueCount; ++i) {
    auto queue = std::make_unique<Queue>();
    gpu.vk.GetDeviceQueue(gpu.device, gpu.physical.queueFamily, i, &queue->handle);
    auto type = structure<VkSemaphoreTypeCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    auto info = structure<VkSemaphoreCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO);
    info.pNext = &type;
    if (VkResult r = gpu.vk.CreateSemaphore(gpu.device, &info, nullptr, &queue->timeline); r != VK_SUCCESS)
      return gpu.failure(r, "vkCreateSemaphore failed");
    queue->number = static_cast<int>(i);
    all->queues.push_back(std::move(queue));
  }
  if (tracing() && gpu.physical.ticks.bits && !gpu.physical.calibratedTimestamps)
    if (Status s = all->measureClock(); !s)
      return s.error();
  return all;
}

/// A timestamp is written some time between two readings of the host's clock; the nearest of some such pairs counts.
Status Queues::measureClock() {
  constexpr int kTries = 8;
  int64_t least = INT64_MAX;
  ContextPtr context = take();
  for (int i = 0; i < kTries; ++i) {
    if (Status s = context->begin(); !s)
      return s;
    context->timestamps.begin(context->commands, 1);
    context->timestamps.partEnds(context->commands, 0);
    if (Status s = context->end(); !s)
      return s;
    const int64_t before = traceClock();
    auto point = submit(*context);
    if (!point)
      return point.error();
    if (Status s = wait(*point); !s)
      return s;
    const int64_t after = traceClock();
    if (auto parts = context->timestamps.read(); !parts.empty() && after - before < least) {
      least = after - before;
      clock.set({parts[0].end, before + least / 2});
    }
  }
  return {};
}

Queues::~Queues() {
  if (!gpu->ours())
    return;
  (void)waitIdle();
  for (const auto &queue : queues)
    gpu->vk.DestroySemaphore(gpu->device, queue->timeline, nullptr);
}

Queues::ContextPtr Queues::take() {
  std::lock_guard guard(mutex);
  if (idle.empty())
    return ContextPtr(new Context(gpu), {this});
  ContextPtr context(idle.back().release(), {this});
  idle.pop_back();
  return context;
}

void Queues::giveBack(Context *context) {
  context->release();
  std::lock_guard guard(mutex);
  idle.emplace_back(context);
}

Result<Queues::Point> Queues::submit(Context &context, std::span<const Point> after) {
  // What depends on a queue's work is cheapest on that queue.
  Queue &queue = after.empty() ? *queues[turn.fetch_add(1, std::memory_order_relaxed) % queues.size()] : *after[0].queue;
  const auto numWaits = static_cast<uint32_t>(after.size());
  InlineArray<VkSemaphore, kInlineWaits> semaphores(numWaits);
  InlineArray<uint64_t, kInlineWaits> values(numWaits);
  InlineArray<VkPipelineStageFlags, kInlineWaits> stages(numWaits);
  for (uint32_t i = 0; i < numWaits; ++i) {
    semaphores[i] = after[i].queue->timeline;
    values[i] = after[i].value;
    stages[i] = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
  }
  std::lock_guard guard(queue.mutex);
  const uint64_t value = queue.submitted + 1;
  auto timeline = structure<VkTimelineSemaphoreSubmitInfo>(VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO);
  timeline.signalSemaphoreValueCount = 1;
  timeline.pSignalSemaphoreValues = &value;
  auto info = structure<VkSubmitInfo>(VK_STRUCTURE_TYPE_SUBMIT_INFO);
  info.pNext = &timeline;
  // Pointers without a count are a complaint of the layers.
  if (numWaits) {
    timeline.waitSemaphoreValueCount = info.waitSemaphoreCount = numWaits;
    timeline.pWaitSemaphoreValues = values.data();
    info.pWaitSemaphores = semaphores.data();
    info.pWaitDstStageMask = stages.data();
  }
  info.commandBufferCount = 1;
  info.pCommandBuffers = &context.commands;
  info.signalSemaphoreCount = 1;
  info.pSignalSemaphores = &queue.timeline;
  if (VkResult r = gpu->vk.QueueSubmit(queue.handle, 1, &info, VK_NULL_HANDLE); r != VK_SUCCESS)
    return gpu->failure(r, "vkQueueSubmit failed");
  queue.submitted = value;
  return Point{&queue, value, tracing() && !context.timestamps.on() ? traceClock() : 0};
}

/// Puts a submission that has ended on the track of its queue, which runs one after the other. The end is when somebody
/// who waited heard of it.
void Queues::trace(Point point) {
  std::lock_guard guard(point.queue->mutex);
  if (point.value <= point.queue->traced)
    return;
  const int64_t now = traceClock();
  traceOnTrack(traceTrack("gpu queue " + std::to_string(point.queue->number)), "device", "submission " + std::to_string(point.value),
               std::max(point.submittedAt, point.queue->tracedUntil), now);
  point.queue->traced = point.value;
  point.queue->tracedUntil = now;
}

void Queues::collectTimes(Context &context, Point point, const CompiledProgram *program, CallTimes *times) {
  const std::vector<Timestamps::Part> parts = context.timestamps.read();
  context.timestamps.drop();
  if (times)
    for (const Timestamps::Part &part : parts)
      times->stepNs[part.number] = gpu->physical.ticks.between(part.begin, part.end);
  if (parts.empty() || !tracing())
    return;
  const DeviceClock::Moment moment = clock.moment();
  Queue &queue = *point.queue;
  const int track = traceTrack("gpu queue " + std::to_string(queue.number));
  std::lock_guard guard(queue.mutex);
  // Submissions may be heard of out of order, and moments differ a little.
  const int64_t earliest = point.value > queue.traced ? queue.tracedUntil : 0;
  auto onHost = [&](uint64_t ticks) { return std::max(moment.hostNs + gpu->physical.ticks.offset(moment.ticks, ticks), earliest); };
  const int64_t end = onHost(parts.back().end);
  traceOnTrack(track, "device", "submission " + std::to_string(point.value), onHost(parts.front().begin), end);
  if (program)
    for (const Timestamps::Part &part : parts)
      traceOnTrack(track, "kernel", program->steps[part.number].entry.name, onHost(part.begin), onHost(part.end), program->name);
  queue.traced = std::max(queue.traced, point.value);
  queue.tracedUntil = std::max(queue.tracedUntil, end);
}

Status Queues::wait(Point point) {
  if (!gpu->ours()) [[unlikely]]
    return gpu->usable();
  auto wait = structure<VkSemaphoreWaitInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO);
  wait.semaphoreCount = 1;
  wait.pSemaphores = &point.queue->timeline;
  wait.pValues = &point.value;
  // Without bound: a device that is lost fails the wait.
  VkResult r = gpu->vk.WaitSemaphores(gpu->device, &wait, UINT64_MAX);
  if (point.submittedAt) [[unlikely]]
    trace(point);
  if (r == VK_SUCCESS) [[likely]] {
    if (auto complaint = gpu->instance->takeComplaint()) [[unlikely]]
      return Error{ErrorCode::internal, "the validation layers complain: " + *complaint};
    return {};
  }
  Error failure = gpu->failure(r, "vkWaitSemaphores failed");
  (void)waitIdle();
  return failure;
}

Status Queues::run(Context &context) {
  auto point = submit(context);
  if (!point)
    return point.error();
  Status s = wait(*point);
  if (s && context.timestamps.on()) [[unlikely]]
    collectTimes(context, *point, nullptr, nullptr);
  return s;
}

Status Queues::synchronize() {
  if (Status s = gpu->usable(); !s)
    return s;
  return waitIdle();
}

/// For a lost device too: what it was running may run on, and must have ended before its memory goes.
Status Queues::waitIdle() {
  std::vector<std::unique_lock<std::mutex>> all;
  for (const auto &queue : queues)
    all.emplace_back(queue->mutex);
  if (VkResult r = gpu->vk.DeviceWaitIdle(gpu->device); r != VK_SUCCESS)
    return gpu->failure(r, "vkDeviceWaitIdle failed");
  return {};
}

} // namespace mx::rt::vulkan
