// What the tests of the Vulkan device share: devices with forced options, shaders, and programs made of them.
#pragma once

#include "runtime/vulkan/Discovery.h"
#include "runtime/vulkan/VulkanDevice.h"
#include "tests/runtime/SmallPrograms.h"

#include <gtest/gtest.h>
#include <string_view>

namespace mx::rt::vulkan {

/// What a test's name says of the policy it runs under.
std::string nameOfPolicy(const testing::TestParamInfo<MemoryPolicy> &info);

/// A device with these options; null where there is no Vulkan, after which the test skips.
std::unique_ptr<VulkanDevice> openDevice(const Options &options = {});

/// Tests that run under a policy of memory, with a device of their own.
class UnderPolicy : public testing::TestWithParam<MemoryPolicy> {
protected:
  void SetUp() override;

  std::unique_ptr<VulkanDevice> device;
};

/// A shader compiled with the tests: Add (out = a + b over n floats), AddByAddress, Check (a copy that finds the first
/// value of 100 and more), Halve (a sum in place, by passes).
std::shared_ptr<const Shader> shaderNamed(std::string_view name);

/// A step of 64 elements a workgroup whose only scalar is the number of elements.
Step step(std::string_view shader, std::vector<BufferRef> buffers, const SizeExpr &elements);

/// out = (x + y) + (x + x), with two temporaries.
CompiledProgram twoTemporaries(const SizeExpr &n);
/// out = x + y over n floats.
CompiledProgram sum(const SizeExpr &n, int32_t donor = -1);

/// An array of the host allocator's.
BufferPtr filled(const std::vector<float> &values);
/// What the host reads of an array.
const float *floats(const BufferPtr &buffer);

/// Runs a program of two inputs and one output.
Status runTwo(Device &device, const CompiledProgram &p, void *x, void *y, BufferPtr &out, std::span<const int64_t> symbols = {},
              std::span<BufferPtr> donated = {});

/// Opens `device` or skips the test.
#define MX_OPEN_DEVICE(device, ...)                                                                                    \
  auto device = openDevice(__VA_ARGS__);                                                                               \
  if (!device)                                                                                                         \
  GTEST_SKIP() << "no Vulkan device"

} // namespace mx::rt::vulkan
