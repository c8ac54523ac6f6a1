// Samples of element-wise ops: each on inputs inside its domain, on special values, and on odd shapes.
#include "frontend/trace/Node.h"
#include "tests/ops/Samples.h"

namespace mx::test {
namespace {

using ir::OpKind;
using Unary = array (*)(const array &, StreamOrDevice);
using Binary = array (*)(const array &, const array &, StreamOrDevice);

class Table {
public:
  explicit Table(std::vector<Sample> &out) : out(out) {}

  /// `low` and `high` bound the inputs to where the function is smooth.
  void unary(OpKind kind, Unary f, unsigned dtypes, double low = -2, double high = 2) {
    auto call = [f](const std::vector<array> &in) { return f(in[0], {}); };
    const std::string name(ir::rowOf(kind).mnemonic);
    auto add = [&](const char *variant, const Shape &shape, bool smooth) {
      out.push_back({kind, name + variant, dtypes, [=](Values &v) { return std::vector{v.uniform(shape, low, high)}; },
                     call, smooth});
    };
    add("", {3, 5}, true);
    add("/scalar", {}, false);
    add("/empty", {2, 0}, false);
    add("/long", {1031}, false);
    out.push_back({kind, name + "/special", dtypes, [](Values &v) { return std::vector{v.special({67})}; }, call});
  }

