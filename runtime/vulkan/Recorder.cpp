// Recording a step. Limits that code generation must keep are checked here: past them a device may do anything.
#include "runtime/vulkan/Recorder.h"

#include "runtime/SizeClass.h"

#include <algorithm>
#include <cstring>

namespace mx::rt::vulkan {

Status Recorder::record(const Step &step) {
  const Shader &shader = *step.entry.shader;
  const auto symbols = call.args.symbols;
  InlineArray<int64_t, kInlineScalars> scalars(step.scalars.size());
  int64_t units = 0;
  if (Status s = call.evaluate(step, units, scalars.data()); !s)
    return s;
  const int64_t passes = step.passes.evaluate(symbols), iterations = step.loopIterations.evaluate(symbols);
  if (units == 0 || passes == 0)
    return {};
  const GpuProperties &limits = gpu.physical.properties;
  if (iterations > limits.loopIterations)
    return call.fault(ErrorCode::internal, "kernel " + step.entry.name + " runs " + std::to_string(iterations) +
                                               " loop iterations in an invocation, the device at most " +
                                               std::to_string(limits.loopIterations));
  if (passes < 0 || passes > UINT32_MAX)
    return call.fault(ErrorCode::internal, "kernel " + step.entry.name + " has " + std::to_string(passes) + " passes");
  // Rows of equal length, so that few workgroups have nothing to do.
  const int64_t rows = (units - 1) / limits.workgroupCount + 1, perRow = (units - 1) / rows + 1;
  if (rows > gpu.physical.workgroupCountY)
    return call.fault(ErrorCode::internal,
                      "kernel " + step.entry.name + " has " + std::to_string(units) + " workgroups, the device takes " +
                          std::to_string(limits.workgroupCount) + " x " + std::to_string(gpu.physical.workgroupCountY));

  auto pipeline = pipelines.get(shader, step.entry.name);
  if (!pipeline)
    return pipeline.error();
  const bool checks = shader.faultBinding >= 0;
  const size_t numOperands = step.buffers.size() + checks;
  InlineArray<Operand *, kInlineOperands> refs(numOperands);
  Operand faultOperand{};
  if (checks) {
    if (Status s = prepareFault(step, faultOperand); !s)
      return s;
    refs[numOperands - 1] = &faultOperand;
  }
  for (size_t i = 0; i < step.buffers.size(); ++i) {
    auto operand = operands.get(step.buffers[i], i >= shader.firstWritten);
    if (!operand)
      return operand.error();
    refs[i] = *operand;
  }
  separate(step, refs.data());
  if (!shader.byAddress)
    for (uint32_t binding : shader.bindings)
      if (!refs[binding]->aligned)
        if (Status s = moveToAligned(*refs[binding]); !s)
          return s;
  auto words = shader.byAddress ? tableWords(step, refs.data(), numOperands, scalars.data()) : directWords(step, scalars.data());
  if (!words)
    return words.error();
  if (Status s = bind(step, **pipeline, refs.data()); !s)
    return s;

  const bool numbered = !step.passes.isConstant() || passes > 1;
  const uint32_t count = words->count + numbered;
  if (count * sizeof(uint32_t) > static_cast<uint64_t>(limits.pushConstantBytes))
    return call.fault(ErrorCode::internal, "kernel " + step.entry.name + " has " + std::to_string(count) +
                                               " push constants, the device takes " +
                                               std::to_string(limits.pushConstantBytes / sizeof(uint32_t)));
  for (int64_t pass = 0; pass < passes; ++pass) {
    if (pass)
      context.barrier();
    words->words[words->count] = static_cast<uint32_t>(pass);
    if (count)
      gpu.vk.CmdPushConstants(context.commands, (*pipeline)->layout->handle, VK_SHADER_STAGE_COMPUTE_BIT, 0,
                              count * sizeof(uint32_t), words->words.data());
    gpu.vk.CmdDispatch(context.commands, static_cast<uint32_t>(perRow), static_cast<uint32_t>(rows), 1);
  }
  ++recorded;
  return {};
}

/// Puts a barrier before the step when it touches what others have written or read since the last one.
void Recorder::separate(const Step &step, Operand *const *refs) {
  const uint32_t firstWritten = step.entry.shader->firstWritten;
  auto address = [](const Operand *o) { return reinterpret_cast<uintptr_t>(o->host); };
  Hazards &hazards = context.hazards;
  bool conflict = false;
  for (size_t i = 0; i < step.buffers.size() && !conflict; ++i)
    conflict = hazards.conflicts(address(refs[i]), refs[i]->bytes, i >= firstWritten);
  if (conflict) {
    context.barrier();
    hazards.clear();
  }
  for (size_t i = 0; i < step.buffers.size(); ++i)
    hazards.add(address(refs[i]), refs[i]->bytes, i >= firstWritten);
}

/// Copies an operand to where a binding may begin.
Status Recorder::moveToAligned(Operand &operand) {
  if (operand.written)
    return call.fault(ErrorCode::internal, "an operand that is written begins at a multiple of no " +
                                               std::to_string(gpu.physical.properties.storageBufferAlignment) +
                                               " bytes");
  // Where memory is not shared, only large blocks have a place on every device.
  const size_t least = gpu.memory == MemoryPolicy::shared ? 0 : sizeclass::kLargeBytes;
  auto memory = hostAllocator().allocate(std::max<size_t>(operand.bytes, least));
  if (!memory)
    return memory.error();
  Region *region = findRegion((*memory)->data);
  auto view = device.view(*region);
  if (!view)
    return view.error();
  Place target = (*view)->place().at(static_cast<size_t>(static_cast<std::byte *>((*memory)->data) - region->data));
  context.copy(operand.place, target, operand.bytes);
  context.barrier();
  context.keep(std::move(*memory));
  operand.place = target;
  operand.aligned = true;
  return {};
}

Status Recorder::bind(const Step &step, const Pipeline &pipeline, Operand *const *refs) {
  const Shader &shader = *step.entry.shader;
  if (bound != &pipeline)
    gpu.vk.CmdBindPipeline(context.commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.handle);
  bound = &pipeline;
  InlineArray<VkDescriptorBufferInfo, kInlineOperands> infos(shader.bindings.size());
  for (size_t i = 0; i < shader.bindings.size(); ++i) {
    const Operand &operand = *refs[shader.bindings[i]];
    // Whole words: kernels without 8- and 16-bit access read these.
    const uint64_t range = std::max<uint64_t>((operand.bytes + 3) & ~uint64_t(3), 4);
    if (range > static_cast<uint64_t>(gpu.physical.properties.storageBufferRange))
      return call.fault(ErrorCode::internal, "operand " + std::to_string(shader.bindings[i]) + " of kernel " +
                                                 step.entry.name + " has " + std::to_string(operand.bytes) +
                                                 " bytes, a binding reaches " +
                                                 std::to_string(gpu.physical.properties.storageBufferRange));
    infos[i] = {operand.place.buffer, operand.place.offset, range};
  }
  return context.bindBuffers(*pipeline.layout, shader.bindings, infos.data());
}

Status Recorder::checkScalars(const Step &step, const int64_t *scalars) const {
  for (size_t i = 0; i < step.scalars.size(); ++i)
    if (scalars[i] < INT32_MIN || scalars[i] > kMostShaderElements)
      return call.fault(ErrorCode::invalidArgument, "a size of kernel " + step.entry.name + " is " + std::to_string(scalars[i]) +
                                                        ", shaders count up to " + std::to_string(kMostShaderElements));
  return {};
}

Result<Recorder::Words> Recorder::directWords(const Step &step, const int64_t *scalars) const {
  if (Status s = checkScalars(step, scalars); !s)
    return s.error();
  Words result;
  // One word is left for the pass.
  if (step.scalars.size() >= result.words.size())
    return call.fault(ErrorCode::internal,
                      "kernel " + step.entry.name + " has " + std::to_string(step.scalars.size()) + " scalars");
  for (size_t i = 0; i < step.scalars.size(); ++i)
    result.words[result.count++] = static_cast<uint32_t>(scalars[i]);
  return result;
}

Result<Recorder::Words> Recorder::tableWords(const Step &step, Operand *const *refs, size_t numOperands,
                                               const int64_t *scalars) {
  if (Status s = checkScalars(step, scalars); !s)
    return s.error();
  auto table = context.stage(numOperands * sizeof(uint64_t) + step.scalars.size() * sizeof(uint32_t));
  if (!table)
    return table.error();
  std::byte *out = table->data;
  for (size_t i = 0; i < numOperands; ++i, out += sizeof(uint64_t))
    std::memcpy(out, &refs[i]->place.address, sizeof(uint64_t));
  for (size_t i = 0; i < step.scalars.size(); ++i, out += sizeof(uint32_t)) {
    const auto word = static_cast<uint32_t>(scalars[i]);
    std::memcpy(out, &word, sizeof(word));
  }
  Words result;
  std::memcpy(result.words.data(), &table->place.address, sizeof(uint64_t));
  result.count = 2;
  return result;
}

/// Room for what the step finds, as an operand.
Status Recorder::prepareFault(const Step &step, Operand &operand) {
  auto room = context.stage(sizeof(ShaderFault));
  if (!room)
    return room.error();
  std::memset(room->data, 0, sizeof(ShaderFault));
  operand.aligned = true;
  operand.place = room->place;
  operand.bytes = sizeof(ShaderFault);
  checks.push_back({&step, reinterpret_cast<const ShaderFault *>(room->data)});
  return {};
}

Status Recorder::finish() {
  operands.finish();
  bound = nullptr;
  recorded = 0;
  for (const Check &check : std::exchange(checks, {})) {
    if (!check.found->claimed)
      continue;
    const std::string op(check.found->op, strnlen(check.found->op, sizeof(ShaderFault::op)));
    return call.kernelFailure(*check.step, MX_KERNEL_INDEX_OUT_OF_RANGE,
                              {check.found->index, check.found->size, check.found->position, op.c_str()});
  }
  return {};
}

Status Recorder::runOnHost(const Step &step) {
  for (BufferRef ref : step.buffers) {
    const bool mayWrite = ref.kind == BufferRef::Output || ref.kind == BufferRef::Arena;
    if (Status s = hostAccess(call.address(ref), mayWrite ? HostUse::write : HostUse::read); !s)
      return s;
  }
  operands.hostHasWritten();
  return call.runOnHost(step);
}

} // namespace mx::rt::vulkan
