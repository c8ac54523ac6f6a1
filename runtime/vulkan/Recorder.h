// Turns the steps of a bound call into commands: pipelines, bindings, push constants, dispatches, and no more barriers
// than the hazards between steps need.
#pragma once

#include "runtime/vulkan/Operands.h"

#include <array>

namespace mx::rt::vulkan {

class Recorder {
public:
  Recorder(BoundCall &call, VulkanDevice &device, Gpu &gpu, Pipelines &pipelines, Context &context)
      : call(call), device(device), gpu(gpu), pipelines(pipelines), context(context),
        operands(call, device, gpu, context) {}

  /// Records a step that has a shader; nothing where it has nothing to do.
  Status record(const Step &step);
  /// To be called when the recorded commands are on their way: what they write counts for whatever the device is told next.
  void submitted() { operands.submitted(); }
  /// True when finish has something to do once they have run.
  bool hostFinishes() const { return !checks.empty() || operands.hostFinishes(); }
  /// To be called when the recorded commands have run: see Operands::finish. Recording may go on in a fresh command
  /// buffer. An index that a shader found out of range is an error.
  Status finish();
  /// Runs a step that has machine code; what was recorded has run.
  Status runOnHost(const Step &step);
  /// How many steps wait to be submitted.
  uint32_t numRecorded() const { return recorded; }

private:
  static constexpr size_t kInlineOperands = 16, kInlineScalars = 24;

  /// A dispatch's words.
  struct Words {
    std::array<uint32_t, 64> words;
    uint32_t count = 0;
  };

  Status bind(const Step &step, const Pipeline &pipeline, Operand *const *refs);
  Status moveToAligned(Operand &operand);
  Result<Words> directWords(const Step &step, const int64_t *scalars) const;
  Result<Words> tableWords(const Step &step, Operand *const *refs, size_t numOperands, const int64_t *scalars);
  Status prepareFault(const Step &step, Operand &operand);
  Status checkScalars(const Step &step, const int64_t *scalars) const;
  void separate(const Step &step, Operand *const *refs);

  BoundCall &call;
  VulkanDevice &device;
  Gpu &gpu;
  Pipelines &pipelines;
  Context &context;
  Operands operands;
  /// Records of steps that check indices, until they have run.
  struct Check {
    const Step *step;
    const ShaderFault *found;
  };
  std::vector<Check> checks;
  const Pipeline *bound = nullptr;
  uint32_t recorded = 0;
};

} // namespace mx::rt::vulkan
