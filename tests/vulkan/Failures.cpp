// Tests of failure: each error of the calls that may fail at run time, injected; a lost device; a forked child.
#include "tests/vulkan/Fixture.h"

#include <sys/wait.h>
#include <unistd.h>

namespace mx::rt::vulkan {
namespace {

constexpr int64_t kCount = 300000;

/// What the replaced functions return; VK_SUCCESS: what the driver says.
VkResult injected;
PFN_vkAllocateMemory allocateMemory;
VKAPI_ATTR VkResult VKAPI_CALL failAllocate(VkDevice d, const VkMemoryAllocateInfo *i, const VkAllocationCallbacks *a,
                                            VkDeviceMemory *m) {
  return injected == VK_SUCCESS ? allocateMemory(d, i, a, m) : injected;
}
PFN_vkQueueSubmit queueSubmit;
VKAPI_ATTR VkResult VKAPI_CALL failSubmit(VkQueue q, uint32_t n, const VkSubmitInfo *i, VkFence f) {
  return injected == VK_SUCCESS ? queueSubmit(q, n, i, f) : injected;
}
PFN_vkWaitSemaphores waitSemaphores;
VKAPI_ATTR VkResult VKAPI_CALL failWait(VkDevice d, const VkSemaphoreWaitInfo *i, uint64_t t) {
  return injected == VK_SUCCESS ? waitSemaphores(d, i, t) : injected;
}
PFN_vkCreateComputePipelines createPipelines;
VKAPI_ATTR VkResult VKAPI_CALL failPipelines(VkDevice d, VkPipelineCache c, uint32_t n,
                                             const VkComputePipelineCreateInfo *i, const VkAllocationCallbacks *a,
                                             VkPipeline *p) {
  return injected == VK_SUCCESS ? createPipelines(d, c, n, i, a, p) : injected;
}

/// A call with fresh arrays, so that memory is imported; returns its status and checks a result.
Status tryRun(Device &device, const CompiledProgram &p) {
  hostAllocator().clearCache();
  BufferPtr x = filled(iota(kCount, 0)), out;
  Status s = runTwo(device, p, x->data, x->data, out);
  EXPECT_EQ(bool(s), bool(out));
  if (s) {
    EXPECT_EQ(floats(out)[kCount - 1], static_cast<float>(2 * (kCount - 1)));
  }
  return s;
}

class Injected : public UnderPolicy {
protected:
  void SetUp() override {
    UnderPolicy::SetUp();
    if (!device)
      return;
    Api &vk = device->api();
    injected = VK_SUCCESS;
    allocateMemory = vk.AllocateMemory;
    queueSubmit = vk.QueueSubmit;
    waitSemaphores = vk.WaitSemaphores;
    createPipelines = vk.CreateComputePipelines;
  }

