// One entry point of a kernel for GPUs, as plain data. Its interface (codegen/spirv/SpirvPipeline.h makes it, a device serves it):
// - descriptor set 0, storage buffers: binding n is operand n of the step from its first element. `bindings` lists those that
//   are there. Outputs may take the place of inputs, so two bindings may hold the same memory.
// - push constants, 32-bit words: the step's scalars in order, then the number of the pass when the step has several.
// - `byAddress`: no bindings. Push constants: the 64-bit address of a table with the operands' 64-bit addresses followed by
//   the scalars as 32-bit words, then the number of the pass.
// - a ShaderFault is one operand more, after those of the step.
// - workgroups are numbered x + y * (number along x); those beyond the step's units do nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mx::rt {

/// What a device has made of a shader (a pipeline); goes with it.
class DeviceShader {
public:
  virtual ~DeviceShader() = default;
};

/// Shaders count elements in 32 bits, up to a last, partial tile beyond the end: no scalar of a step is more.
inline constexpr int64_t kMostShaderElements = INT32_MAX - (1 << 16);

/// What a shader that checks indices leaves of the first that is out of range. Zero before the step runs.
struct ShaderFault {
  /// Whoever sets it first writes the rest.
  uint32_t claimed;
  /// The index, as far as 32 bits hold it, the size it was to stay below, and its place among the indices.
  int32_t index, size, position;
  /// The op that reads it; ends in zeros.
  char op[16];
};

struct Shader {
  /// The module in SPIR-V's binary form, shared by the entries of one kernel.
  std::shared_ptr<const std::vector<uint32_t>> words;
  /// The entry's name in it.
  std::string entry;
  /// Ascending.
  std::vector<uint32_t> bindings;
  /// Operands below this number are read only.
  uint32_t firstWritten = 0;
  bool byAddress = false;
  /// The number of the operand that is a ShaderFault, -1 where there is none.
  int32_t faultBinding = -1;
  /// Filled in by the device that runs it, under a lock of the device's.
  mutable std::shared_ptr<DeviceShader> made;
};

} // namespace mx::rt
