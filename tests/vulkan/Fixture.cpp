// Shaders by name and programs by hand.
#include "tests/vulkan/Fixture.h"

#include "runtime/Regions.h"
#include "runtime/base/Log.h"

#include <algorithm>
#include <numeric>

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

std::unique_ptr<VulkanDevice> openDevice(const Options &options) {
  Discovery found = discover(options);
  return std::unique_ptr<VulkanDevice>(static_cast<VulkanDevice *>(found.device.release()));
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

Program twoTemporaries(const SizeExpr &n) {
  Program p;
  p.name = "two_temporaries";
  SizeExpr bytes = SizeExpr::binary(Op::Mul, n, 4);
  p.inputs = {{DType::float32, {n}}, {DType::float32, {n}}};
  p.outputs = {{DType::float32, {n}, bytes, -1}};
  p.arena = {{bytes, 0, 2, -1}, {bytes, 1, 2, -1}};
  p.steps = {step("Add", {{BufferRef::Input, 0}, {BufferRef::Input, 1}, {BufferRef::Arena, 0}}, n),
             step("Add", {{BufferRef::Input, 0}, {BufferRef::Input, 0}, {BufferRef::Arena, 1}}, n),
             step("Add", {{BufferRef::Arena, 0}, {BufferRef::Arena, 1}, {BufferRef::Output, 0}}, n)};
  p.isStatic = n.isConstant();
  p.numSymbols = p.isStatic ? 0 : 1;
  if (p.isStatic) {
    int64_t rounded = (bytes.value() + 63) / 64 * 64;
    p.arena[0].offset = 0;
    p.arena[1].offset = rounded;
    p.arenaBytes = 2 * rounded;
  }
  return p;
}

Program sum(const SizeExpr &n, int32_t donor) {
  Program p;
  p.name = "sum";
  p.inputs = {{DType::float32, {n}}, {DType::float32, {n}}};
  p.outputs = {{DType::float32, {n}, SizeExpr::binary(Op::Mul, n, 4), donor}};
  p.steps = {step("Add", {{BufferRef::Input, 0}, {BufferRef::Input, 1}, {BufferRef::Output, 0}}, n)};
  p.isStatic = n.isConstant();
  p.numSymbols = p.isStatic ? 0 : 1;
  return p;
}

std::vector<float> iota(int64_t n, float first) {
  std::vector<float> v(static_cast<size_t>(n));
  std::iota(v.begin(), v.end(), first);
  return v;
}

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

Status runTwo(Device &device, const Program &p, void *x, void *y, BufferPtr &out, std::span<const int64_t> symbols,
              std::span<BufferPtr> donated) {
  void *inputs[] = {x, y};
  return device.run(p, {inputs, symbols, donated, {&out, 1}});
}

} // namespace mx::rt::vulkan
