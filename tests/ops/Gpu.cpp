// The same table on the GPU: within bounds of the reference interpreter, the same bits in every mode, and the CPU's bits where
// they are promised. Skipped without a GPU; tests/vulkan sees to it that one is found where there is a driver.
#include "tests/NoGpu.h"
#include "tests/ops/Harness.h"

#include <gtest/gtest.h>

namespace mx::test {
namespace {

/// Makes the GPU the default, and exact arithmetic if asked for, as long as it lives.
struct OnGpu {
  explicit OnGpu(bool exact = false) {
    set_default_device(Device::gpu);
    set_exact(exact);
  }
  ~OnGpu() {
    set_exact(false);
    set_default_device(Device::cpu);
  }
};

/// True for what is the same on every device: integers, data that is moved, and scans, which have no multiplications to fuse.
bool hasCpuBits(const Call &c, const array &result) {
  if (!issubdtype(c.dtype, inexact) && !issubdtype(result.dtype(), inexact))
    return true;
  if (!c.sample->kind)
    return false;
  const ir::OpRow &row = ir::rowOf(*c.sample->kind);
  return row.family == "Views" || row.family == "Indexing" || row.family == "Scan";
}

class Gpu : public testing::TestWithParam<Case> {
protected:
  void SetUp() override {
    if (!is_available(Device::gpu))
      GTEST_SKIP() << whyNoGpu();
    // A row without a sample fails in suite Modes.
    if (GetParam().samples.empty())
      GTEST_SKIP();
  }
};

TEST_P(Gpu, Agrees) {
  const Program program(GetParam());
  Arrays cpu = program(program.inputs);
  auto expected = interpret(cpu);
  ASSERT_TRUE(expected) << expected.error().message;
  eval(cpu);
  const OnGpu scope;
  const ModeResults results = runInAllModes(program, program(program.inputs));
  for (size_t i = 0; i < program.calls.size(); ++i) {
    const Call &call = program.calls[i];
    const Tensor value = expectAgreement(call, i, results, (*expected)[i]);
    if (hasCpuBits(call, results.eager[i]))
      EXPECT_TRUE(tensorOf(cpu[i]) == value) << call.name() << " against the cpu: " << ir::interp::firstDifference(value, tensorOf(cpu[i]));
  }
}

class GpuExact : public Gpu {};

// NaNs may differ in their bits: no standard says which one an operation makes.
TEST_P(GpuExact, HasTheCpusBits) {
  const Program program(GetParam());
  Arrays results[2];
  for (bool onGpu : {false, true}) {
    const OnGpu scope(/*exact=*/true);
    if (!onGpu)
      set_default_device(Device::cpu);
    results[onGpu] = program(program.inputs);
    eval(results[onGpu]);
  }
  for (size_t i = 0; i < program.calls.size(); ++i)
    EXPECT_EQ(ir::interp::firstDifference(tensorOf(results[1][i]), tensorOf(results[0][i]), {0}), "") << program.calls[i].name();
}

std::vector<Case> elementwiseCases() {
  std::vector<Case> list = cases();
  std::erase_if(list, [](const Case &c) {
    return c.samples.empty() || !c.samples[0]->kind || !ir::rowOf(*c.samples[0]->kind).isElementwise();
  });
  return list;
}

INSTANTIATE_TEST_SUITE_P(Table, GpuExact, testing::ValuesIn(elementwiseCases()), [](const auto &info) { return identifier(info.param); });
INSTANTIATE_TEST_SUITE_P(Table, Gpu, testing::ValuesIn(cases()), [](const auto &info) { return identifier(info.param); });

} // namespace
} // namespace mx::test
