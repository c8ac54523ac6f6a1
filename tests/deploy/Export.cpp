// export_kernels and import_kernels: the same bits as in process, sizes that are free, captured arrays, equal bytes for equal
// functions, and errors that name what is wrong.
#include "tests/deploy/Support.h"

namespace mx::test {
namespace {

Arrays mlp(const Arrays &in) {
  array hidden = tanh(matmul(in[0], in[1]) + in[2]);
  return {softmax(matmul(hidden, in[3]), -1), sum(hidden, -1)};
}

TEST_F(Export, TheSameBitsAsInProcess) {
  const Arrays in{ramp({8, 32}), ramp({32, 64}), ramp({64}), ramp({64, 10}, float32, 3)};
  ArraysFn program = exported(mlp, in);
  expectSame(program(in), compile(ArraysFn(mlp))(in));
  expectSame(program(in), program(in));
}

TEST_F(Export, EveryDtypeOfArithmeticGoesThrough) {
  for (Dtype dtype : {bool_, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, float32, float64, bfloat16}) {
    const ArraysFn fun = [](const Arrays &in) { return Arrays{in[0] + in[1], where(in[0] == in[1], in[0], in[1])}; };
    const Arrays in{ramp({5, 7}, dtype), ramp({7}, dtype, 1)};
    expectSame(exported(fun, in)(in), compile(fun)(in));
    expectSame(exported(fun, in, {.shapeless = true})(in), compile(fun)(in));
  }
}

TEST_F(Export, WholeTrainingSteps) {
  const ArraysFn step = [](const Arrays &in) {
    auto lossAndGradient = value_and_grad([&](const Arrays &p) { return mean(square(matmul(tanh(matmul(in[2], p[0])), p[1]) - in[3])); },
                                          std::vector<int>{0, 1});
    auto [loss, gradients] = lossAndGradient({in[0], in[1]});
    return Arrays{loss, in[0] - array(0.1f) * gradients[0], in[1] - array(0.1f) * gradients[1]};
  };
  Arrays here{ramp({6, 16}), ramp({16, 1}), ramp({32, 6}), ramp({32, 1}, float32, 5)}, there = here;
  ArraysFn program = exported(step, here);
  auto compiled = compile(step);
  for (int i = 0; i < 5; ++i) {
    Arrays a = compiled(here), b = program(there);
    expectSame(a, b);
    std::copy(a.begin() + 1, a.end(), here.begin());
    std::copy(b.begin() + 1, b.end(), there.begin());
  }
}

TEST_F(Export, CapturedArraysAreConstants) {
  array table = ramp({4, 6}), turned = transpose(ramp({3, 4})), scalar = array(2.5f), lazy = ramp({3}) * array(2.0f);
  eval(turned);
  const ArraysFn fun = [=](const Arrays &in) { return Arrays{matmul(turned, in[0]) * scalar + sum(table, 1, true), in[0], table, transpose(table), lazy}; };
  const Arrays in{ramp({3, 5})};
  for (bool shapeless : {false, true})
    expectSame(exported(fun, in, {.shapeless = shapeless})(in), fun(in));
}

// A weight that was not computed yet is computed once, at the export, and not at every call.
TEST_F(Export, LazyCapturesAreComputedAtTheExport) {
  const array weight = random::normal({6, 300}, float32, 0, 1, random::key(3)), shift = weight * array(2.0f);
  const ArraysFn fun = [=](const Arrays &in) { return Arrays{matmul(in[0], weight) + sum(shift, 0), shift}; };
  const Arrays in{ramp({4, 6})};
  expectSame(exported(fun, in)(in), fun(in));
  expectSame(exported(fun, in, {.shapeless = true})(in), fun(in));
  EXPECT_GT(bytes("program").size(), 2 * 6 * 300 * sizeof(float));
}

TEST_F(Export, NamesAreInErrors) {
  const ArraysFn twice = [](const Arrays &a) { return Arrays{a[0] + a[1]}; };
  const Arrays in{ramp({4}), ramp({4})};
  ArraysFn program = exported(twice, in, {.input_names = {"x", "bias"}, .output_names = {"y"}});
  expectSame(program(in), twice(in));
  EXPECT_NE(messageOf([&] { program({ramp({4}), ramp({5})}); }).find("input 1 'bias' has shape (5,)"), std::string::npos);
  auto message = [&](const ExportOptions &options) { return messageOf([&] { export_kernels(folder.string(), twice, in, options); }); };
  EXPECT_EQ(message({.input_names = {"x"}}), "[export_kernels] 1 names for 2 inputs; give one for each, or none");
  EXPECT_EQ(message({.output_names = {"y", "z"}}), "[export_kernels] 2 names for 1 results; give one for each, or none");
  for (const char *name : {"x", "", "a=b", "a/b"})
    EXPECT_NE(message({.input_names = {"x", name}}).find("name each differently"), std::string::npos) << name;
}

TEST_F(Export, InputsMayBeLazyAndStrided) {
  const ArraysFn fun = [](const Arrays &in) { return Arrays{in[0] - in[1]}; };
  ArraysFn program = exported(fun, {ramp({4, 6}), ramp({4, 6})});
  const Arrays in{transpose(ramp({6, 4})), ramp({4, 6}) * array(3.0f)};
  expectSame(program(in), fun(in));
}

TEST_F(Export, EqualFunctionsGiveEqualBytes) {
  const Arrays in{ramp({8, 32}), ramp({32, 64}), ramp({64}), ramp({64, 10})};
  const std::vector<std::string> targets{"cpu:x86-64", "cpu:x86-64-v3", "cpu:x86-64-v4", "cpu:native", "spirv:vulkan1.2"};
  export_kernels(folder.string(), mlp, in, {.name = "first", .targets = targets});
  // What a process has compiled before leaves no trace in a file.
  eval(mlp(in));
  expectSame(compile(ArraysFn(mlp))(in), compile(ArraysFn(mlp))(in));
  const std::string first = bytes("first");
  EXPECT_GT(first.size(), 4096u);
  export_kernels(folder.string(), mlp, in, {.name = "first", .targets = targets});
  EXPECT_EQ(first, bytes("first"));
}

TEST_F(Export, RunsOnAGpu) {
  const Arrays in{ramp({8, 32}), ramp({32, 64}), ramp({64}), ramp({64, 10})};
  export_kernels(folder.string(), mlp, in, {.targets = {"cpu:native", "spirv:vulkan1.2"}});
  const Arrays onCpu = import_kernels(file())(in);
  if (!is_available(Device::gpu))
    GTEST_SKIP() << "no gpu";
  set_default_device(Device::gpu);
  const Arrays onGpu = import_kernels(file())(in);
  set_default_device(Device::cpu);
  for (size_t i = 0; i < onCpu.size(); ++i)
    EXPECT_TRUE(allclose(onCpu[i], onGpu[i], 1e-5, 1e-6).item<bool>()) << i;
  export_kernels(folder.string(), mlp, in, {.name = "cpu_only"});
  set_default_device(Device::gpu);
  EXPECT_THROW(import_kernels(file("cpu_only")), DeviceError);
}

TEST_F(Export, ADumpReplacesTheOneBefore) {
  namespace fs = std::filesystem;
  const Arrays in{ramp({8, 32}), ramp({32, 64}), ramp({64}), ramp({64, 10})};
  const auto dump = [&](std::vector<std::string> targets) {
    export_kernels(folder.string(), mlp, in, {.name = "mlp", .targets = std::move(targets), .dump = true});
  };
  const auto holdsDump = [](const fs::path &path) {
    return fs::exists(path / "05-target.mlir") && fs::exists(path / "program.json") && fs::exists(path / "kernels" / "KernelAbi.h");
  };
  const auto tiled = [&] { return fs::file_size(folder / "mlp" / "04-tiled.mlir"); };
  dump({"cpu:native"});
  EXPECT_TRUE(holdsDump(folder / "mlp"));
  const std::uintmax_t first = tiled();
  std::ofstream(folder / "mlp" / "notes.txt") << "the user's";
  dump({"cpu:native"});
  EXPECT_EQ(tiled(), first) << "files are not appended to those of the dump before";
  dump({"cpu:native", "spirv:vulkan1.2"});
  EXPECT_TRUE(holdsDump(folder / "mlp" / "cpu-native"));
  EXPECT_TRUE(holdsDump(folder / "mlp" / "spirv-vulkan1.2"));
  EXPECT_FALSE(fs::exists(folder / "mlp" / "program.json"));
  EXPECT_TRUE(fs::exists(folder / "mlp" / "notes.txt")) << "what is not the dump's stays";
}

TEST_F(Export, WrongExportsSayWhy) {
  const Arrays in{ramp({4, 6})};
  const ArraysFn twice = [](const Arrays &a) { return Arrays{a[0] + a[0]}; };
  auto message = [&](const ArraysFn &fun, const ExportOptions &options) {
    return messageOf([&] { export_kernels(folder.string(), fun, in, options); });
  };
  EXPECT_EQ(message(nullptr, {}), "[export_kernels] the function is empty; pass one that takes and returns arrays");
  EXPECT_EQ(message(twice, {.name = "a/b"}), "[export_kernels] the name 'a/b' is no file name; folders belong to the directory");
  EXPECT_EQ(message(twice, {.targets = {}}), "[export_kernels] there is no target; cpu:native is this machine");
  EXPECT_NE(message(twice, {.targets = {"cpu:z80"}}).find("the target 'cpu:z80' is unknown; there are cpu:native"), std::string::npos);
  EXPECT_NE(message(twice, {.targets = {"cpu:native", "cpu:native"}}).find("is named twice"), std::string::npos);
  EXPECT_NE(message([](const Arrays &a) { return Arrays{a[0] + random::uniform({4, 6})}; }, {}).find("without a key"), std::string::npos);
  EXPECT_THROW(export_kernels("/proc/mx", twice, in), FileError);
  EXPECT_THROW(export_kernels(folder.string(), [](const Arrays &) -> Arrays { throw std::range_error("mine"); }, in), std::range_error);
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(Export, WrongCallsAndFilesSayWhy) {
  const ArraysFn twice = [](const Arrays &a) { return Arrays{a[0] + a[0]}; };
  ArraysFn program = exported(twice, {ramp({4, 6})});
  EXPECT_EQ(messageOf([&] { program({}); }), "[program] takes 1 inputs, not 0; pass them in the order of the export");
  EXPECT_EQ(messageOf([&] { program({ramp({6, 4})}); }), "[program] input 0 has shape (6, 4), not (4, 6); export a program for this shape, or a shapeless one");
  EXPECT_EQ(messageOf([&] { program({ramp({4, 6}, int32)}); }), "[program] input 0 is int32, not float32; convert it before the call");
  EXPECT_NE(messageOf([&] { grad([&](const array &x) { return sum(program({x})[0]); })(ramp({4, 6})); }).find("has no derivative"), std::string::npos);
  EXPECT_THROW(import_kernels(file("missing")), FileError);
  std::string damaged = bytes("program");
  damaged[damaged.size() / 2] = char(damaged[damaged.size() / 2] ^ 1);
  std::ofstream(file("damaged"), std::ios::binary) << damaged;
  EXPECT_NE(messageOf([&] { import_kernels(file("damaged")); }).find("damaged.mxe: "), std::string::npos);
  EXPECT_THROW(import_kernels(file("damaged")), FileError);
}

} // namespace
} // namespace mx::test
