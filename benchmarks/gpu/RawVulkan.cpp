// Pipelines are made at the first run, which is never timed.
#include "benchmarks/gpu/RawVulkan.h"

#include <stdexcept>

using namespace mx;
using namespace mx::rt::vulkan;

namespace mx::bench {
namespace {

void check(const rt::Status &status) {
  if (!status)
    throw std::runtime_error(status.error().message);
}

template <typename T> T take(rt::Result<T> result) {
  if (!result)
    throw std::runtime_error(result.error().message);
  return std::move(*result);
}

} // namespace

RawVulkan::RawVulkan(const std::string &name) {
  const Options options;
  std::shared_ptr<Instance> instance = take(Instance::create(options.library));
  for (VkPhysicalDevice handle : take(instance->physicalDevices())) {
    Physical physical = examine(instance->api(), handle);
    if (gpu || physical.properties.name != name)
      continue;
    gpu = take(Gpu::create(instance, std::move(physical), options));
  }
  if (!gpu)
    throw std::runtime_error("no Vulkan device is called " + name);
  queues = take(Queues::create(gpu));
  pipelines = std::make_unique<Pipelines>(gpu);
}

RawVulkan::~RawVulkan() = default;

uint32_t RawVulkan::addBuffer(size_t bytes) {
  buffers.push_back(take(Allocation::create(gpu, bytes, /*hostVisible=*/true)));
  auto *floats = reinterpret_cast<float *>(buffers.back()->mapped);
  for (size_t i = 0; i < bytes / sizeof(float); ++i)
    floats[i] = float(i % 1000) / 500.0f - 1.0f;
  return static_cast<uint32_t>(buffers.size() - 1);
}

void RawVulkan::run(std::span<const Dispatch> dispatches) {
  Queues::ContextPtr context = queues->take();
  check(context->begin());
  const Api &vk = gpu->vk;
  for (const Dispatch &d : dispatches) {
    if (&d != dispatches.data())
      context->barrier();
    const Pipeline *pipeline = take(pipelines->get(*d.shader, d.shader->entry));
    vk.CmdBindPipeline(context->commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline->handle);
    bound.clear();
    for (uint32_t number : d.buffers)
      bound.push_back({buffers[number]->place().buffer, 0, VK_WHOLE_SIZE});
    check(context->bindBuffers(*pipeline->layout, d.shader->bindings, bound.data()));
    vk.CmdDispatch(context->commands, d.workgroups, 1, 1);
  }
  check(context->end());
  check(queues->run(*context));
}

} // namespace mx::bench
