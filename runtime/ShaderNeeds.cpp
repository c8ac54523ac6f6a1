// A walk over the instructions at the head of a module: capabilities and the sizes of workgroups. The numbers are those of
// the SPIR-V specification.
#include "runtime/ShaderNeeds.h"

#include "runtime/base/CheckedSize.h"

#include <algorithm>
#include <iterator>

namespace mx::rt {
namespace {

enum : uint32_t { OpExecutionMode = 16, OpCapability = 17, OpFunction = 54 };
constexpr uint32_t kLocalSize = 17;
constexpr size_t kHeaderWords = 5;

struct Capability {
  uint32_t number;
  const char *name;
  /// Null: every device of Vulkan 1.2 that can compute has it.
  bool GpuProperties::*has;
};
constexpr Capability kCapabilities[] = {
    {1, "Shader", nullptr},
    {9, "Float16", &GpuProperties::float16},
    {10, "Float64", &GpuProperties::float64},
    {11, "Int64", &GpuProperties::int64},
    {22, "Int16", &GpuProperties::int16},
    {39, "Int8", &GpuProperties::int8},
    {61, "GroupNonUniform", nullptr},
    {63, "GroupNonUniformArithmetic", &GpuProperties::subgroupArithmetic},
    {65, "GroupNonUniformShuffle", &GpuProperties::subgroupShuffle},
    {4433, "StorageBuffer16BitAccess", &GpuProperties::storage16},
    {4448, "StorageBuffer8BitAccess", &GpuProperties::storage8},
    {4466, "SignedZeroInfNanPreserve", &GpuProperties::signedZeroInfNanPreserve},
    {5347, "PhysicalStorageBufferAddresses", &GpuProperties::bufferAddress},
};

} // namespace

std::string subgroupFeature(int64_t size) { return "subgroups of " + std::to_string(size); }

std::string missingFor(std::span<const uint32_t> module, const GpuProperties &device) {
  for (size_t at = kHeaderWords; at < module.size();) {
    const uint32_t op = module[at] & 0xffff, words = module[at] >> 16;
    if (words == 0 || words > module.size() - at)
      return "a well-formed module";
    if (op == OpFunction)
      break;
    if (op == OpCapability && words >= 2) {
      auto it = std::find_if(std::begin(kCapabilities), std::end(kCapabilities), [&](const Capability &c) { return c.number == module[at + 1]; });
      if (it == std::end(kCapabilities))
        return "SPIR-V capability " + std::to_string(module[at + 1]);
      if (it->has && !(device.*it->has))
        return it->name;
    }
    if (op == OpExecutionMode && words >= 6 && module[at + 2] == kLocalSize) {
      const CheckedSize size = CheckedSize(module[at + 3]) * CheckedSize(module[at + 4]) * CheckedSize(module[at + 5]);
      if (const int64_t n = size.valueOr(INT64_MAX); n > device.workgroupInvocations)
        return "workgroups of " + std::to_string(n) + " invocations";
    }
    at += words;
  }
  return {};
}

} // namespace mx::rt