  /// The call fails with the code, says so, and leaves nothing behind; the next one is right.
  void expectFailure(const CompiledProgram &p, VkResult code, ErrorCode kind, const char *text) {
    const size_t active = hostAllocator().activeBytes();
    injected = code;
    Status s = tryRun(*device, p);
    ASSERT_FALSE(s) << nameOf(code);
    EXPECT_EQ(s.error().code, kind) << s.error().message;
    EXPECT_NE(s.error().message.find(nameOf(code)), std::string::npos) << s.error().message;
    EXPECT_NE(s.error().message.find(text), std::string::npos) << s.error().message;
    EXPECT_EQ(hostAllocator().activeBytes(), active);
    injected = VK_SUCCESS;
    Status after = tryRun(*device, p);
    EXPECT_TRUE(after) << after.error().message;
  }
};

INSTANTIATE_TEST_SUITE_P(Policies, Injected, testing::Values(MemoryPolicy::shared, MemoryPolicy::migrate, MemoryPolicy::copy), nameOfPolicy);

TEST_P(Injected, MemoryThatTheDriverRefusesIsOutOfMemory) {
  CompiledProgram p = sum(kCount);
  ASSERT_TRUE(tryRun(*device, p));
  device->api().AllocateMemory = failAllocate;
  for (VkResult code : {VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_ERROR_OUT_OF_HOST_MEMORY, VK_ERROR_TOO_MANY_OBJECTS})
    expectFailure(p, code, ErrorCode::outOfMemory, "bytes");
  for (VkResult code : {VK_ERROR_INVALID_EXTERNAL_HANDLE, VK_ERROR_INVALID_OPAQUE_CAPTURE_ADDRESS, VK_ERROR_UNKNOWN})
    expectFailure(p, code, ErrorCode::device, "bytes");
}

TEST_P(Injected, ASubmissionThatFailsIsTyped) {
  CompiledProgram p = sum(kCount);
  device->api().QueueSubmit = failSubmit;
  for (VkResult code : {VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_ERROR_OUT_OF_HOST_MEMORY})
    expectFailure(p, code, ErrorCode::outOfMemory, "vkQueueSubmit");
}

TEST_P(Injected, AWaitThatFailsIsTyped) {
  CompiledProgram p = sum(kCount);
  device->api().WaitSemaphores = failWait;
  for (VkResult code : {VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_ERROR_OUT_OF_HOST_MEMORY})
    expectFailure(p, code, ErrorCode::outOfMemory, "vkWaitSemaphores");
  expectFailure(p, VK_TIMEOUT, ErrorCode::device, "vkWaitSemaphores");
}

TEST_P(Injected, APipelineThatFailsNamesTheKernel) {
  CompiledProgram p = sum(kCount);
  device->api().CreateComputePipelines = failPipelines;
  expectFailure(p, VK_ERROR_UNKNOWN, ErrorCode::device, "the pipeline of kernel Add");
  CompiledProgram q = sum(kCount);
  expectFailure(q, VK_ERROR_OUT_OF_DEVICE_MEMORY, ErrorCode::outOfMemory, "the pipeline of kernel Add");
}

TEST_P(Injected, ALostDeviceStaysLost) {
  for (bool atSubmit : {true, false}) {
    if (!device)
      SetUp();
    CompiledProgram p = sum(kCount);
    ASSERT_TRUE(tryRun(*device, p));
    if (atSubmit)
      device->api().QueueSubmit = failSubmit;
    else
      device->api().WaitSemaphores = failWait;
    injected = VK_ERROR_DEVICE_LOST;
    for (int i = 0; i < 3; ++i) {
      Status s = tryRun(*device, p);
      ASSERT_FALSE(s);
      EXPECT_EQ(s.error().code, ErrorCode::device);
      EXPECT_NE(s.error().message.find("was lost; the CPU still works"), std::string::npos) << s.error().message;
      // The driver works again, but nobody asks it.
      injected = VK_SUCCESS;
    }
    EXPECT_FALSE(device->synchronize());
    device.reset();
  }
}

TEST_P(Injected, HostAllocationsThatFailAreErrorsAndTheNextCallIsRight) {
  CompiledProgram p = twoTemporaries(100);
  BufferPtr x = filled(iota(100, 0)), out;
  const size_t active = hostAllocator().activeBytes();
  bool succeeded = false;
  for (uint64_t n = 1; !succeeded; ++n) {
    ASSERT_LT(n, 10u);
    hostAllocator().failAllocation(n);
    Status s = runTwo(*device, p, x->data, x->data, out);
    hostAllocator().failAllocation(0);
    succeeded = bool(s);
    EXPECT_EQ(bool(out), succeeded);
    if (!s) {
      EXPECT_EQ(s.error().code, ErrorCode::outOfMemory);
    }
  }
  EXPECT_EQ(floats(out)[99], 4 * 99);
  out.reset();
  EXPECT_EQ(hostAllocator().activeBytes(), active);
}

TEST(Fork, TheDeviceStaysTheParents) {
  MX_OPEN_DEVICE(device);
  CompiledProgram p = sum(kCount);
  ASSERT_TRUE(tryRun(*device, p));
  BufferPtr x = filled(iota(kCount, 0)), out;
  pid_t child = fork();
  if (child == 0) {
    Status s = runTwo(*device, p, x->data, x->data, out);
    const bool refused = !s && s.error().code == ErrorCode::device &&
                         s.error().message.find("belongs to the parent") != std::string::npos;
    // Memory that the parent's device knows goes back without it.
    x.reset();
    hostAllocator().clearCache();
    device.reset();
    _exit(refused && !out ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_TRUE(tryRun(*device, p));
}

TEST(Fork, AChildOpensADeviceOfItsOwn) {
  MX_OPEN_DEVICE(device);
  pid_t child = fork();
  if (child == 0) {
    auto own = openDevice();
    _exit(own && tryRun(*own, sum(kCount)) ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

} // namespace
} // namespace mx::rt::vulkan
