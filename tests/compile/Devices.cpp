// Graphs of several devices. Device::automatic is one that every machine has: its ops are pieces of their own, wherever they
// then run.
#include "tests/compile/Support.h"

namespace mx::test {
namespace {

constexpr Device::DeviceType kCpu = Device::cpu, kAuto = Device::automatic;

TEST(Devices, ResultsPassFromDeviceToDevice) {
  array x = ramp({100});
  array a = multiply(x, array(2.f), kAuto), b = add(a, x, kCpu), c = subtract(b, a, kAuto), d = add(c, b, kCpu), e = add(d, a, kAuto);
  // x, 2x, 3x, 3x - 2x, x + 3x, 4x + 2x
  EXPECT_TRUE(array_equal(e, x * 6.f).item<bool>());
  EXPECT_TRUE(array_equal(c, x).item<bool>());
}

TEST(Devices, IndependentBranchesJoin) {
  array x = ramp({8, 8});
  array left = exp(x, kAuto), right = exp(x, kCpu);
  for (int i = 0; i < 5; ++i) {
    left = add(left, right, i % 2 ? kAuto : kCpu);
    right = maximum(right, left, i % 2 ? kCpu : kAuto);
  }
  array l = exp(x), r = exp(x);
  for (int i = 0; i < 5; ++i) {
    l = l + r;
    r = maximum(r, l);
  }
  eval(left, right);
  EXPECT_TRUE(array_equal(left, l).item<bool>());
  EXPECT_TRUE(array_equal(right, r).item<bool>());
}

TEST(Devices, WhatIsHeldOnTheWayIsComputed) {
  array x = ramp({16});
  array held = add(x, array(1.f), kAuto), end = multiply(held, held, kCpu);
  eval(end);
  EXPECT_TRUE(held.is_available());
  EXPECT_TRUE(array_equal(held, x + 1.f).item<bool>());
}

TEST(Devices, LargeGraphsOfTwoDevices) {
  array x = ramp({4}), y = x;
  for (int i = 0; i < 5000; ++i)
    y = add(y, x, i / 700 % 2 ? kAuto : kCpu);
  EXPECT_TRUE(array_equal(y, x * 5001.f).item<bool>());
}

TEST(Devices, GroupsAcrossDevices) {
  array x = ramp({4, 8});
  array y = softmax(add(x, x, kCpu), -1, /*precise=*/false, kAuto);
  EXPECT_TRUE(allclose(sum(multiply(y, array(1.f), kCpu), -1), ones({4})).item<bool>());
}

TEST(Devices, CompiledFunctionsMixThem) {
  auto f = compile([](array x, array y) { return add(multiply(x, y, kAuto), exp(y, kCpu), kAuto); });
  for (int n : {3, 17}) {
    array x = ramp({n}), y = ramp({n}) * 0.125f;
    EXPECT_TRUE(array_equal(f(x, y), x * y + exp(y)).item<bool>());
    EXPECT_TRUE(array_equal(f(x, y), x * y + exp(y)).item<bool>());
  }
}

TEST(Devices, GradientsMixThem) {
  array x = ramp({5});
  auto f = [](const array &v) { return sum(multiply(exp(v, kAuto), v, kCpu), kAuto); };
  EXPECT_TRUE(allclose(grad(f)(x), exp(x) * (x + 1.f), 1e-6).item<bool>());
}

TEST(Devices, TheDefaultCanBeAutomatic) {
  set_default_device(kAuto);
  EXPECT_EQ(default_device(), kAuto);
  array x = ramp({6}), y = x + x;
  eval(y);
  async_eval(exp(y));
  synchronize();
  set_default_device(kCpu);
  EXPECT_TRUE(array_equal(y, x * 2.f).item<bool>());
}

TEST(Devices, CompiledFunctionsFollowTheDefault) {
  int traces = 0;
  auto f = compile([&](array x) {
    ++traces;
    return x + 1.f;
  });
  array x = ramp({3});
  eval(f(x));
  set_default_device(kAuto);
  array y = f(x);
  set_default_device(kCpu);
  EXPECT_EQ(traces, 2);
  EXPECT_TRUE(array_equal(f(x), y).item<bool>());
  EXPECT_EQ(traces, 2);
}

TEST(Devices, ExactArithmeticIsAProgramOfItsOwn) {
  array x = arange(0., 40., 0.04);
  array usual = sin(x) * cos(x) + exp(x);
  eval(usual);
  set_exact(true);
  array exact = sin(x) * cos(x) + exp(x);
  eval(exact);
  set_exact(false);
  EXPECT_TRUE(allclose(usual, exact, 1e-6, 0).item<bool>());
  // With fma some roundings differ; if none did, the mode would be without effect.
  EXPECT_EQ(array_equal(usual, exact).item<bool>(), !__builtin_cpu_supports("fma"));
}

} // namespace
} // namespace mx::test
