// mx::debug::nan_check names the op that makes the first NaN, its element and its line, on every device, and lets NaNs of the
// user's own data pass. Built with debug information.
#include "tests/compile/Support.h"

#include <cmath>
#include <limits>
#include <thread>

namespace mx::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

class NanCheck : public testing::TestWithParam<Device::DeviceType> {
protected:
  void SetUp() override {
    if (!is_available(GetParam()))
      GTEST_SKIP() << std::get<std::string>(device_info(GetParam()).at("reason"));
    set_default_device(GetParam());
    debug::nan_check(true);
  }
  void TearDown() override {
    debug::nan_check(false);
    set_default_device(Device::cpu);
  }

  /// What evaluating says; empty when it does not fail.
  template <typename F> static std::string complaint(F f) {
    try {
      f();
    } catch (const InvalidArgument &e) {
      EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
      // The line is that of the op, not of the call that evaluates it.
      EXPECT_NE(std::string(e.what()).find(", called at " + e.where() + "; " + e.hint()), std::string::npos) << e.where();
      EXPECT_NE(e.where().find("NanCheck.cpp:"), std::string::npos) << e.where();
      return std::string(e.op()) + "|" + e.what();
    }
    return {};
  }
  static std::string expected(const std::string &op, const std::string &element, const std::string &of, int line) {
    // The file's name is as the compiler was given it.
    return op + "|[" + op + "] makes a NaN of inputs that have none: element " + element + " of " + of + ", called at FILE:" + std::to_string(line) +
           "; keep its inputs where it is defined, with where, maximum or clip";
  }
  static std::string shortened(std::string text) {
    const size_t at = text.find("called at "), end = text.find("NanCheck.cpp");
    if (at == std::string::npos || end == std::string::npos)
      return text;
    return text.replace(at + 10, end + 12 - (at + 10), "FILE");
  }
};

TEST_P(NanCheck, NamesOpElementAndLine) {
  array x({4.0f, 1.0f, -1.0f, -2.0f, 9.0f, 16.0f}, {2, 3});
  const int line = __LINE__ + 1;
  array y = sqrt(x);
  array z = sum(y * 2.0f);
  EXPECT_EQ(shortened(complaint([&] { z.eval(); })), expected("sqrt", "(0, 2)", "float32 (2, 3)", line));
  // Evaluating it again says the same, and what does not need it goes on.
  EXPECT_EQ(shortened(complaint([&] { eval(y); })), expected("sqrt", "(0, 2)", "float32 (2, 3)", line));
  EXPECT_EQ(sum(x).item<float>(), 27.0f);
}

TEST_P(NanCheck, FindsTheFirstOfTheProgram) {
  array x({1.0f, 0.0f, kInf});
  const int line = __LINE__ + 1;
  array y = x - x;
  array z = y / y + sqrt(y - 1.0f);
  EXPECT_EQ(shortened(complaint([&] { eval(z); })), expected("subtract", "(2)", "float32 (3)", line));
}

TEST_P(NanCheck, FindsWhatASelectionHides) {
  array x({1.0f, -1.0f});
  const int line = __LINE__ + 1;
  array y = where(x > 0.0f, log(x), array(0.0f));
  EXPECT_EQ(shortened(complaint([&] { eval(y); })), expected("log", "(1)", "float32 (2)", line));
}

TEST_P(NanCheck, PassesNansOfTheUsersOwn) {
  array x({1.0f, kNan, 3.0f, 4.0f}, {2, 2}), scalar(kNan);
  EXPECT_EQ(complaint([&] { eval({exp(x) + 1.0f, matmul(x, x), transpose(x) * 2.0f, scalar + 1.0f}); }), "");
  // Those outside a view are not the view's: the division makes its own.
  array column = slice(x, {0, 0}, {2, 1});
  column.eval();
  const int line = __LINE__ + 1;
  array y = (column - 1.0f) / (column - 1.0f);
  EXPECT_EQ(shortened(complaint([&] { eval(y); })), expected("divide", "(0, 0)", "float32 (2, 1)", line));
}

TEST_P(NanCheck, CompiledFunctionsAndGradients) {
  int line = 0;
  auto f = compile([&](array x) {
    line = __LINE__ + 1;
    return sum(log(x));
  });
  array good({1.0f, 2.0f}), bad({1.0f, -2.0f});
  EXPECT_FLOAT_EQ(f(good).item<float>(), std::log(2.0f));
  EXPECT_EQ(shortened(complaint([&] { f(bad); })), expected("log", "(1)", "float32 (2)", line));
  debug::nan_check(false);
  EXPECT_TRUE(std::isnan(f(bad).item<float>()));
  debug::nan_check(true);
  // The derivative of sqrt at 0 is infinite, and 0 times that the NaN; it has the line of sqrt.
  auto g = grad(std::function<array(const array &)>([&](const array &x) {
    line = __LINE__ + 1;
    return sum(sqrt(x) * 0.0f);
  }));
  const std::string text = shortened(complaint([&] { eval(g(array({0.0f}))); }));
  EXPECT_NE(text.find("makes a NaN of inputs that have none"), std::string::npos) << text;
  EXPECT_NE(text.find("FILE:" + std::to_string(line)), std::string::npos) << text;
}

TEST_P(NanCheck, HalfPrecision) {
  array x = astype(array({1.0f, -1.0f}), float16);
  eval(x);
  const int line = __LINE__ + 1;
  array y = rsqrt(x);
  EXPECT_EQ(shortened(complaint([&] { eval(y); })), expected("rsqrt", "(1)", "float16 (2)", line));
}

TEST_P(NanCheck, UnderVmap) {
  array x({1.0f, 4.0f, -9.0f, 16.0f}, {2, 2});
  int line = 0;
  auto rows = vmap(std::function<array(const array &)>([&](const array &row) {
    line = __LINE__ + 1;
    return sqrt(row);
  }));
  EXPECT_EQ(shortened(complaint([&] { eval(rows(x)); })), expected("sqrt", "(1, 0)", "float32 (2, 2)", line));
}

TEST_P(NanCheck, InThreads) {
  const int line = __LINE__ + 4;
  std::vector<std::string> found(8);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < found.size(); ++i)
    threads.emplace_back([&, i] { found[i] = shortened(complaint([&] { eval(log(array({1.0f, i % 2 ? -1.0f : 2.0f}, {2}))); })); });
  for (std::thread &t : threads)
    t.join();
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(found[i], i % 2 ? expected("log", "(1)", "float32 (2)", line) : "");
}

TEST_P(NanCheck, InTheBackground) {
  array x({-1.0f});
  array y = sqrt(x);
  async_eval(y);
  EXPECT_NE(complaint([&] { y.eval(); }).find("[sqrt] makes a NaN"), std::string::npos);
}

TEST_P(NanCheck, OffIsOff) {
  debug::nan_check(false);
  EXPECT_TRUE(std::isnan(sqrt(array(-1.0f)).item<float>()));
}

INSTANTIATE_TEST_SUITE_P(Devices, NanCheck, testing::Values(Device::cpu, Device::gpu), [](const auto &info) { return info.param == Device::cpu ? "Cpu" : "Gpu"; });

} // namespace
} // namespace mx::test
