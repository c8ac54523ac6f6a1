// What drivers make of shaders is kept on disk. Lavapipe keeps nothing in its pipeline caches, so the calls about their
// data are answered here.
#include "runtime/DiskCache.h"
#include "tests/vulkan/Fixture.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdlib.h>

namespace mx::rt::vulkan {
namespace {

namespace fs = std::filesystem;
constexpr int64_t kCount = 1000;
constexpr size_t kHeader = sizeof(VkPipelineCacheHeaderVersionOne), kBytes = kHeader + 100;

/// What a driver would have: the sizes of the data it was given, and how it answers.
struct Driver {
  std::vector<size_t> given;
  VkPipelineCacheHeaderVersionOne header{};
  VkResult create = VK_SUCCESS;
} driver;

PFN_vkCreatePipelineCache createCache;
VKAPI_ATTR VkResult VKAPI_CALL create(VkDevice d, const VkPipelineCacheCreateInfo *info, const VkAllocationCallbacks *a, VkPipelineCache *c) {
  driver.given.push_back(info->initialDataSize);
  if (info->initialDataSize)
    EXPECT_EQ(static_cast<const uint8_t *>(info->pInitialData)[kHeader], 42);
  VkPipelineCacheCreateInfo empty = *info;
  empty.initialDataSize = 0;
  return driver.create == VK_SUCCESS ? createCache(d, &empty, a, c) : driver.create;
}
VKAPI_ATTR VkResult VKAPI_CALL getData(VkDevice, VkPipelineCache, size_t *bytes, void *data) {
  *bytes = kBytes;
  if (data) {
    std::memset(data, 42, kBytes);
    std::memcpy(data, &driver.header, kHeader);
  }
  return VK_SUCCESS;
}

class PipelineData : public testing::Test {
protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "mx-pipelines-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    driver = {};
  }
  void TearDown() override { fs::remove_all(folder); }

  /// Runs a program of one shader on a fresh device, as a process of its own would; what the cache did. Nothing without Vulkan.
  std::optional<CacheStats> run() {
    DiskCache cache(folder.string(), int64_t(1) << 30);
    Options options;
    options.pipelines = &cache;
    auto device = openDevice(options);
    if (!device)
      return std::nullopt;
    Api &vk = device->api();
    createCache = vk.CreatePipelineCache;
    vk.CreatePipelineCache = create;
    vk.GetPipelineCacheData = getData;
    if (!driver.header.headerSize) {
      const Physical &physical = device->physical();
      driver.header = {kHeader, VK_PIPELINE_CACHE_HEADER_VERSION_ONE, physical.vendor, physical.model, {}};
      std::memcpy(driver.header.pipelineCacheUUID, physical.cacheIdentifier.data(), VK_UUID_SIZE);
    }
    driver.given.clear();
    BufferPtr x = filled(std::vector<float>(kCount, 1)), out;
    const Status ran = runTwo(*device, sum(kCount), x->data, x->data, out);
    EXPECT_TRUE(ran);
    if (ran)
      EXPECT_EQ(floats(out)[kCount - 1], 2);
    return cache.stats();
  }

  fs::path folder;
};

TEST_F(PipelineData, IsGivenToLaterDevices) {
  const auto cold = run();
  if (!cold)
    GTEST_SKIP() << "no Vulkan device";
  EXPECT_EQ(cold->stored, 1u);
  EXPECT_EQ(driver.given, std::vector<size_t>{0});
  const auto warm = run();
  EXPECT_EQ(warm->hits, 1u);
  EXPECT_EQ(warm->stored, 0u);
  EXPECT_EQ(driver.given, std::vector<size_t>{kBytes});
}

TEST_F(PipelineData, OfDamagedFilesIsMadeAnew) {
  if (!run())
    GTEST_SKIP() << "no Vulkan device";
  for (const auto &file : fs::directory_iterator(folder))
    std::fstream(file.path(), std::ios::in | std::ios::out | std::ios::binary).seekp(100).put(0);
  const auto found = run();
  EXPECT_EQ(found->damaged, 1u);
  EXPECT_EQ(found->stored, 1u);
  EXPECT_EQ(driver.given, std::vector<size_t>{0});
}

TEST_F(PipelineData, OfAnotherDeviceStaysAway) {
  driver.header = {kHeader, VK_PIPELINE_CACHE_HEADER_VERSION_ONE, 1, 2, {}};
  const auto found = run();
  if (!found)
    GTEST_SKIP() << "no Vulkan device";
  EXPECT_EQ(found->stored, 0u) << "the driver's own data do not bear its name";
}

TEST_F(PipelineData, ADriverWithoutCachesMakesPipelines) {
  driver.create = VK_ERROR_OUT_OF_HOST_MEMORY;
  const auto found = run();
  if (!found)
    GTEST_SKIP() << "no Vulkan device";
  EXPECT_EQ(found->stored, 0u);
  EXPECT_EQ(driver.given, std::vector<size_t>{0});
}

} // namespace
} // namespace mx::rt::vulkan
