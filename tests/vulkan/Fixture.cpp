// Shaders by name and programs by hand.
#include "tests/vulkan/Fixture.h"

#include "runtime/Regions.h"
#include "runtime/base/Log.h"

#include <algorithm>

namespace mx::rt::vulkan {
namespace {

constexpr uint32_t kAdd[] = {
#include "Add.inc"
};
constexpr uint32_t kAddByAddress[] = {
#include "AddByAddress.inc"
};
constexpr uint32_t kCheck[] = {
#include "Check.inc"
};
constexpr uint32_t kHalve[] = {
#include "Halve.inc"
};

using Op = SizeExpr::Op;

/// Messages of the validation layers fail the test, also those that belong to no call.
class Watch : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo &) override {
    setLogSink([](LogLevel level, std::string_view text) {
      if (level == LogLevel::error)
        ADD_FAILURE() << text;
    });
  }
};
[[maybe_unused]] const bool watching = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new Watch);
  return true;
}();

} // namespace

std::string nameOfPolicy(const testing::TestParamInfo<MemoryPolicy> &info) {
  switch (info.param) {
  case MemoryPolicy::shared: return "shared";
  case MemoryPolicy::migrate: return "migrate";
  default:
    return "copy";
  }
}

std::unique_ptr<VulkanDevice> openDevice(const Options &options) {
  Discovery found = discover(options);
  return std::unique_ptr<VulkanDevice>(static_cast<VulkanDevice *>(found.device.release()));
}

void UnderPolicy::SetUp() {
  Options options;
  options.memory = GetParam();
  device = openDevice(options);
  if (!device)
    GTEST_SKIP() << "no Vulkan device";
}

std::shared_ptr<const Shader> shaderNamed(std::string_view name) {
  struct Row {
    std::string_view name;
    std::span<const uint32_t> words;
    std::vector<uint32_t> bindings;
    uint32_t firstWritten;
    int32_t faultBinding = -1;
  };
  static const Row rows[] = {{"Add", kAdd, {0, 1, 2}, 2},
                             {"AddByAddress", kAddByAddress, {}, 2},
                             {"Check", kCheck, {0, 1, 2}, 1, 2},
                             {"Halve", kHalve, {0}, 0}};
  const Row &row = *std::ranges::find(rows, name, &Row::name);
  auto shader = std::make_shared<Shader>();
  shader->words = std::make_shared<const std::vector<uint32_t>>(row.words.begin(), row.words.end());
  shader->entry = "main";
  shader->byAddress = row.bindings.empty();
  shader->bindings = row.bindings;
  shader->firstWritten = row.firstWritten;
  shader->faultBinding = row.faultBinding;
  return shader;
}

Step step(std::string_view shader, std::vector<BufferRef> buffers, const SizeExpr &elements) {
  Step s;
  s.entry.name = shader;
  s.entry.shader = shaderNamed(shader);
  s.buffers = std::move(buffers);
  s.scalars = {elements};
  s.units = SizeExpr::binary(Op::CeilDiv, elements, 64);
  return s;
}

static Step add(std::vector<BufferRef> buffers, const SizeExpr &elements) { return step("Add", std::move(buffers), elements); }
CompiledProgram twoTemporaries(const SizeExpr &n) { return rt::twoTemporaries(n, add); }
CompiledProgram sum(const SizeExpr &n, int32_t donor) { return rt::sum(n, donor, add); }

BufferPtr filled(const std::vector<float> &values) {
  BufferPtr b = *hostAllocator().allocate(values.size() * sizeof(float));
  std::ranges::copy(values, static_cast<float *>(b->data));
  return b;
}

const float *floats(const BufferPtr &buffer) {
  Status s = hostAccess(buffer->data);
  EXPECT_TRUE(s) << s.error().message;
  return static_cast<const float *>(buffer->data);
}

Status runTwo(Device &device, const CompiledProgram &p, void *x, void *y, BufferPtr &out, std::span<const int64_t> symbols,
              std::span<BufferPtr> donated) {
  void *inputs[] = {x, y};
  return device.run(p, {inputs, symbols, donated, {&out, 1}});
}

} // namespace mx::rt::vulkan
