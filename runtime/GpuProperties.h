// What a GPU can do, as far as code generation and launches ask: plain data that a Vulkan device fills in, a test makes up,
// or a name stands for, so that modules are the same on every machine that builds them.
#pragma once

#include <cstdint>
#include <string>

namespace mx::rt {

struct GpuProperties {
  enum class Type : uint8_t { discrete, integrated, virtualGpu, cpu, other };

  std::string name;
  Type type = Type::other;
  /// Host memory and the device's are one: nothing is ever copied.
  bool unifiedMemory = false;

  // --- Limits. The defaults are what Vulkan guarantees.
  /// Invocations of one workgroup.
  int64_t workgroupInvocations = 128;
  /// Memory that a workgroup shares.
  int64_t sharedMemoryBytes = 16 << 10;
  /// Workgroups of a dispatch along one dimension.
  int64_t workgroupCount = 65535;
  int64_t subgroupSize = 32;
  /// Bytes that one binding of a storage buffer reaches, and such bindings of one shader.
  int64_t storageBufferRange = int64_t(1) << 27;
  int64_t storageBuffers = 4;
  /// What the offset of a binding is a multiple of.
  int64_t storageBufferAlignment = 256;
  int64_t pushConstantBytes = 128;
  /// Iterations that one invocation may run in all its loops together. Mesa's lavapipe drops the rest without a word.
  int64_t loopIterations = 65535;

  // --- Optional features.
  bool float16 = false, float64 = false, int8 = false, int16 = false, int64 = false;
  /// Access to 8-bit and 16-bit elements of storage buffers.
  bool storage8 = false, storage16 = false;
  bool subgroupArithmetic = false, subgroupShuffle = false;
  bool signedZeroInfNanPreserve = false;
  /// Memory reached by 64-bit addresses.
  bool bufferAddress = false;

  // --- Arithmetic that Vulkan does not promise, as a probe found it.
  /// fma rounds once.
  bool fusedFma = false;
  /// Division and square root of float32 round correctly.
  bool exactDivision = false, exactSqrt = false;
  /// Conversions from float32 to float16 round to nearest even.
  bool exactHalf = false;
  /// Subnormal float32 values survive arithmetic.
  bool subnormals = false;
};

} // namespace mx::rt
