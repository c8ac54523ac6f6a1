// Making pipelines. All layouts have the whole range of push constants, so that bindings alone tell them apart.
#include "runtime/vulkan/Pipelines.h"

#include "runtime/vulkan/PipelineData.h"

namespace mx::rt::vulkan {

PipelineLayout::~PipelineLayout() {
  if (!gpu->ours())
    return;
  if (handle)
    gpu->vk.DestroyPipelineLayout(gpu->device, handle, nullptr);
  if (set)
    gpu->vk.DestroyDescriptorSetLayout(gpu->device, set, nullptr);
}

Pipeline::~Pipeline() {
  Gpu &gpu = *layout->gpu;
  if (handle && gpu.ours())
    gpu.vk.DestroyPipeline(gpu.device, handle, nullptr);
}

Result<const Pipeline *> Pipelines::get(const Shader &shader, const std::string &kernel) {
  std::lock_guard guard(mutex);
  if (!shader.made) [[unlikely]] {
    auto made = make(shader, kernel);
    if (!made)
      return made.error();
    shader.made = std::move(*made);
  }
  auto *pipeline = static_cast<const Pipeline *>(shader.made.get());
  if (pipeline->layout->gpu != gpu) [[unlikely]]
    return Error{ErrorCode::internal, "the shader of kernel " + kernel + " belongs to another device"};
  return pipeline;
}

Result<std::shared_ptr<PipelineLayout>> Pipelines::layoutFor(const std::vector<uint32_t> &bindings) {
  auto &known = layouts[bindings];
  if (known)
    return known;
  auto layout = std::make_shared<PipelineLayout>(gpu);
  std::vector<VkDescriptorSetLayoutBinding> rows;
  for (uint32_t binding : bindings)
    rows.push_back({binding, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr});
  auto setInfo = structure<VkDescriptorSetLayoutCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO);
  if (gpu->physical.pushDescriptors)
    setInfo.flags = VK_DESCRIPTOR_SET_LAYOUT_CREATE_PUSH_DESCRIPTOR_BIT_KHR;
  setInfo.bindingCount = static_cast<uint32_t>(rows.size());
  setInfo.pBindings = rows.data();
  if (VkResult r = gpu->vk.CreateDescriptorSetLayout(gpu->device, &setInfo, nullptr, &layout->set); r != VK_SUCCESS)
    return gpu->failure(r, "vkCreateDescriptorSetLayout failed");
  VkPushConstantRange constants{VK_SHADER_STAGE_COMPUTE_BIT, 0,
                                static_cast<uint32_t>(gpu->physical.properties.pushConstantBytes)};
  auto info = structure<VkPipelineLayoutCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO);
  info.setLayoutCount = 1;
  info.pSetLayouts = &layout->set;
  info.pushConstantRangeCount = 1;
  info.pPushConstantRanges = &constants;
  if (VkResult r = gpu->vk.CreatePipelineLayout(gpu->device, &info, nullptr, &layout->handle); r != VK_SUCCESS)
    return gpu->failure(r, "vkCreatePipelineLayout failed");
  return known = std::move(layout);
}

Result<std::shared_ptr<Pipeline>> Pipelines::make(const Shader &shader, const std::string &kernel) {
  if (static_cast<int64_t>(shader.bindings.size()) > gpu->physical.properties.storageBuffers)
    return Error{ErrorCode::internal, "kernel " + kernel + " binds " + std::to_string(shader.bindings.size()) +
                                          " storage buffers, the device has " +
                                          std::to_string(gpu->physical.properties.storageBuffers)};
  auto layout = layoutFor(shader.bindings);
  if (!layout)
    return layout.error();
  auto moduleInfo = structure<VkShaderModuleCreateInfo>(VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
  moduleInfo.codeSize = shader.words->size() * sizeof(uint32_t);
  moduleInfo.pCode = shader.words->data();
  VkShaderModule module = VK_NULL_HANDLE;
  if (VkResult r = gpu->vk.CreateShaderModule(gpu->device, &moduleInfo, nullptr, &module); r != VK_SUCCESS)
    return gpu->failure(r, "the shader module of kernel " + kernel + " cannot be made");
  auto subgroup = structure<VkPipelineShaderStageRequiredSubgroupSizeCreateInfo>(
      VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO);
  subgroup.requiredSubgroupSize = static_cast<uint32_t>(gpu->physical.properties.subgroupSize);
  auto info = structure<VkComputePipelineCreateInfo>(VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO);
  info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  if (gpu->physical.subgroupSizeVaries)
    info.stage.pNext = &subgroup;
  info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  info.stage.module = module;
  info.stage.pName = shader.entry.c_str();
  info.layout = (*layout)->handle;
  auto pipeline = std::make_shared<Pipeline>(*layout);
  PipelineData data(*gpu, shader);
  VkResult r = gpu->vk.CreateComputePipelines(gpu->device, data.handle(), 1, &info, nullptr, &pipeline->handle);
  gpu->vk.DestroyShaderModule(gpu->device, module, nullptr);
  if (r == VK_SUCCESS) {
    data.keep();
    return pipeline;
  }
  pipeline->handle = VK_NULL_HANDLE;
  return gpu->failure(r, "the pipeline of kernel " + kernel + " cannot be made");
}

} // namespace mx::rt::vulkan