  /// Bounds of both operands; `apart` keeps them from being equal.
  void binary(OpKind kind, Binary f, unsigned dtypes, double lowA = -2, double highA = 2, double lowB = -2,
              double highB = 2) {
    auto call = [f](const std::vector<array> &in) { return f(in[0], in[1], {}); };
    const std::string name(ir::rowOf(kind).mnemonic);
    auto add = [&](const char *variant, const Shape &a, const Shape &b, bool smooth) {
      out.push_back({kind, name + variant, dtypes,
                     [=](Values &v) { return std::vector{v.uniform(a, lowA, highA), v.uniform(b, lowB, highB)}; }, call,
                     smooth});
    };
    add("", {3, 5}, {3, 5}, true);
    add("/broadcast", {4, 1}, {2, 1, 3}, true);
    add("/scalar", {}, {7}, true);
    add("/empty", {0, 3}, {3}, false);
    add("/long", {1031}, {1031}, false);
    out.push_back({kind, name + "/special", dtypes,
                   [](Values &v) { return std::vector{v.special({16, 1}), v.special({1, 17})}; }, call});
  }

private:
  std::vector<Sample> &out;
};

} // namespace

void addElementwiseSamples(std::vector<Sample> &out) {
  Table t(out);
  const unsigned numbers = kNumbers;

  t.unary(OpKind::Abs, abs, kReal, 0.2);
  t.unary(OpKind::Negative, negative, numbers);
  t.unary(OpKind::Sign, sign, kReal, 0.2);
  t.unary(OpKind::Square, square, kReal);
  t.unary(OpKind::Floor, floor, kReal, 0.1, 0.9);
  t.unary(OpKind::Ceil, ceil, kReal, 0.1, 0.9);
  t.unary(OpKind::Trunc, trunc, kReal, 0.1, 0.9);
  t.unary(OpKind::Rint, round, kReal, -0.4, 0.4);
  t.unary(OpKind::Exp, exp, kReal);
  t.unary(OpKind::Expm1, expm1, kReal);
  t.unary(OpKind::Log, log, kReal, 0.2);
  t.unary(OpKind::Log2, log2, kReal, 0.2);
  t.unary(OpKind::Log10, log10, kReal, 0.2);
  t.unary(OpKind::Log1p, log1p, kReal, -0.8);
  t.unary(OpKind::Sin, sin, kReal);
  t.unary(OpKind::Cos, cos, kReal);
  t.unary(OpKind::Tan, tan, kReal, -1.2, 1.2);
  t.unary(OpKind::Arcsin, arcsin, kReal, -0.9, 0.9);
  t.unary(OpKind::Arccos, arccos, kReal, -0.9, 0.9);
  t.unary(OpKind::Arctan, arctan, kReal);
  t.unary(OpKind::Sinh, sinh, kReal);
  t.unary(OpKind::Cosh, cosh, kReal);
  t.unary(OpKind::Tanh, tanh, kReal);
  t.unary(OpKind::Arcsinh, arcsinh, kReal);
  t.unary(OpKind::Arccosh, arccosh, kReal, 1.2, 3);
  t.unary(OpKind::Arctanh, arctanh, kReal, -0.8, 0.8);
  t.unary(OpKind::Sqrt, sqrt, kReal, 0.2);
  t.unary(OpKind::Rsqrt, rsqrt, kReal, 0.2);
  t.unary(OpKind::Reciprocal, reciprocal, kReal, 0.2);
  t.unary(OpKind::Erf, erf, kReal);
  t.unary(OpKind::Erfinv, erfinv, kReal, -0.8, 0.8);
  t.unary(OpKind::Sigmoid, sigmoid, kReal);
  t.unary(OpKind::LogicalNot, logical_not, kReal);
  t.unary(OpKind::BitwiseInvert, bitwise_invert, kBool | kIntegers);

  t.binary(OpKind::Add, add, kReal);
  t.binary(OpKind::Subtract, subtract, numbers);
  t.binary(OpKind::Multiply, multiply, kReal);
  t.binary(OpKind::Divide, divide, kReal, -2, 2, 0.3, 2);
  t.binary(OpKind::FloorDivide, floor_divide, kReal, 0.1, 0.9, 1, 2);
  t.binary(OpKind::Remainder, remainder, kReal, 0.1, 0.9, 1, 2);
  t.binary(OpKind::Power, power, kReal, 0.3, 2, -2, 2);
  t.binary(OpKind::Maximum, maximum, kReal);
  t.binary(OpKind::Minimum, minimum, kReal);
  t.binary(OpKind::Arctan2, arctan2, kReal, 0.3, 2);
  t.binary(OpKind::Logaddexp, logaddexp, kReal);
  t.binary(OpKind::Equal, equal, kReal);
  t.binary(OpKind::NotEqual, not_equal, kReal);
  t.binary(OpKind::Less, less, kReal);
  t.binary(OpKind::LessEqual, less_equal, kReal);
  t.binary(OpKind::Greater, greater, kReal);
  t.binary(OpKind::GreaterEqual, greater_equal, kReal);
  t.binary(OpKind::LogicalAnd, logical_and, kReal);
  t.binary(OpKind::LogicalOr, logical_or, kReal);
  out.push_back({OpKind::LogicalXor, "logical_xor", kReal,
                 [](Values &v) { return std::vector{v.uniform({3, 5}), v.uniform({5})}; },
                 [](const std::vector<array> &in) { return graph::make(OpKind::LogicalXor, {in[0], in[1]}); }});
  t.binary(OpKind::BitwiseAnd, bitwise_and, kBool | kIntegers);
  t.binary(OpKind::BitwiseOr, bitwise_or, kBool | kIntegers);
  t.binary(OpKind::BitwiseXor, bitwise_xor, kBool | kIntegers);
  t.binary(OpKind::LeftShift, left_shift, kBool | kIntegers, 0, 2, 0, 2);
  t.binary(OpKind::RightShift, right_shift, kBool | kIntegers, -2, 2, 0, 2);

  auto select = [](const std::vector<array> &in) { return where(in[0], in[1], in[2]); };
  out.push_back({OpKind::Where, "where", kAny,
                 [](Values &v) {
                   return std::vector{v.booleans({3, 5}), v.uniform({3, 5}), v.uniform({3, 5})};
                 },
                 select, true});
  out.push_back({OpKind::Where, "where/broadcast", kAny,
                 [](Values &v) {
                   return std::vector{v.booleans({3, 1}), v.uniform({4}), v.uniform({2, 1, 1})};
                 },
                 select, true});
  out.push_back({OpKind::Where, "where/condition of the dtype", kReal,
                 [](Values &v) {
                   return std::vector{v.special({31}), v.special({31}), v.special({31})};
                 },
                 select});
  for (Dtype to : {bool_, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, float32, float64, bfloat16, complex64}) {
    auto cast = [to](const std::vector<array> &in) { return astype(in[0], to); };
    out.push_back({OpKind::Astype, "astype/" + to_string(to), kAny,
                   [](Values &v) { return std::vector{v.uniform({3, 5})}; }, cast, to == float32});
    out.push_back({OpKind::Astype, "astype/special to " + to_string(to), kAny,
                   [](Values &v) { return std::vector{v.special({67})}; }, cast});
  }
  out.push_back({OpKind::StopGradient, "stop_gradient", kAny, [](Values &v) { return std::vector{v.uniform({3, 5})}; },
                 [](const std::vector<array> &in) { return stop_gradient(in[0]); }});
  t.unary(OpKind::Copy, copy, kAny);
  out.push_back({OpKind::Barrier, "barrier", kAny, [](Values &v) { return std::vector{v.uniform({3, 5})}; },
                 [](const std::vector<array> &in) { return graph::make(OpKind::Barrier, {in[0]}, {int64_t(1)}); }, true});
}

} // namespace mx::test
