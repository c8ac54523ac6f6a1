// Tests of finding devices, and of the words when there is none.
#include "tests/vulkan/Fixture.h"

#include <filesystem>

namespace mx::rt::vulkan {
namespace {

TEST(Discovery, AMachineWithADriverHasADevice) {
  if (!std::filesystem::exists("/usr/share/vulkan/icd.d/lvp_icd.x86_64.json") || std::getenv("VK_DRIVER_FILES") ||
      std::getenv("VK_ICD_FILENAMES"))
    GTEST_SKIP() << "no lavapipe";
  ASSERT_EQ(countDevices(DeviceKind::gpu), 1) << gpuReason();
  EXPECT_EQ(gpuReason(), "");
  Device *device = findDevice(DeviceKind::gpu);
  ASSERT_TRUE(device);
  EXPECT_EQ(findDevice(DeviceKind::gpu, 1), nullptr);
  ASSERT_TRUE(device->gpu());
  int chosen = 0;
  for (const GpuReport &r : gpuReports()) {
    EXPECT_NE(r.reason, "") << r.name;
    chosen += r.chosen && r.name == device->name();
  }
  EXPECT_EQ(chosen, 1);
}

TEST(Discovery, AProbeFindsWhatArithmeticDoes) {
  MX_OPEN_DEVICE(device);
  const GpuProperties &p = *device->gpu();
  for (auto [name, value] : device->info())
    EXPECT_NE(value, "") << name;
  if (p.name.find("llvmpipe") == std::string::npos)
    GTEST_SKIP() << "nothing is known about " << p.name;
  EXPECT_FALSE(p.fusedFma);
  EXPECT_TRUE(p.exactDivision);
  EXPECT_TRUE(p.exactSqrt);
  EXPECT_TRUE(p.exactHalf);
  EXPECT_TRUE(p.subnormals);
  EXPECT_TRUE(p.unifiedMemory);
  EXPECT_EQ(p.subgroupSize, 8);
  EXPECT_EQ(p.storageBufferRange, 128 << 20);
}

TEST(Discovery, WithoutALoaderTheReasonSaysSo) {
  Options options;
  options.library = "libvulkan-absent.so.1";
  Discovery found = discover(options);
  EXPECT_FALSE(found.device);
  EXPECT_NE(found.reason.find("libvulkan-absent.so.1"), std::string::npos) << found.reason;
}

} // namespace
} // namespace mx::rt::vulkan
