// The reference interpreter on element-wise ops: rounding, wrap-around, NaN, infinities and the cases that other
// frameworks trap on. Expected values were computed independently of the interpreter.
#include "tests/ir/InterpreterHarness.h"

namespace mx::ir::interp {
namespace {

using enum rt::DType;
constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

TEST(Elementwise, BroadcastsAndPromotes) {
  expectOp("add", "", {tensor(int32, {2, 1}, {1, 2}), tensor(float16, {3}, {0.5, 1, 2})},
           tensor(float16, {2, 3}, {1.5, 2, 3, 2.5, 3, 4}));
  // int32 2049 is no float16: the cast rounds it before the sum.
  expectOp("add", "", {tensor(int32, {1}, {2049}), tensor(float16, {1}, {1})}, tensor(float16, {1}, {2048}));
  expectOp("less", "", {integers(uint8, {2}, {200, 1}), integers(int8, {2}, {-1, 2})}, tensor(bool_, {2}, {0, 1}));
  expectOp("where", "", {tensor(float32, {3}, {0, nan, -1}), tensor(int32, {3}, {1, 2, 3}), tensor(float32, {}, {0.5})},
           tensor(float32, {3}, {0.5, 2, 3}));
  expectOp("add", "", {zeros(float32, {0, 3}), tensor(float32, {}, {1})}, zeros(float32, {0, 3}));
}

// Each op rounds once, to nearest even, in its own dtype.
TEST(Elementwise, RoundsOnce) {
  expectOp("add", "", {tensor(float16, {2}, {2048, 2048}), tensor(float16, {2}, {1, 3})}, tensor(float16, {2}, {2048, 2052}));
  expectOp("add", "", {tensor(bfloat16, {1}, {256}), tensor(bfloat16, {1}, {1})}, tensor(bfloat16, {1}, {256}));
  expectOp("multiply", "", {tensor(float16, {1}, {60000}), tensor(float16, {1}, {2})}, tensor(float16, {1}, {inf}));
  expectOp("divide", "", {tensor(float32, {1}, {1}), tensor(float32, {1}, {3})}, tensor(float32, {1}, {0x1.555556p-2}));
  expectOp("divide", "", {tensor(float64, {1}, {1}), tensor(float64, {1}, {3})}, tensor(float64, {1}, {0x1.5555555555555p-2}));
  expectOp("sqrt", "", {tensor(float64, {1}, {2})}, tensor(float64, {1}, {0x1.6a09e667f3bcdp0}));
  expectOp("divide", "", {tensor(int32, {2}, {7, 1}), tensor(int32, {2}, {2, 0})}, tensor(float32, {2}, {3.5, inf}));
}

// Values by a 60-digit computation.
TEST(Elementwise, Transcendental) {
  struct { const char *op; double x, y; } cases[] = {
      {"exp", 1, 2.7182818284590452354}, {"expm1", 0x1p-30, 9.3132257504915938e-10}, {"log", 10, 2.3025850929940456840},
      {"log2", 10, 3.3219280948873623479}, {"log10", 2, 0.30102999566398119521}, {"log1p", 0x1p-30, 9.313225741817976469e-10},
      {"sin", 1e6, -0.34999350217129295212}, {"cos", 1, 0.54030230586813971740}, {"tan", 1, 1.5574077246549022305},
      {"arcsin", 0.5, 0.52359877559829887308}, {"arccos", 0.5, 1.0471975511965977462}, {"arctan", 1, 0.78539816339744830962},
      {"sinh", 1, 1.1752011936438014569}, {"cosh", 1, 1.5430806348152437785}, {"tanh", 0.5, 0.46211715726000975850},
      {"arcsinh", 1, 0.88137358701954302523}, {"arccosh", 2, 1.3169578969248167086}, {"arctanh", 0.5, 0.54930614433405484570},
      {"rsqrt", 2, 0.70710678118654752440}, {"reciprocal", 3, 0.33333333333333333333}, {"erf", 0.5, 0.52049987781304653768},
      {"erfinv", 0.5, 0.47693627620446987338}, {"erfinv", 0.9999999, 3.76656258163847088871}, {"erfinv", -0x1p-20, -8.45171857312172917223e-7},
      {"sigmoid", 1, 0.73105857863000487925}, {"sigmoid", -80, 1.80485138784541517231e-35},
  };
  for (auto &c : cases) {
    expectOp(c.op, "", {tensor(float64, {1}, {c.x})}, tensor(float64, {1}, {c.y}));
    if (static_cast<float>(c.x) == c.x)
      expectOp(c.op, "", {tensor(float32, {1}, {c.x})}, tensor(float32, {1}, {c.y}));
  }
  // The tails keep their digits: erfinv of the largest double below 1, and of the smallest numbers.
  expectOp("erfinv", "", {tensor(float64, {3}, {1 - 0x1p-53, 0, 1e-300})},
           tensor(float64, {3}, {5.8635847487551677, 0, 8.8622692545275803586e-301}));
  expectOp("erfinv", "", {tensor(float32, {4}, {1, -1, 1.5, nan})}, tensor(float32, {4}, {inf, -inf, nan, nan}));
  expectOp("arctan2", "", {tensor(float64, {2}, {1, -1}), tensor(float64, {2}, {-1, 0})},
           tensor(float64, {2}, {2.3561944901923449288, -1.5707963267948966192}));
  expectOp("logaddexp", "", {tensor(float64, {4}, {0, 1000, -inf, inf}), tensor(float64, {4}, {0, 1000, -inf, 0})},
           tensor(float64, {4}, {0.69314718055994530942, 1000.6931471805599453, -inf, inf}));
  expectOp("exp", "", {tensor(int32, {1}, {0})}, tensor(float32, {1}, {1}));
}

TEST(Elementwise, SpecialValues) {
  Tensor a = tensor(float32, {5}, {nan, 1, -0.0, 0.0, -inf}), b = tensor(float32, {5}, {1, nan, 0.0, -0.0, inf});
  expectOp("maximum", "", {a, b}, tensor(float32, {5}, {nan, nan, 0.0, 0.0, inf}));
  expectOp("minimum", "", {a, b}, tensor(float32, {5}, {nan, nan, -0.0, -0.0, -inf}));
  expectOp("sign", "", {tensor(float32, {5}, {nan, -3, 0, inf, -inf})}, tensor(float32, {5}, {nan, -1, 0, 1, -1}));
  expectOp("abs", "", {tensor(float32, {3}, {-0.0, -inf, nan})}, tensor(float32, {3}, {0, inf, nan}));
  expectOp("rint", "", {tensor(float32, {5}, {0.5, 1.5, -2.5, 2.6, -0.2})}, tensor(float32, {5}, {0, 2, -2, 3, -0.0}));
  expectOp("floor", "", {tensor(float32, {2}, {-0.5, 1.7})}, tensor(float32, {2}, {-1, 1}));
  expectOp("ceil", "", {tensor(float32, {2}, {-0.5, 1.2})}, tensor(float32, {2}, {-0.0, 2}));
  expectOp("trunc", "", {tensor(float32, {2}, {-1.5, 1.7})}, tensor(float32, {2}, {-1, 1}));
  expectOp("equal", "", {tensor(float32, {3}, {nan, 0.0, inf}), tensor(float32, {3}, {nan, -0.0, inf})}, tensor(bool_, {3}, {0, 1, 1}));
  expectOp("not_equal", "", {tensor(float32, {1}, {nan}), tensor(float32, {1}, {nan})}, tensor(bool_, {1}, {1}));
  expectOp("logical_not", "", {tensor(float32, {3}, {nan, 0, 2})}, tensor(bool_, {3}, {0, 1, 0}));
  expectOp("remainder", "", {tensor(float32, {5}, {5, -5, 5, 4, 1}), tensor(float32, {5}, {3, 3, -3, -2, 0})},
           tensor(float32, {5}, {2, 1, -1, -0.0, nan}));
  expectOp("floor_divide", "", {tensor(float32, {3}, {5, -5, 1}), tensor(float32, {3}, {3, 3, 0})}, tensor(float32, {3}, {1, -2, inf}));
  expectOp("power", "", {tensor(float32, {3}, {2, -8, 0}), tensor(float32, {3}, {-1, 1.0 / 3, 0})}, tensor(float32, {3}, {0.5, nan, 1}));
}

// Integers wrap; a zero divisor gives 0; the smallest number over -1 is itself.
TEST(Elementwise, IntegerArithmetic) {
  expectOp("add", "", {tensor(int8, {1}, {127}), tensor(int8, {1}, {1})}, tensor(int8, {1}, {-128}));
  expectOp("subtract", "", {tensor(uint16, {1}, {0}), tensor(uint16, {1}, {1})}, tensor(uint16, {1}, {65535}));
  expectOp("multiply", "", {integers(int64, {1}, {INT64_MAX}), integers(int64, {1}, {3})}, integers(int64, {1}, {INT64_MAX - 2}));
  expectOp("multiply", "", {tensor(uint16, {1}, {65535}), tensor(uint16, {1}, {65535})}, tensor(uint16, {1}, {1}));
  expectOp("negative", "", {tensor(int8, {2}, {-128, 5})}, tensor(int8, {2}, {-128, -5}));
  expectOp("abs", "", {tensor(int8, {2}, {-128, -5})}, tensor(int8, {2}, {-128, 5}));
  expectOp("sign", "", {tensor(int8, {3}, {-7, 0, 9})}, tensor(int8, {3}, {-1, 0, 1}));
  expectOp("floor_divide", "", {tensor(int32, {6}, {7, -7, 7, -7, 5, -2147483648.0}), tensor(int32, {6}, {2, 2, -2, -2, 0, -1})},
           tensor(int32, {6}, {3, -4, -4, 3, 0, -2147483648.0}));
  expectOp("remainder", "", {tensor(int32, {6}, {7, -7, 7, -7, 5, -2147483648.0}), tensor(int32, {6}, {2, 2, -2, -2, 0, -1})},
           tensor(int32, {6}, {1, 1, -1, -1, 0, 0}));
  expectOp("remainder", "", {tensor(int8, {1}, {1}), tensor(int8, {1}, {-128})}, tensor(int8, {1}, {-127}));
  expectOp("power", "", {tensor(int32, {7}, {3, 2, 2, 1, -1, -1, 0}), tensor(int32, {7}, {4, 31, -1, -5, -3, -4, -2})},
           tensor(int32, {7}, {81, -2147483648.0, 0, 1, -1, 1, 0}));
  expectOp("power", "", {tensor(uint8, {2}, {3, 0}), tensor(uint8, {2}, {5, 0})}, tensor(uint8, {2}, {243, 1}));
  expectOp("maximum", "", {integers(uint64, {1}, {-1}), integers(uint64, {1}, {1})}, integers(uint64, {1}, {-1}));
}

TEST(Elementwise, Bits) {
  expectOp("bitwise_and", "", {tensor(int8, {1}, {-2}), tensor(int8, {1}, {7})}, tensor(int8, {1}, {6}));
  expectOp("bitwise_or", "", {tensor(uint8, {1}, {5}), tensor(uint8, {1}, {2})}, tensor(uint8, {1}, {7}));
  expectOp("bitwise_xor", "", {tensor(uint8, {1}, {5}), tensor(uint8, {1}, {1})}, tensor(uint8, {1}, {4}));
  expectOp("bitwise_invert", "", {tensor(uint8, {1}, {5})}, tensor(uint8, {1}, {250}));
  expectOp("bitwise_invert", "", {tensor(bool_, {2}, {0, 1})}, tensor(bool_, {2}, {1, 0}));
  expectOp("left_shift", "", {tensor(int8, {4}, {1, 1, 64, 1}), tensor(int8, {4}, {7, 8, 1, -1})}, tensor(int8, {4}, {-128, 0, -128, 0}));
  expectOp("right_shift", "", {tensor(int8, {4}, {-128, -1, 64, 64}), tensor(int8, {4}, {3, 100, 2, -1})}, tensor(int8, {4}, {-16, -1, 16, 0}));
  expectOp("right_shift", "", {tensor(uint8, {2}, {128, 128}), tensor(uint8, {2}, {7, 8})}, tensor(uint8, {2}, {1, 0}));
}

TEST(Elementwise, BoolIsAOneBitNumber) {
  Tensor a = tensor(bool_, {4}, {0, 0, 1, 1}), b = tensor(bool_, {4}, {0, 1, 0, 1});
  struct { const char *op; std::vector<double> result; } cases[] = {
      {"add", {0, 1, 1, 1}}, {"multiply", {0, 0, 0, 1}}, {"maximum", {0, 1, 1, 1}}, {"minimum", {0, 0, 0, 1}},
      {"floor_divide", {0, 0, 0, 1}}, {"remainder", {0, 0, 0, 0}}, {"power", {1, 0, 1, 1}}, {"logical_and", {0, 0, 0, 1}},
      {"logical_or", {0, 1, 1, 1}}, {"logical_xor", {0, 1, 1, 0}}, {"left_shift", {0, 0, 1, 0}}, {"less", {0, 1, 0, 0}},
  };
  for (auto &c : cases)
    expectOp(c.op, "", {a, b}, tensor(bool_, {4}, c.result));
}

TEST(Elementwise, Conversions) {
  auto astype = [](const Tensor &x, const char *type, const Tensor &y) { expectOp("astype", std::string("{dtype = ") + type + "}", x, y); };
  Tensor reals = tensor(float32, {7}, {nan, inf, -inf, 1e10, -1e10, -1.9, 300});
  astype(reals, "i8", tensor(int8, {7}, {0, 127, -128, 127, -128, -1, 127}));
  astype(reals, "ui8", tensor(uint8, {7}, {0, 255, 0, 255, 0, 0, 255}));
  astype(reals, "i64", integers(int64, {7}, {0, INT64_MAX, INT64_MIN, 10000000000, -10000000000, -1, 300}));
  astype(reals, "ui64", integers(uint64, {7}, {0, -1, 0, 10000000000, 0, 0, 300}));
  astype(reals, "i1", tensor(bool_, {7}, {1, 1, 1, 1, 1, 1, 1}));
  astype(tensor(float32, {2}, {-0.0, 0.1}), "i1", tensor(bool_, {2}, {0, 1}));
  astype(integers(int32, {2}, {-1, 300}), "ui8", tensor(uint8, {2}, {255, 44}));
  astype(integers(int64, {1}, {(1ll << 60) + (1ll << 52) + 1}), "bf16", tensor(bfloat16, {1}, {0x1.02p60}));
  astype(integers(int64, {1}, {(1ll << 53) + 1}), "f64", tensor(float64, {1}, {0x1p53}));
  astype(integers(int32, {1}, {(1 << 24) + 1}), "f32", tensor(float32, {1}, {0x1p24}));
  // Rounding to float32 first would give a tie and then 1.
  astype(tensor(float64, {1}, {1 + 0x1p-11 + 0x1p-30}), "f16", tensor(float16, {1}, {1 + 0x1p-10}));
  astype(tensor(float32, {2}, {1.5, -2}), "complex<f32>", tensor(complex64, {2}, {1.5, -2}));
  Tensor z = tensor(complex64, {2}, {3.7, 0});
  elements<Complex>(z)[1] = {0, 2};
  astype(z, "f16", tensor(float16, {2}, {static_cast<float>(3.7), 0}));
  astype(z, "i32", tensor(int32, {2}, {3, 0}));
  astype(z, "i1", tensor(bool_, {2}, {1, 1}));
  expectOp("copy", "", z, z);
  expectOp("stop_gradient", "", z, z);
  expectOp("barrier", "{id = 3 : i64}", z, z);
}

} // namespace
} // namespace mx::ir::interp
