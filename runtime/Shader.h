// One entry point of a kernel for GPUs, as plain data. Its interface (codegen/spirv/SpirvPipeline.h makes it, a device serves it):
// - descriptor set 0, storage buffers: binding n is operand n of the step from its first element. `bindings` lists those that
//   are there. Outputs may take the place of inputs, so two bindings may hold the same memory.
// - push constants, 32-bit words: the step's scalars in order, then the number of the pass when the step has several.
// - `byAddress`: no bindings. Push constants: the 64-bit address of a table with the operands' 64-bit addresses followed by
//   the scalars as 32-bit words, then the number of the pass.
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
  /// Filled in by the device that runs it, under a lock of the device's.
  mutable std::shared_ptr<DeviceShader> made;
};

} // namespace mx::rt
