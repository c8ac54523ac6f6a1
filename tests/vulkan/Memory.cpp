// Tests of where arrays lie: in place, in a copy that migrates, in slabs; and of what a steady state makes.
#include "tests/vulkan/Fixture.h"

#include "runtime/Regions.h"
#include "runtime/SizeClass.h"
#include "runtime/base/Env.h"
#include "runtime/base/Log.h"
#include "tests/runtime/HeapCount.h"

#include <cstdlib>
#include <cstring>

namespace mx::rt::vulkan {
namespace {

/// Counts the migrations that the log tells of.
class Migrations {
public:
  Migrations() {
    setLogLevel(LogLevel::debug);
    setLogSink([this](LogLevel, std::string_view text) {
      toDevice += text.find("bytes from the host to") != std::string_view::npos;
      toHost += text.find("bytes to the host from") != std::string_view::npos;
    });
  }
  ~Migrations() {
    setLogSink({});
    setLogLevel(LogLevel::warning);
  }
  int toDevice = 0, toHost = 0;
};

constexpr int64_t kLarge = 300000;

TEST(Memory, SharedMemoryIsUsedInPlace) {
  Options options;
  options.memory = MemoryPolicy::shared;
  MX_OPEN_DEVICE(device, options);
  for (int64_t n : {int64_t(40), kLarge}) {
    Migrations log;
    CompiledProgram p = sum(n);
    BufferPtr x = filled(iota(n, 0)), y = filled(iota(n, 0)), out = filled(iota(n, 0));
    auto *in = static_cast<float *>(x->data);
    const auto *result = static_cast<const float *>(out->data);
    for (float value : {10.0f, 20.0f}) {
      // The device reads what the host has just written, and writes where the host reads.
      in[n - 1] = value;
      ASSERT_TRUE(runTwo(*device, p, x->data, y->data, out));
      EXPECT_EQ(out->data, result);
      EXPECT_EQ(result[n - 1], value + static_cast<float>(n - 1));
    }
    EXPECT_EQ(log.toDevice + log.toHost, 0);
    EXPECT_EQ(deviceCopies, 0);
  }
}

class Migrating : public UnderPolicy {};

INSTANTIATE_TEST_SUITE_P(Policies, Migrating, testing::Values(MemoryPolicy::migrate, MemoryPolicy::copy), nameOfPolicy);

TEST_P(Migrating, LargeArraysMoveOnlyWhenTheOtherSideAsks) {
  Migrations log;
  BufferPtr x = filled(iota(kLarge, 0)), y = filled(iota(kLarge, 1)), first, second;
  ASSERT_TRUE(runTwo(*device, sum(kLarge), x->data, y->data, first));
  EXPECT_EQ(log.toDevice, 2);
  ASSERT_TRUE(runTwo(*device, sum(kLarge), first->data, y->data, second));
  EXPECT_EQ(log.toDevice, 2) << "the device has them";
  EXPECT_EQ(log.toHost, 0) << "nobody has asked";
  EXPECT_EQ(floats(second)[5], 5 + 6 + 6);
  EXPECT_EQ(floats(second)[6], 6 + 7 + 7);
  EXPECT_EQ(log.toHost, 1);
  ASSERT_TRUE(hostAccess(x->data, HostUse::write));
  static_cast<float *>(x->data)[5] = 100;
  ASSERT_TRUE(runTwo(*device, sum(kLarge), x->data, y->data, second));
  EXPECT_EQ(log.toDevice, 3) << "the host has changed it";
  EXPECT_EQ(floats(second)[5], 106);
}

TEST_P(Migrating, AReleasedBlockHasNoContentsOfTheDevice) {
  BufferPtr x = filled(iota(kLarge, 0)), out;
  ASSERT_TRUE(runTwo(*device, sum(kLarge), x->data, x->data, out));
  EXPECT_EQ(deviceCopies, 2);
  void *block = out->data;
  out.reset();
  EXPECT_EQ(deviceCopies, 1);
  BufferPtr again = filled(iota(kLarge, 3));
  ASSERT_EQ(again->data, block);
  EXPECT_EQ(floats(again)[7], 10);
  ASSERT_TRUE(runTwo(*device, sum(kLarge), again->data, again->data, out));
  EXPECT_EQ(floats(out)[7], 20);
  out.reset();
  again.reset();
  x.reset();
  EXPECT_EQ(deviceCopies, 0);
}

TEST_P(Migrating, TheHostRunsProgramsOnWhatTheDeviceHas) {
  BufferPtr x = filled(iota(kLarge, 0)), made, out;
  ASSERT_TRUE(runTwo(*device, sum(kLarge), x->data, x->data, made));
  CompiledProgram p = sum(kLarge, 0);
  p.steps[0].entry = {"add",
                      [](const mx_args *args, uint32_t, uint32_t) -> int {
                        auto *a = static_cast<const float *>(args->buffers[0]),
                             *b = static_cast<const float *>(args->buffers[1]);
                        for (int64_t i = 0; i < args->scalars[0]; ++i)
                          static_cast<float *>(args->buffers[2])[i] = a[i] + b[i];
                        return 0;
                      },
                      nullptr, 0};
  p.steps[0].units = 1;
  void *inputs[] = {made->data, x->data};
  BufferPtr donated[] = {std::move(made), {}};
  ASSERT_TRUE(run(p, {inputs, {}, donated, {&out, 1}}));
  EXPECT_EQ(out->data, inputs[0]) << "the donation was taken";
  EXPECT_EQ(static_cast<const float *>(out->data)[9], 27);
  // What the host wrote in place is what the device reads.
  BufferPtr last;
  ASSERT_TRUE(runTwo(*device, sum(kLarge), out->data, x->data, last));
  EXPECT_EQ(floats(last)[9], 36);
}

int imports, objects;
PFN_vkAllocateMemory allocateMemory;
VKAPI_ATTR VkResult VKAPI_CALL countMemory(VkDevice d, const VkMemoryAllocateInfo *i, const VkAllocationCallbacks *a,
                                           VkDeviceMemory *m) {
  ++imports;
  return allocateMemory(d, i, a, m);
}
PFN_vkCreateBuffer createBuffer;
VKAPI_ATTR VkResult VKAPI_CALL countBuffers(VkDevice d, const VkBufferCreateInfo *i, const VkAllocationCallbacks *a,
                                            VkBuffer *b) {
  ++objects;
  return createBuffer(d, i, a, b);
}
PFN_vkCreateCommandPool createCommandPool;
VKAPI_ATTR VkResult VKAPI_CALL countPools(VkDevice d, const VkCommandPoolCreateInfo *i, const VkAllocationCallbacks *a,
                                          VkCommandPool *p) {
  ++objects;
  return createCommandPool(d, i, a, p);
}
PFN_vkCreateComputePipelines createPipelines;
VKAPI_ATTR VkResult VKAPI_CALL countPipelines(VkDevice d, VkPipelineCache c, uint32_t n,
                                              const VkComputePipelineCreateInfo *i, const VkAllocationCallbacks *a,
                                              VkPipeline *p) {
  ++objects;
  return createPipelines(d, c, n, i, a, p);
}

void countObjects(VulkanDevice &device) {
  Api &vk = device.api();
  allocateMemory = std::exchange(vk.AllocateMemory, countMemory);
  createBuffer = std::exchange(vk.CreateBuffer, countBuffers);
  createCommandPool = std::exchange(vk.CreateCommandPool, countPools);
  createPipelines = std::exchange(vk.CreateComputePipelines, countPipelines);
  imports = objects = 0;
}

TEST(Memory, ASteadyStateMakesNothing) {
  for (MemoryPolicy policy : {MemoryPolicy::shared, MemoryPolicy::migrate, MemoryPolicy::copy}) {
    Options options;
    options.memory = policy;
    MX_OPEN_DEVICE(device, options);
    countObjects(*device);
    for (int64_t n : {int64_t(100), kLarge}) {
      CompiledProgram p = twoTemporaries(n);
      BufferPtr x = filled(iota(n, 0)), out;
      int memory = 0, made = 0;
      uint64_t system = 0, news = 0;
      for (int i = 0; i < 10; ++i) {
        if (i == 3) {
          memory = imports;
          made = objects;
          news = newCalls;
          system = hostAllocator().systemAllocations();
        }
        out.reset();
        ASSERT_TRUE(runTwo(*device, p, x->data, x->data, out));
      }
      EXPECT_EQ(imports, memory);
      EXPECT_EQ(objects, made);
      // The validation layers allocate as they like.
      if (!envString(EnvVar::Validate)) {
        EXPECT_EQ(newCalls, news);
      }
      EXPECT_EQ(hostAllocator().systemAllocations(), system);
    }
  }
}

TEST(Memory, ManySmallArraysAreImportedTogether) {
  Options options;
  options.memory = MemoryPolicy::shared;
  MX_OPEN_DEVICE(device, options);
  CompiledProgram p = sum(100);
  std::vector<BufferPtr> arrays;
  for (int i = 0; i < 200; ++i)
    arrays.push_back(filled(iota(100, 0)));
  BufferPtr out;
  ASSERT_TRUE(runTwo(*device, p, arrays[0]->data, arrays[1]->data, out));
  countObjects(*device);
  for (int i = 0; i < 200; ++i) {
    BufferPtr result;
    ASSERT_TRUE(runTwo(*device, p, arrays[i]->data, arrays[199 - i]->data, result));
  }
  EXPECT_LE(imports, 2);
}

TEST(Memory, ADeviceThatGoesLeavesRegionsToOthers) {
  BufferPtr x = filled(iota(kLarge, 0));
  for (int i = 0; i < 2; ++i) {
    Options options;
    options.memory = i ? MemoryPolicy::migrate : MemoryPolicy::shared;
    MX_OPEN_DEVICE(device, options);
    BufferPtr out;
    ASSERT_TRUE(runTwo(*device, sum(kLarge), x->data, x->data, out));
    EXPECT_EQ(floats(out)[3], 6);
    out.reset();
  }
  EXPECT_EQ(findRegion(x->data)->views, nullptr);
  EXPECT_EQ(deviceCopies, 0);
}

} // namespace
} // namespace mx::rt::vulkan
