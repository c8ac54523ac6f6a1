// Every element-wise op and every cast against the reference interpreter's scalar functions: all dtypes, the
// awkward values, as vectors and as scalars, for this machine and for the oldest one.
#include "tests/codegen/MathHarness.h"

#include "ir/interp/Functions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <gtest/gtest.h>

#include <cstring>

using mx::ir::OpKind;
using mx::rt::DType;
namespace interp = mx::ir::interp;

namespace mx::codegen::test {
namespace {

constexpr DType kDTypes[] = {DType::bool_,    DType::uint8,   DType::uint16, DType::uint32, DType::uint64,
                             DType::int8,     DType::int16,   DType::int32,  DType::int64,  DType::float16,
                             DType::bfloat16, DType::float32, DType::float64};

/// A dtype's values that break careless code, and pseudo-random ones; a multiple of 16.
template <typename T> std::vector<T> awkwardValues() {
  std::vector<T> v;
  uint64_t state = 1234567;
  auto random = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
  };
  if constexpr (std::is_same_v<T, interp::Bool>) {
    for (int i = 0; i < 16; ++i)
      v.push_back({static_cast<uint8_t>(random() & 1)});
  } else if constexpr (interp::isReal<T>) {
    for (double x : {0.0,
                     1.0,
                     2.0,
                     3.0,
                     0.5,
                     1.5,
                     2.5,
                     0.1,
                     127.0,
                     128.0,
                     255.5,
                     256.0,
                     32767.5,
                     65504.0,
                     65519.0,
                     65520.0,
                     65536.0,
                     2147483520.0,
                     2147483648.0,
                     4294967040.0,
                     4294967296.0,
                     9223371487098961920.0,
                     9223372036854775808.0,
                     18446742974197923840.0,
                     18446744073709551616.0,
                     1e30,
                     3.4e38,
                     0x1p-24,
                     0x1p-25,
                     0x1.8p-25,
                     0x1p-14,
                     0x1.ffp-15,
                     0x1p-126,
                     0x1p-149,
                     0x1.008p0,
                     0x1.018p0,
                     0x1.01p0,
                     0x1.03p0,
                     0x1.010000001p0,
                     0x1.00800000000001p0,
                     double(INFINITY)})
      for (double y : {x, -x})
        v.push_back(interp::write<T>(y));
    v.push_back(interp::write<T>(NAN));
  } else {
    using L = std::numeric_limits<T>;
    for (T x : {T(0), T(1), T(2), T(3), T(5), T(7), T(8), T(31), T(63), T(64), T(100), L::max(), L::min()})
      for (T y : {x, T(0 - uint64_t(x)), T(uint64_t(x) + 1), T(uint64_t(x) - 1)})
        v.push_back(y);
    // Ties of bfloat16 and what lies beside them.
    for (uint64_t x : {0x1010000ull, 0x1010001ull, 0x100ffffull, 0x40400001ull, 0x4040000000000001ull,
                       0x4040000000000000ull})
      v.push_back(static_cast<T>(x));
  }
  while (v.size() % 16 || v.size() < 64) {
    uint64_t bits = random() >> (random() % (8 * sizeof(T)));
    T x;
    std::memcpy(&x, &bits, sizeof x);
    if constexpr (std::is_same_v<T, interp::Bool>)
      x.byte &= 1;
    v.push_back(x);
  }
  return v;
}

/// All pairs of the values.
template <typename T> struct Pairs {
  std::vector<T> a, b;
  Pairs() {
    auto values = awkwardValues<T>();
    for (T x : values)
      for (T y : values) {
        a.push_back(x);
        b.push_back(y);
      }
  }
};

/// Equal bits, except that one NaN is as good as another.
template <typename T> bool same(T a, T b) {
  if constexpr (interp::isReal<T>)
    if (std::isnan(interp::read(a)) && std::isnan(interp::read(b)))
      return true;
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}
template <typename T> std::string text(T x) { return std::to_string(interp::read(x)); }

template <typename T> interp::Unary<T> unaryOf(OpKind kind) {
  if constexpr (interp::isReal<T>)
    return interp::realUnary<T>(kind);
  else
    return interp::integerUnary<T>(kind);
}
template <typename T> interp::Binary<T> binaryOf(OpKind kind) {
  if constexpr (interp::isReal<T>)
    return interp::realBinary<T>(kind);
  else
    return interp::integerBinary<T>(kind);
}

/// Ops with a tolerance; MathUlp has them.
bool isApproximate(OpKind kind) {
  const ir::OpRow &row = ir::rowOf(kind);
  return kind == OpKind::Power || kind == OpKind::Rsqrt ||
         (row.dtypeRule == ir::DtypeRule::Float && kind != OpKind::Divide && kind != OpKind::Sqrt &&
          kind != OpKind::Reciprocal);
}

struct Setting {
  const char *name;
  ElementKernelOptions options;
};
const Setting kSettings[] = {{"vector", {}}, {"scalar", {.lanes = 0}}, {"x86-64", {.cpu = "x86-64"}}};

template <typename T> void checkUnary(OpKind kind, DType dtype, const Setting &setting) {
  auto reference = unaryOf<T>(kind);
  if (!reference)
    return;
  ElementKernel kernel = elementwiseKernel(kind, dtype, setting.options);
  ASSERT_EQ(kernel.error(), "") << ir::rowOf(kind).mnemonic << " " << nameOf(dtype);
  auto x = awkwardValues<T>();
  std::vector<T> y(x.size());
  const void *in = x.data();
  kernel.run({&in, 1}, y.data(), x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    T expected = interp::write<T>(reference(interp::read(x[i])));
    ASSERT_TRUE(same(y[i], expected))
        << ir::rowOf(kind).mnemonic << " " << nameOf(dtype) << " " << setting.name << " of " << text(x[i])
        << ": " << text(y[i]) << ", not " << text(expected);
  }
}

template <typename T> void checkBinary(OpKind kind, DType dtype, const Setting &setting) {
  auto reference = binaryOf<T>(kind);
  if (!reference || (kind == OpKind::Power && interp::isReal<T>))
    return;
  ElementKernel kernel = elementwiseKernel(kind, dtype, setting.options);
  ASSERT_EQ(kernel.error(), "") << ir::rowOf(kind).mnemonic << " " << nameOf(dtype);
  static const Pairs<T> pairs;
  std::vector<T> y(pairs.a.size());
  const void *in[] = {pairs.a.data(), pairs.b.data()};
  kernel.run(in, y.data(), y.size());
  for (size_t i = 0; i < y.size(); ++i) {
    T expected = interp::write<T>(reference(interp::read(pairs.a[i]), interp::read(pairs.b[i])));
    ASSERT_TRUE(same(y[i], expected))
        << ir::rowOf(kind).mnemonic << " " << nameOf(dtype) << " " << setting.name << " of "
        << text(pairs.a[i]) << ", " << text(pairs.b[i]) << ": " << text(y[i]) << ", not " << text(expected);
  }
}

class ScalarBodies : public testing::TestWithParam<DType> {};

// Ops that are exact or round once agree with the interpreter in every bit, on all pairs of awkward values.
TEST_P(ScalarBodies, AgreeWithTheInterpreter) {
  DType dtype = GetParam();
  for (int k = 0; k < ir::kNumOps; ++k) {
    const auto kind = static_cast<OpKind>(k);
    const ir::OpRow &row = ir::rowOf(kind);
    if (!row.isElementwise() || isApproximate(kind) ||
        (row.dtypeRule == ir::DtypeRule::Float && !rt::isFloat(dtype)))
      continue;
    interp::visit(dtype, [&]<typename T>(std::type_identity<T>) {
      if constexpr (!std::is_same_v<T, interp::Bool> && !std::is_same_v<T, interp::Complex>)
        for (const Setting &setting : kSettings) {
          if (row.numInputs == 1)
            checkUnary<T>(kind, dtype, setting);
          else if (row.numInputs == 2)
            checkBinary<T>(kind, dtype, setting);
        }
    });
  }
}

// Comparisons order unsigned numbers as such, and NaN equals nothing.
TEST_P(ScalarBodies, Compare) {
  DType dtype = GetParam();
  interp::visit(dtype, [&]<typename T>(std::type_identity<T>) {
    if constexpr (!std::is_same_v<T, interp::Complex>) {
      using C = interp::Compute<T>;
      struct Row {
        OpKind kind;
        bool (*reference)(C, C);
      };
      const Row rows[] = {{OpKind::Equal, [](C a, C b) { return a == b; }},
                          {OpKind::NotEqual, [](C a, C b) { return a != b; }},
                          {OpKind::Less, [](C a, C b) { return a < b; }},
                          {OpKind::LessEqual, [](C a, C b) { return a <= b; }},
                          {OpKind::Greater, [](C a, C b) { return a > b; }},
                          {OpKind::GreaterEqual, [](C a, C b) { return a >= b; }}};
      Pairs<T> pairs;
      for (const Row &row : rows)
        for (const Setting &setting : kSettings) {
          ElementKernel kernel = elementwiseKernel(row.kind, dtype, setting.options);
          ASSERT_EQ(kernel.error(), "");
          std::vector<uint8_t> y(pairs.a.size());
          const void *in[] = {pairs.a.data(), pairs.b.data()};
          kernel.run(in, y.data(), y.size());
          for (size_t i = 0; i < y.size(); ++i)
            ASSERT_EQ(y[i], row.reference(interp::read(pairs.a[i]), interp::read(pairs.b[i])))
                << ir::rowOf(row.kind).mnemonic << " " << nameOf(dtype) << " of " << text(pairs.a[i]) << ", "
                << text(pairs.b[i]);
        }
    }
  });
}

// where copies bits, whatever they are.
TEST_P(ScalarBodies, WhereCopiesBits) {
  DType dtype = GetParam();
  interp::visit(dtype, [&]<typename T>(std::type_identity<T>) {
    if constexpr (!std::is_same_v<T, interp::Complex>) {
      Pairs<T> pairs;
      std::vector<uint8_t> condition(pairs.a.size());
      for (size_t i = 0; i < condition.size(); ++i)
        condition[i] = i % 3 == 0;
      for (const Setting &setting : kSettings) {
        ElementKernel kernel = elementwiseKernel(OpKind::Where, dtype, setting.options);
        ASSERT_EQ(kernel.error(), "");
        std::vector<T> y(pairs.a.size());
        const void *in[] = {condition.data(), pairs.a.data(), pairs.b.data()};
        kernel.run(in, y.data(), y.size());
        for (size_t i = 0; i < y.size(); ++i)
          ASSERT_EQ(std::memcmp(&y[i], condition[i] ? &pairs.a[i] : &pairs.b[i], sizeof(T)), 0)
              << nameOf(dtype);
      }
    }
  });
}

// Conversions wrap, saturate or round once, for every pair of dtypes.
TEST_P(ScalarBodies, CastToEveryDType) {
  DType from = GetParam();
  for (DType to : kDTypes)
    for (const Setting &setting : kSettings)
      interp::visit(from, [&]<typename From>(std::type_identity<From>) {
        interp::visit(to, [&]<typename To>(std::type_identity<To>) {
          if constexpr (!std::is_same_v<From, interp::Complex> && !std::is_same_v<To, interp::Complex>) {
            ElementKernel kernel(
                {from}, to,
                [=](mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange x, const MathTarget &target) {
                  return emitCast(b, loc, x[0], from, to, target);
                },
                setting.options);
            ASSERT_EQ(kernel.error(), "") << nameOf(from) << " to " << nameOf(to);
            auto x = awkwardValues<From>();
            std::vector<To> y(x.size());
            const void *in = x.data();
            kernel.run({&in, 1}, y.data(), x.size());
            for (size_t i = 0; i < x.size(); ++i) {
              To expected = interp::convertElement<To>(x[i]);
              ASSERT_TRUE(same(y[i], expected))
                  << nameOf(from) << " to " << nameOf(to) << " " << setting.name << " of " << text(x[i])
                  << ": " << text(y[i]) << ", not " << text(expected);
            }
          }
        });
      });
}

// A partial result combined with the identity stays what it is, and two combine as the op on pairs.
TEST_P(ScalarBodies, ReductionsHaveIdentities) {
  DType dtype = GetParam();
  struct Row {
    OpKind reduce, combine;
  };
  for (Row row : {Row{OpKind::Sum, OpKind::Add}, Row{OpKind::Prod, OpKind::Multiply},
                  Row{OpKind::Max, OpKind::Maximum}, Row{OpKind::Min, OpKind::Minimum}})
    interp::visit(dtype, [&]<typename T>(std::type_identity<T>) {
      if constexpr (!std::is_same_v<T, interp::Complex>) {
        ElementKernel kernel(
            {dtype}, dtype,
            [=](mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange x, const MathTarget &t) {
              auto identity = reductionIdentity(b, row.reduce, dtype);
              auto vector = mlir::cast<mlir::VectorType>(x[0].getType());
              mlir::Value start = b.create<mlir::arith::ConstantOp>(
                  loc, mlir::DenseElementsAttr::get(vector, mlir::Attribute(identity)));
              return emitCombine(b, loc, row.reduce, dtype, start, x[0], t);
            });
        ASSERT_EQ(kernel.error(), "");
        auto x = awkwardValues<T>();
        std::vector<T> y(x.size());
        const void *in = x.data();
        kernel.run({&in, 1}, y.data(), x.size());
        for (size_t i = 0; i < x.size(); ++i)
          // 0 + -0 is 0.
          ASSERT_TRUE(same(x[i], y[i]) || interp::read(x[i]) == interp::read(y[i]))
              << ir::rowOf(row.reduce).mnemonic << " " << nameOf(dtype) << " of " << text(x[i]) << ": "
              << text(y[i]);
      }
    });
}

INSTANTIATE_TEST_SUITE_P(DTypes, ScalarBodies, testing::ValuesIn(kDTypes),
                         [](const auto &info) { return std::string(rt::nameOf(info.param)); });

// Bools are one-bit numbers: the whole truth table of every op.
TEST(BoolBodies, TruthTables) {
  struct Row {
    OpKind kind;
    bool results[4]; // of (0, 0), (0, 1), (1, 0), (1, 1)
  };
  const Row rows[] = {{OpKind::Add, {0, 1, 1, 1}},           {OpKind::Multiply, {0, 0, 0, 1}},
                      {OpKind::Maximum, {0, 1, 1, 1}},       {OpKind::Minimum, {0, 0, 0, 1}},
                      {OpKind::LogicalAnd, {0, 0, 0, 1}},    {OpKind::LogicalOr, {0, 1, 1, 1}},
                      {OpKind::LogicalXor, {0, 1, 1, 0}},    {OpKind::BitwiseAnd, {0, 0, 0, 1}},
                      {OpKind::BitwiseOr, {0, 1, 1, 1}},     {OpKind::BitwiseXor, {0, 1, 1, 0}},
                      {OpKind::FloorDivide, {0, 0, 0, 1}},   {OpKind::Remainder, {0, 0, 0, 0}},
                      {OpKind::Power, {1, 0, 1, 1}},         {OpKind::LeftShift, {0, 0, 1, 0}},
                      {OpKind::RightShift, {0, 0, 1, 0}},    {OpKind::LogicalNot, {1, 1, 0, 0}},
                      {OpKind::BitwiseInvert, {1, 1, 0, 0}}, {OpKind::Abs, {0, 0, 1, 1}},
                      {OpKind::Sign, {0, 0, 1, 1}},          {OpKind::Square, {0, 0, 1, 1}},
                      {OpKind::Floor, {0, 0, 1, 1}}};
  for (const Row &row : rows) {
    ElementKernel kernel = elementwiseKernel(row.kind, DType::bool_);
    ASSERT_EQ(kernel.error(), "") << ir::rowOf(row.kind).mnemonic;
    uint8_t a[16], b[16], y[16];
    for (int i = 0; i < 16; ++i) {
      a[i] = i >> 1 & 1;
      b[i] = i & 1;
    }
    const void *in[] = {a, b};
    kernel.run({in, ir::rowOf(row.kind).numInputs}, y, 16);
    for (int i = 0; i < 16; ++i)
      EXPECT_EQ(y[i], row.results[i & 3])
          << ir::rowOf(row.kind).mnemonic << " " << int(a[i]) << " " << int(b[i]);
  }
}

// Every element-wise op has a body for every dtype it takes, on this machine and on the oldest one; negation
// and subtraction of bools have none.
TEST(BodyTable, EveryOpHasABody) {
  for (int k = 0; k < ir::kNumOps; ++k) {
    const auto kind = static_cast<OpKind>(k);
    const ir::OpRow &row = ir::rowOf(kind);
    if (!row.isElementwise() || row.dtypeRule == ir::DtypeRule::Cast)
      continue;
    for (DType dtype : kDTypes) {
      bool takes = true;
      switch (row.dtypeRule) {
      case ir::DtypeRule::Float: takes = rt::isFloat(dtype); break;
      case ir::DtypeRule::Bits: takes = !rt::isFloat(dtype); break;
      case ir::DtypeRule::Logical: takes = rt::isBool(dtype); break;
      default: takes = !rt::isBool(dtype) || (kind != OpKind::Negative && kind != OpKind::Subtract);
      }
      for (const char *cpu : {"native", "x86-64"}) {
        ElementKernel kernel = elementwiseKernel(kind, dtype, {.cpu = cpu});
        if (takes)
          EXPECT_EQ(kernel.error(), "") << row.mnemonic << " " << nameOf(dtype) << " " << cpu;
        else if (row.dtypeRule == ir::DtypeRule::Promote)
          EXPECT_NE(kernel.error(), "") << row.mnemonic << " " << nameOf(dtype) << " " << cpu;
      }
    }
  }
}

} // namespace
} // namespace mx::codegen::test
