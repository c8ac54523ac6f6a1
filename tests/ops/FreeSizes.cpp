// Every sample as a shapeless export, called with sizes that it was not made with, down to none: wherever the program takes them
// it gives the bits that the op gives.
#include "tests/NoGpu.h"
#include "tests/ops/Harness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <unistd.h>

namespace mx::test {
namespace {

class FreeSizes : public testing::TestWithParam<Case> {
protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / ("mx-free-sizes-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  void check(Device device, const std::function<std::string(const array &, const array &)> &difference);

  std::filesystem::path folder;
};

/// The operands with other sizes: equal ones stay equal, and the elements come round again.
Arrays resized(const Arrays &operands, const std::function<int(int)> &other) {
  Arrays result;
  for (const array &a : operands) {
    Shape shape;
    int64_t count = 1;
    for (int32_t size : a.shape()) {
      shape.push_back(size > 1 ? other(size) : size);
      count *= shape.back();
    }
    const array index = remainder(arange(double(count), int64), array(std::max<int64_t>(int64_t(a.size()), 1)));
    result.push_back(a.size() == 0 && count > 0 ? zeros(shape, a.dtype()) : reshape(take(flatten(a), astype(index, int32)), shape));
  }
  eval(result);
  return result;
}

const std::map<std::string, std::function<int(int)>> kSizes = {{"own", [](int n) { return n; }},      {"none", [](int) { return 0; }},
                                                              {"one", [](int) { return 1; }},       {"less", [](int n) { return n - 1; }},
                                                              {"more", [](int n) { return n + 3; }}, {"double", [](int n) { return 2 * n; }}};

/// Exports each sample for a device and calls the program with other sizes; `difference` compares with what the op gives on the CPU.
void FreeSizes::check(Device device, const std::function<std::string(const array &, const array &)> &difference) {
  for (const Sample *sample : GetParam().samples) {
    const Dtype dtype = contains(sample->dtypes, float32) ? float32 : *std::find_if(kDtypes.begin(), kDtypes.end(), [&](Dtype d) { return contains(sample->dtypes, d); });
    Values values(dtype, 7);
    const Arrays operands = sample->inputs(values);
    auto function = [sample](const Arrays &in) { return Arrays{sample->function(in)}; };
    std::function<Arrays(const Arrays &)> program;
    try {
      export_kernels(folder.string(), function, operands,
                     {.targets = {device == Device::gpu ? "spirv:vulkan1.2" : "cpu:native"}, .shapeless = true});
      set_default_device(device);
      program = import_kernels((folder / "program.mxe").string());
      set_default_device(Device::cpu);
    } catch (const InvalidArgument &e) {
      EXPECT_NE(std::string(e.what()).find("no size of the inputs can vary"), std::string::npos) << sample->name << ": " << e.what();
      continue;
    }
    for (const auto &[what, other] : kSizes) {
      const Arrays in = resized(operands, other);
      Arrays got;
      try {
        got = program(in);
      } catch (const InvalidArgument &) {
        EXPECT_NE(what, "own") << sample->name;
        continue;
      }
      EXPECT_EQ(difference(got[0], function(in)[0]), "") << sample->name << " with " << what;
    }
  }
}

TEST_P(FreeSizes, AreTheOps) {
  check(Device::cpu, [](const array &got, const array &expected) {
    return tensorOf(got) == tensorOf(expected) ? "" : ir::interp::firstDifference(tensorOf(got), tensorOf(expected)) + " bits";
  });
}

TEST_P(FreeSizes, AreTheOpsOnTheGpu) {
  if (!is_available(Device::gpu))
    GTEST_SKIP() << whyNoGpu();
  check(Device::gpu, [](const array &got, const array &expected) {
    return ir::interp::firstDifference(tensorOf(got), tensorOf(expected), {.ulps = 64, .ofLargest = true});
  });
}

INSTANTIATE_TEST_SUITE_P(Table, FreeSizes, testing::ValuesIn(cases()), [](const auto &info) { return identifier(info.param); });

} // namespace
} // namespace mx::test
