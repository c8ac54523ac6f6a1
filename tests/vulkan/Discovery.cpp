// Tests of finding devices, and of the words when there is none.
#include "tests/vulkan/Fixture.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace mx::rt::vulkan {
namespace {

/// An environment variable for the length of a scope.
class ScopedEnv {
public:
  ScopedEnv(const char *name, const std::string &value) : name(name) {
    if (const char *text = std::getenv(name))
      former = text;
    setenv(name, value.c_str(), 1);
  }
  ~ScopedEnv() { former.empty() ? unsetenv(name) : setenv(name, former.c_str(), 1); }

private:
  const char *name;
  std::string former;
};

/// The drivers are those of one file, with this text.
class Drivers {
public:
  explicit Drivers(const std::string &text)
      : path(testing::TempDir() + "mx-driver-" + std::to_string(getpid()) + ".json"), files("VK_DRIVER_FILES", path),
        filenames("VK_ICD_FILENAMES", path) {
    std::ofstream(path) << text;
  }
  ~Drivers() { std::filesystem::remove(path); }

private:
  const std::string path;
  ScopedEnv files, filenames;
};

std::string manifest(const std::string &library) {
  return R"({"file_format_version": "1.0.0", "ICD": {"library_path": ")" + library + R"(", "api_version": "1.2.0"}})";
}

std::string fakeDriver(const char *lack) {
  return manifest(std::string(MX_FAKE_DRIVERS) + "/libmx_fake_driver_" + lack + ".so");
}

void expectNoDevice(const char *reason) {
  Discovery found = discover();
  EXPECT_FALSE(found.device);
  EXPECT_NE(found.reason.find(reason), std::string::npos) << found.reason;
}

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

TEST(Discovery, ADriverThatIsBrokenIsNone) {
  for (const std::string &text :
       {std::string("{ this is no json"), std::string(), manifest("/nonexistent/libvulkan_none.so"),
        manifest("/proc/self/exe"), fakeDriver("INSTANCE")}) {
    Drivers drivers(text);
    expectNoDevice("vkCreateInstance");
  }
}

TEST(Discovery, ADeviceThatLacksSomethingSaysWhat) {
  for (auto [lack, reason] : {std::pair("VERSION", "fake: it has Vulkan 1.1, 1.2 is needed"),
                              std::pair("COMPUTE", "fake: it has no compute queue"),
                              std::pair("TIMELINE", "fake: it has no timeline semaphores"),
                              std::pair("DEVICE", "fake: vkCreateDevice failed: VK_ERROR_INITIALIZATION_FAILED")}) {
    Drivers drivers(fakeDriver(lack));
    expectNoDevice(reason);
    Discovery found = discover();
    ASSERT_EQ(found.reports.size(), 1u);
    EXPECT_EQ(found.reports[0].name, "fake");
    EXPECT_FALSE(found.reports[0].chosen);
  }
}

TEST(Discovery, ADeviceThatFailsMakesRoomForTheNext) {
  MX_OPEN_DEVICE(device);
  const std::string lavapipe = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json";
  if (!std::filesystem::exists(lavapipe))
    GTEST_SKIP() << "no lavapipe";
  Drivers drivers(fakeDriver("DEVICE"));
  const std::string both = std::string(std::getenv("VK_DRIVER_FILES")) + ":" + lavapipe;
  ScopedEnv files("VK_DRIVER_FILES", both), filenames("VK_ICD_FILENAMES", both);
  Discovery found = discover();
  ASSERT_TRUE(found.device) << found.reason;
  EXPECT_EQ(found.reason, "");
  ASSERT_EQ(found.reports.size(), 2u);
  for (const GpuReport &r : found.reports) {
    EXPECT_EQ(r.chosen, r.name != "fake");
    EXPECT_EQ(r.reason, r.chosen ? "the first by kind: cpu" : "vkCreateDevice failed: VK_ERROR_INITIALIZATION_FAILED");
  }
  ScopedEnv named("MX_VK_DEVICE", "fake");
  expectNoDevice("fake: vkCreateDevice failed");
}

TEST(Discovery, ADeviceIsChosenByNumberOrName) {
  MX_OPEN_DEVICE(device);
  const std::string name = device->name();
  for (const std::string &wanted : {std::string("0"), name.substr(0, 4), name}) {
    ScopedEnv variable("MX_VK_DEVICE", wanted);
    Discovery found = discover();
    ASSERT_TRUE(found.device) << found.reason;
    EXPECT_EQ(found.reports[0].reason, "MX_VK_DEVICE='" + wanted + "' names it");
  }
  for (const char *wanted : {"99", "no such device"}) {
    ScopedEnv variable("MX_VK_DEVICE", wanted);
    expectNoDevice(("MX_VK_DEVICE='" + std::string(wanted) + "' names another").c_str());
  }
}

TEST(Discovery, AnUnknownValidationIsAReason) {
  ScopedEnv variable("MX_VALIDATE", "everything");
  expectNoDevice("MX_VALIDATE='everything' is none of");
}

TEST(Discovery, TheProcessorGoesOnWithoutADriver) {
  Drivers drivers("{");
  // A process of its own: the registry looks for devices once.
  pid_t child = fork();
  if (child == 0) {
    execl("/proc/self/exe", "test-vulkan", "--gtest_also_run_disabled_tests", "--gtest_brief=1",
          "--gtest_filter=Child.DISABLED_HasAProcessorOnly", nullptr);
    _exit(2);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/// Run by TheProcessorGoesOnWithoutADriver.
TEST(Child, DISABLED_HasAProcessorOnly) {
  EXPECT_EQ(countDevices(DeviceKind::gpu), 0);
  EXPECT_EQ(findDevice(DeviceKind::gpu), nullptr);
  EXPECT_NE(gpuReason(), "");
  EXPECT_TRUE(gpuReports().empty());
  CompiledProgram p;
  p.name = "five";
  p.outputs = {{DType::float32, {1}, 4, -1}};
  Step step;
  step.entry = {"five",
                [](const mx_args *args, uint32_t, uint32_t) -> int {
                  *static_cast<float *>(args->buffers[0]) = 5;
                  return 0;
                },
                nullptr, 0};
  step.buffers = {{BufferRef::Output, 0}};
  step.units = 1;
  p.steps = {step};
  BufferPtr out;
  ASSERT_TRUE(findDevice(DeviceKind::cpu)->run(p, {{}, {}, {}, {&out, 1}}));
  EXPECT_EQ(floats(out)[0], 5);
}

} // namespace
} // namespace mx::rt::vulkan
