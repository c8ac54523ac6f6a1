// Every shape rule: result types and the text of every error, concrete and symbolic.
#include "ir/OpTable.h"
#include "tests/Advice.h"

#include <gtest/gtest.h>

namespace mx::ir {
namespace {

using rt::DType;
using Axes = std::vector<int64_t>;

/// `float32(2, s0)`.
TensorType type(std::string_view text) {
  TensorType result;
  size_t open = text.find('(');
  for (int i = 0; i < rt::kNumDTypes; ++i)
    if (nameOf(static_cast<DType>(i)) == text.substr(0, open))
      result.dtype = static_cast<DType>(i);
  text.remove_prefix(open + 1);
  while (text != ")") {
    result.dims.push_back(*Dim::parse(text));
    text.remove_prefix(text.starts_with(", ") ? 2 : 0);
  }
  return result;
}

std::string str(const TensorType &t) { return std::string(nameOf(t.dtype)) + str(t.dims); }

struct Case {
  OpKind op;
  std::vector<std::string_view> inputs;
  Attrs attrs;
  /// The result type, or the error's message.
  std::string expected;
  rt::ErrorCode code = rt::ErrorCode::invalidArgument;
};

void check(const std::vector<Case> &cases) {
  for (const Case &c : cases) {
    std::vector<TensorType> inputs;
    for (std::string_view in : c.inputs)
      inputs.push_back(type(in));
    auto result = inferType(c.op, inputs, c.attrs);
    if (!result && result.error().code == rt::ErrorCode::invalidArgument)
      EXPECT_TRUE(test::says(result.error().message, c.expected)) << rowOf(c.op).mnemonic;
    else
      EXPECT_EQ(result ? str(*result) : result.error().message, c.expected) << rowOf(c.op).mnemonic;
    if (!result)
      EXPECT_EQ(result.error().code, c.code) << c.expected;
  }
}

int64_t number(DType t) { return static_cast<int64_t>(t); }
Dims dims(std::string_view text) { return type("float32" + std::string(text)).dims; }

// --- Promotion --------------------------------------------------------------------------------------------------

TEST(Promotion, FollowsTheLattice) {
  using enum DType;
  struct { DType a, b, result; } cases[] = {
      {bool_, bool_, bool_}, {bool_, uint8, uint8}, {bool_, float16, float16}, {uint8, int8, int16}, {uint16, int8, int32},
      {uint16, int32, int32}, {uint32, int32, int64}, {uint32, int64, int64}, {uint64, int8, float32}, {uint64, int64, float32},
      {uint64, uint8, uint64}, {int8, int64, int64}, {int32, float16, float16}, {int64, bfloat16, bfloat16}, {uint64, float16, float16},
      {float16, bfloat16, float32}, {float16, float32, float32}, {bfloat16, float64, float64}, {float64, complex64, complex64},
      {bool_, complex64, complex64},
  };
  for (auto &[x, y, result] : cases) {
    EXPECT_EQ(promoteTypes(x, y), result) << nameOf(x) << " " << nameOf(y);
    EXPECT_EQ(promoteTypes(y, x), result) << nameOf(y) << " " << nameOf(x);
  }
}

// Promotion is idempotent and never loses a category, for all pairs.
TEST(Promotion, KeepsTheWiderCategory) {
  auto category = [](DType t) { return isBool(t) ? 0 : isInteger(t) ? 1 : isFloat(t) ? 2 : 3; };
  for (int i = 0; i < rt::kNumDTypes; ++i)
    for (int j = 0; j < rt::kNumDTypes; ++j) {
      auto x = static_cast<DType>(i), y = static_cast<DType>(j);
      DType p = promoteTypes(x, y);
      EXPECT_EQ(promoteTypes(p, x), p);
      EXPECT_EQ(promoteTypes(p, y), p);
      EXPECT_GE(category(p), std::max(category(x), category(y)));
    }
}

TEST(Promotion, OperandDtypes) {
  auto operand = [](OpKind op, std::vector<std::string_view> texts, int index, Attrs attrs = {}) {
    std::vector<TensorType> inputs;
    for (auto t : texts)
      inputs.push_back(type(t));
    auto result = operandDtype(rowOf(op), inputs, attrs, index);
    return result ? std::string(nameOf(*result)) : result.error().message;
  };
  EXPECT_EQ(operand(OpKind::Add, {"int32()", "float16()"}, 0), "float16");
  EXPECT_EQ(operand(OpKind::Exp, {"int64()"}, 0), "float32");
  EXPECT_EQ(operand(OpKind::Divide, {"int64()", "bfloat16()"}, 0), "bfloat16");
  EXPECT_EQ(operand(OpKind::Less, {"int8()", "uint8()"}, 1), "int16");
  EXPECT_EQ(operand(OpKind::LogicalAnd, {"float32()", "int8()"}, 0), "bool");
  EXPECT_EQ(operand(OpKind::Where, {"float32()", "int8()", "int32()"}, 0), "bool");
  EXPECT_EQ(operand(OpKind::Where, {"float32()", "int8()", "int32()"}, 1), "int32");
  EXPECT_EQ(operand(OpKind::Astype, {"int8()"}, 0, {number(DType::float32)}), "int8");
  EXPECT_EQ(operand(OpKind::Subtract, {"bool()", "bool()"}, 0), "bool has no difference; use logical_xor");
}

// --- Element-wise -----------------------------------------------------------------------------------------------

TEST(ShapeRules, ElementwiseBroadcastsAndPromotes) {
  check({
      {OpKind::Add, {"float32(2, 3)", "float32(2, 3)"}, {}, "float32(2, 3)"},
      {OpKind::Add, {"int32(2, 1, 4)", "float16(3, 1)"}, {}, "float16(2, 3, 4)"},
      {OpKind::Add, {"float32()", "int8(0, 3)"}, {}, "float32(0, 3)"},
      {OpKind::Add, {"bool(2)", "bool(2)"}, {}, "bool(2)"},
      {OpKind::Add, {"float32(1)", "float32(0)"}, {}, "float32(0)"},
      {OpKind::Exp, {"int32(3)"}, {}, "float32(3)"},
      {OpKind::Exp, {"bfloat16(3)"}, {}, "bfloat16(3)"},
      {OpKind::Floor, {"int32(3)"}, {}, "int32(3)"},
      {OpKind::Less, {"float32(3)", "int8(2, 1)"}, {}, "bool(2, 3)"},
      {OpKind::LogicalNot, {"float32(3)"}, {}, "bool(3)"},
      {OpKind::BitwiseAnd, {"bool(3)", "uint8(3)"}, {}, "uint8(3)"},
      {OpKind::Where, {"float32(3)", "int32(2, 1)", "float16(3)"}, {}, "float16(2, 3)"},
      {OpKind::Astype, {"int32(2, s0)"}, {number(DType::uint8)}, "uint8(2, s0)"},
      {OpKind::Barrier, {"int8(2)"}, {int64_t{4}}, "int8(2)"},
  });
}

TEST(ShapeRules, ElementwiseOnSymbols) {
  check({
      {OpKind::Add, {"float32(s0, 3)", "float32(s0, 3)"}, {}, "float32(s0, 3)"},
      {OpKind::Add, {"float32(s0, 1)", "float32(3)"}, {}, "float32(s0, 3)"},
      {OpKind::Add, {"float32(s0)", "float32(4)"}, {}, "float32(4)"},
      {OpKind::Add, {"float32(4)", "float32(s0)"}, {}, "float32(4)"},
      {OpKind::Add, {"float32(s0)", "float32(s1)"}, {}, "float32(s0)"},
      {OpKind::Add, {"float32((s0 + 1))", "float32((1 + s0))"}, {}, "float32((s0 + 1))"},
      {OpKind::Add, {"float32(s0)", "float32((s0 + 1))"}, {}, "[add] shapes (s0) and ((s0 + 1)) cannot be broadcast; sizes, counted from the last axis, are equal or 1"},
  });
}

TEST(ShapeRules, ElementwiseErrors) {
  check({
      {OpKind::Add, {"float32(2, 3)", "float32(2, 4)"}, {}, "[add] shapes (2, 3) and (2, 4) cannot be broadcast; sizes, counted from the last axis, are equal or 1"},
      {OpKind::Add, {"float32(2)"}, {}, "[add] takes 2 operands, got 1"},
      {OpKind::Astype, {"float32(2)"}, {}, "[astype] takes 1 attributes, got 0"},
      {OpKind::Astype, {"float32(2)"}, {int64_t{99}}, "[astype] no dtype has the number 99"},
      {OpKind::Negative, {"bool(2)"}, {}, "[negative] bool has no negative; use logical_not"},
      {OpKind::Subtract, {"bool(2)", "bool(2)"}, {}, "[subtract] bool has no difference; use logical_xor"},
      {OpKind::BitwiseOr, {"float32(2)", "int32(2)"}, {}, "[bitwise_or] needs integers or bool, got float32 and int32 (float32 together); convert with astype"},
      {OpKind::LeftShift, {"uint64(2)", "int32(2)"}, {}, "[left_shift] needs integers or bool, got uint64 and int32 (float32 together); convert with astype"},
      {OpKind::Add, {"complex64(2)", "float32(2)"}, {}, "[add] complex64 is a storage type: add takes real operands; convert with astype"},
      {OpKind::Less, {"complex64(2)", "float32(2)"}, {}, "[less] complex64 is a storage type: less takes real operands; convert with astype"},
      {OpKind::Floor, {"complex64(2)"}, {}, "[floor] complex64 is a storage type: floor takes real operands; convert with astype"},
      {OpKind::Where, {"complex64(2)", "float32(2)", "float32(2)"}, {}, "[where] complex64 is a storage type and no condition; compare its parts"},
      {OpKind::Add, {"float32(2147483647, 2147483647, 1)", "float32(2147483647)"}, {},
       "[add] (2147483647, 2147483647, 2147483647) has more than 2^62 elements", rt::ErrorCode::overflow},
  });
}

TEST(ShapeRules, ComplexIsStored) {
  check({
      {OpKind::Copy, {"complex64(2)"}, {}, "complex64(2)"},
      {OpKind::StopGradient, {"complex64(2)"}, {}, "complex64(2)"},
      {OpKind::Where, {"bool(2)", "complex64(2)", "float32()"}, {}, "complex64(2)"},
      {OpKind::Astype, {"complex64(2)"}, {number(DType::float32)}, "float32(2)"},
      {OpKind::Astype, {"float32(2)"}, {number(DType::complex64)}, "complex64(2)"},
      {OpKind::Concatenate, {"complex64(2)", "float32(1)"}, {int64_t{0}}, "complex64(3)"},
      {OpKind::Transpose, {"complex64(2, 3)"}, {Axes{1, 0}}, "complex64(3, 2)"},
      {OpKind::Sum, {"complex64(2)"}, {Axes{0}, int64_t{0}}, "[sum] complex64 is a storage type: sum takes real operands; convert with astype"},
      {OpKind::Cumsum, {"complex64(2)"}, {int64_t{0}, int64_t{0}, int64_t{1}}, "[cumsum] complex64 is a storage type: cumsum takes real operands; convert with astype"},
      {OpKind::Argmax, {"complex64(2)"}, {int64_t{0}, int64_t{0}}, "[argmax] complex64 is a storage type: argmax takes real operands; convert with astype"},
      {OpKind::Matmul, {"complex64(2, 2)", "float32(2, 2)"}, {}, "[matmul] complex64 is a storage type: matmul takes real operands; convert with astype"},
  });
}

// Every element-wise op of the table takes two equal shapes of some dtype, and refuses complex64 unless it only moves values.
TEST(ShapeRules, EveryElementwiseRow) {
  int refused = 0;
  for (int i = 0; i < kNumOps; ++i) {
    const OpRow &row = rowOf(static_cast<OpKind>(i));
    if (!row.isElementwise())
      continue;
    Attrs attrs(row.attrs.size(), AttrValue(number(DType::float32)));
    DType dtype = row.dtypeRule == DtypeRule::Bits ? DType::int32 : DType::float32;
    std::vector<TensorType> inputs(row.numInputs, TensorType{dtype, {2, 3}});
    auto result = inferType(row.kind, inputs, attrs);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->dims, (Dims{2, 3})) << row.mnemonic;
    inputs.back().dtype = DType::complex64;
    refused += !inferType(row.kind, inputs, attrs);
  }
  EXPECT_EQ(refused + 5, [] {
    int n = 0;
    for (int i = 0; i < kNumOps; ++i)
      n += rowOf(static_cast<OpKind>(i)).isElementwise();
    return n;
  }());
}

// --- Views ------------------------------------------------------------------------------------------------------

TEST(ShapeRules, Views) {
  check({
      {OpKind::Reshape, {"float32(2, 6)"}, {dims("(3, 4)")}, "float32(3, 4)"},
      {OpKind::Reshape, {"float32()"}, {dims("(1, 1)")}, "float32(1, 1)"},
      {OpKind::Reshape, {"float32(0, 3)"}, {dims("(7, 0)")}, "float32(7, 0)"},
      {OpKind::Reshape, {"float32(s0, 4)"}, {dims("((4 * s0))")}, "float32((4 * s0))"},
      {OpKind::Reshape, {"float32(s0, 4)"}, {dims("(s1)")}, "float32(s1)"},
      {OpKind::Reshape, {"float32(2, 3)"}, {dims("(4, 2)")}, "[reshape] cannot reshape (2, 3) to (4, 2): 6 elements to 8; the product of the sizes stays the same"},
      {OpKind::Reshape, {"float32(2, 3)"}, {dims("(-1)")}, "[reshape] size -1 is negative: (-1)"},
      {OpKind::Reshape, {"float32(2, 3)"}, {dims("(2147483648)")}, "[reshape] size 2147483648 is above 2147483647: (2147483648)", rt::ErrorCode::overflow},
      {OpKind::Transpose, {"float32(2, s0, 4)"}, {Axes{2, 0, 1}}, "float32(4, 2, s0)"},
      {OpKind::Transpose, {"float32()"}, {Axes{}}, "float32()"},
      {OpKind::Transpose, {"float32(2, 3)"}, {Axes{0}}, "[transpose] axes needs one entry per axis of (2, 3), got 1"},
      {OpKind::Transpose, {"float32(2, 3)"}, {Axes{0, 2}}, "[transpose] axis 2 is out of range for (2, 3)"},
      {OpKind::Transpose, {"float32(2, 3)"}, {Axes{0, -1}}, "[transpose] axis -1 is out of range for (2, 3)"},
      {OpKind::Transpose, {"float32(2, 3)"}, {Axes{1, 1}}, "[transpose] axis 1 occurs twice; name each once"},
      {OpKind::BroadcastTo, {"float32(3, 1)"}, {dims("(2, 3, 4)")}, "float32(2, 3, 4)"},
      {OpKind::BroadcastTo, {"float32()"}, {dims("(0)")}, "float32(0)"},
      {OpKind::BroadcastTo, {"float32(4)"}, {dims("(2, s0)")}, "float32(2, 4)"},
      {OpKind::BroadcastTo, {"float32(s0)"}, {dims("(2, s0)")}, "float32(2, s0)"},
      {OpKind::BroadcastTo, {"float32(3, 2)"}, {dims("(3, 4)")}, "[broadcast_to] cannot broadcast (3, 2) to (3, 4); sizes, counted from the last axis, are equal or 1"},
      {OpKind::BroadcastTo, {"float32(1, 3)"}, {dims("(3)")}, "[broadcast_to] cannot broadcast (1, 3) to (3); sizes, counted from the last axis, are equal or 1"},
      {OpKind::BroadcastTo, {"float32(1)"}, {dims("(2147483647, 2147483647, 2)")},
       "[broadcast_to] (2147483647, 2147483647, 2) has more than 2^62 elements", rt::ErrorCode::overflow},
  });
}

TEST(ShapeRules, Slice) {
  auto slice = [](std::string_view starts, std::string_view sizes, Axes strides) {
    return Attrs{dims(starts), dims(sizes), strides};
  };
  check({
      {OpKind::Slice, {"float32(8, 8)"}, slice("(1, 7)", "(3, 4)", {2, -2}), "float32(3, 4)"},
      {OpKind::Slice, {"float32(8)"}, slice("(8)", "(0)", {1}), "float32(0)"},
      {OpKind::Slice, {"float32(s0)"}, slice("(2)", "((s0 - 2))", {1}), "float32((s0 - 2))"},
      {OpKind::Slice, {"float32(8)"}, slice("(s0)", "(3)", {1}), "float32(3)"},
      {OpKind::Slice, {"float32(8)"}, slice("(6)", "(3)", {1}), "[slice] elements 6 to 8 are out of range at axis 0 of (8)"},
      {OpKind::Slice, {"float32(8)"}, slice("(1)", "(3)", {-1}), "[slice] elements 1 to -1 are out of range at axis 0 of (8)"},
      {OpKind::Slice, {"float32(8)"}, slice("(-1)", "(1)", {1}), "[slice] elements -1 to -1 are out of range at axis 0 of (8)"},
      {OpKind::Slice, {"float32(8)"}, slice("(0)", "(1)", {0}), "[slice] stride 0 at axis 0 of (8)"},
      {OpKind::Slice, {"float32(8)"}, slice("(0)", "(-1)", {1}), "[slice] size -1 is negative: (-1)"},
      {OpKind::Slice, {"float32(8)"}, slice("(0, 0)", "(1)", {1}), "[slice] starts needs one entry per axis of (8), got 2"},
      {OpKind::Slice, {"float32(8)"}, slice("(0)", "(1, 1)", {1}), "[slice] sizes needs one entry per axis of (8), got 2"},
      {OpKind::Slice, {"float32(8)"}, slice("(0)", "(1)", {}), "[slice] strides needs one entry per axis of (8), got 0"},
      {OpKind::Slice, {"float32(8)"}, slice("(1)", "(2)", {INT64_MAX}), "[slice] elements 1 to 9223372036854775807 are out of range at axis 0 of (8)"},
  });
}

TEST(ShapeRules, AsStrided) {
  auto strided = [](std::string_view shape, std::string_view strides, std::string_view offset) {
    return Attrs{dims(shape), dims(strides), dims(offset)};
  };
  check({
      {OpKind::AsStrided, {"float32(12)"}, strided("(3, 4)", "(4, 1)", "(0)"), "float32(3, 4)"},
      {OpKind::AsStrided, {"float32(3, 4)"}, strided("(2, 5)", "(-1, 0)", "(11)"), "float32(2, 5)"},
      {OpKind::AsStrided, {"float32(12)"}, strided("(0, 4)", "(100, 1)", "(50)"), "float32(0, 4)"},
      {OpKind::AsStrided, {"float32(s0)"}, strided("(3, 4)", "(4, 1)", "(0)"), "float32(3, 4)"},
      {OpKind::AsStrided, {"float32(12)"}, strided("(3, 4)", "(4, 1)", "(1)"), "[as_strided] elements 1 to 12 are out of range for 12"},
      {OpKind::AsStrided, {"float32(12)"}, strided("(3)", "(-1)", "(1)"), "[as_strided] elements -1 to 1 are out of range for 12"},
      {OpKind::AsStrided, {"float32(12)"}, strided("(3)", "(1, 1)", "(1)"), "[as_strided] strides needs one entry per axis of (3), got 2"},
      {OpKind::AsStrided, {"float32(12)"}, strided("(3)", "(1)", "()"), "[as_strided] takes one offset, got 0"},
      {OpKind::AsStrided, {"float32(12)"}, strided("(-3)", "(1)", "(0)"), "[as_strided] size -3 is negative: (-3)"},
  });
}

TEST(ShapeRules, View) {
  check({
      {OpKind::View, {"float32(2, 3)"}, {number(DType::int32)}, "int32(2, 3)"},
      {OpKind::View, {"float32(2, 3)"}, {number(DType::uint8)}, "uint8(2, 12)"},
      {OpKind::View, {"uint8(2, 12)"}, {number(DType::float32)}, "float32(2, 3)"},
      {OpKind::View, {"uint8(2, s0)"}, {number(DType::float32)}, "float32(2, (s0 floordiv 4))"},
      {OpKind::View, {"float32(s0)"}, {number(DType::float16)}, "float16((2 * s0))"},
      {OpKind::View, {"float32()"}, {number(DType::int32)}, "int32()"},
      {OpKind::View, {"float32()"}, {number(DType::int8)}, "[view] cannot view () of float32 as int8: a scalar only views as a dtype of its size"},
      {OpKind::View, {"uint8(2, 6)"}, {number(DType::float32)}, "[view] cannot view (2, 6) of uint8 as float32: rows of 6 bytes do not divide into elements of 4"},
      {OpKind::View, {"float64(2147483647)"}, {number(DType::int8)}, "[view] size 17179869176 is above 2147483647: (17179869176)", rt::ErrorCode::overflow},
  });
}

// --- Creation ---------------------------------------------------------------------------------------------------

TEST(ShapeRules, Creation) {
  check({
      {OpKind::Iota, {}, {dims("(5)"), number(DType::float32)}, "float32(5)"},
      {OpKind::Iota, {}, {dims("(s0)"), number(DType::uint8)}, "uint8(s0)"},
      {OpKind::Iota, {}, {dims("(5)"), number(DType::bool_)}, "[arange] bool does not count; use an integer or a real dtype"},
      {OpKind::Iota, {}, {dims("(5, 2)"), number(DType::int32)}, "[arange] counts along one axis, got the shape (5, 2)"},
      {OpKind::Iota, {}, {dims("(-5)"), number(DType::int32)}, "[arange] size -5 is negative: (-5)"},
      {OpKind::Size, {}, {dims("(5, s0)"), number(DType::float32)}, "float32()"},
      {OpKind::Size, {}, {dims("()"), number(DType::int64)}, "int64()"},
      {OpKind::Size, {}, {dims("(5)"), number(DType::complex64)}, "[number_of_elements] complex64 does not count; use an integer or a real dtype"},
      {OpKind::Size, {}, {dims("(-5)"), number(DType::int32)}, "[number_of_elements] size -5 is negative: (-5)"},
      {OpKind::RandomBits, {"uint32(2)"}, {dims("(3, 4)"), int64_t{4}}, "uint32(3, 4)"},
      {OpKind::RandomBits, {"uint32(7, 2)"}, {dims("(s0)"), int64_t{2}}, "uint16(7, s0)"},
      {OpKind::RandomBits, {"uint32(2)"}, {dims("()"), int64_t{1}}, "uint8()"},
      {OpKind::RandomBits, {"int32(2)"}, {dims("(3)"), int64_t{4}}, "[random::bits] the key is uint32, got int32"},
      {OpKind::RandomBits, {"uint32(3)"}, {dims("(3)"), int64_t{4}}, "[random::bits] the last axis of the key has size 2, got (3)"},
      {OpKind::RandomBits, {"uint32()"}, {dims("(3)"), int64_t{4}}, "[random::bits] the last axis of the key has size 2, got ()"},
      {OpKind::RandomBits, {"uint32(2)"}, {dims("(3)"), int64_t{8}}, "[random::bits] the width is 1, 2 or 4 bytes, got 8"},
  });
}

// --- Reductions and scans ---------------------------------------------------------------------------------------

TEST(ShapeRules, Reduce) {
  int64_t no = 0, keep = 1;
  check({
      {OpKind::Sum, {"float32(2, 3, 4)"}, {Axes{0, 2}, no}, "float32(3)"},
      {OpKind::Sum, {"float32(2, 3, 4)"}, {Axes{2, 0}, keep}, "float32(1, 3, 1)"},
      {OpKind::Sum, {"float32(2, 3)"}, {Axes{}, no}, "float32(2, 3)"},
      {OpKind::Sum, {"float32()"}, {Axes{}, no}, "float32()"},
      {OpKind::Sum, {"bool(3)"}, {Axes{0}, no}, "int32()"},
      {OpKind::Sum, {"int8(3)"}, {Axes{0}, no}, "int32()"},
      {OpKind::Prod, {"uint16(3)"}, {Axes{0}, no}, "uint32()"},
      {OpKind::Sum, {"int64(3)"}, {Axes{0}, no}, "int64()"},
      {OpKind::Sum, {"float16(3)"}, {Axes{0}, no}, "float16()"},
      {OpKind::Sum, {"float32(s0, 0)"}, {Axes{1}, no}, "float32(s0)"},
      {OpKind::Max, {"int8(3, s0)"}, {Axes{0}, no}, "int8(s0)"},
      {OpKind::Max, {"int8(0, 3)"}, {Axes{1}, no}, "int8(0)"},
      {OpKind::All, {"float32(3)"}, {Axes{0}, no}, "bool()"},
      {OpKind::Any, {"float32(0)"}, {Axes{0}, keep}, "bool(1)"},
      {OpKind::Max, {"int8(3, 0)"}, {Axes{1}, no}, "[max] axis 1 of (3, 0) is empty: there is no such element; reduce axes that have entries"},
      {OpKind::Min, {"int8(3, 0)"}, {Axes{0, 1}, no}, "[min] axis 1 of (3, 0) is empty: there is no such element; reduce axes that have entries"},
      {OpKind::Sum, {"float32(2, 3)"}, {Axes{2}, no}, "[sum] axis 2 is out of range for (2, 3)"},
      {OpKind::Sum, {"float32(2, 3)"}, {Axes{-1}, no}, "[sum] axis -1 is out of range for (2, 3)"},
      {OpKind::Sum, {"float32(2, 3)"}, {Axes{1, 1}, no}, "[sum] axis 1 occurs twice; name each once"},
      {OpKind::Argmax, {"float32(2, 3)"}, {int64_t{1}, no}, "uint32(2)"},
      {OpKind::Argmin, {"float32(2, s0)"}, {int64_t{0}, keep}, "uint32(1, s0)"},
      {OpKind::Argmin, {"float32(0)"}, {int64_t{0}, no}, "[argmin] axis 0 of (0) is empty: there is no such element; reduce axes that have entries"},
      {OpKind::Argmax, {"float32()"}, {int64_t{0}, no}, "[argmax] axis 0 is out of range for ()"},
      {OpKind::Cumsum, {"bool(2, 3)"}, {int64_t{1}, no, keep}, "int32(2, 3)"},
      {OpKind::Cumprod, {"int8(2, s0)"}, {int64_t{1}, no, keep}, "int8(2, s0)"},
      {OpKind::Cummax, {"float16(0)"}, {int64_t{0}, no, keep}, "float16(0)"},
      {OpKind::Cummin, {"float16(3)"}, {int64_t{1}, no, keep}, "[cummin] axis 1 is out of range for (3)"},
  });
}

// --- Joins, pads, indexing --------------------------------------------------------------------------------------

TEST(ShapeRules, ConcatenateAndPad) {
  check({
      {OpKind::Concatenate, {"float32(2, 3)", "int32(4, 3)"}, {int64_t{0}}, "float32(6, 3)"},
      {OpKind::Concatenate, {"float32(2, s0)", "float32(2, s1)", "float32(2, 1)"}, {int64_t{1}}, "float32(2, (s0 + s1 + 1))"},
      {OpKind::Concatenate, {"float32(s0, 3)", "float32(2, 3)"}, {int64_t{1}}, "float32(2, 6)"},
      {OpKind::Concatenate, {"float32(2)"}, {int64_t{0}}, "float32(2)"},
      {OpKind::Concatenate, {}, {int64_t{0}}, "[concatenate] needs at least one array; the list is empty"},
      {OpKind::Concatenate, {"float32()", "float32()"}, {int64_t{0}}, "[concatenate] axis 0 is out of range for ()"},
      {OpKind::Concatenate, {"float32(2, 3)", "float32(2, 4)"}, {int64_t{0}}, "[concatenate] shapes differ outside axis 0: (2, 3) and (2, 4); slice, pad or transpose one"},
      {OpKind::Concatenate, {"float32(2, 3)", "float32(2)"}, {int64_t{0}}, "[concatenate] shapes differ outside axis 0: (2, 3) and (2); slice, pad or transpose one"},
      {OpKind::Concatenate, {"bool(2147483647)", "bool(1)"}, {int64_t{0}}, "[concatenate] size 2147483648 is above 2147483647: (2147483648)", rt::ErrorCode::overflow},
      {OpKind::Pad, {"float32(2, 3)", "float32()"}, {dims("(1, 0)"), dims("(4, 3)")}, "float32(4, 3)"},
      {OpKind::Pad, {"float32(s0)", "float32()"}, {dims("(1)"), dims("((s0 + 1))")}, "float32((s0 + 1))"},
      {OpKind::Pad, {"float32(s0)", "float32()"}, {dims("(2)"), dims("((s0 + 1))")}, "[pad] (s0) placed at (2) does not fit into ((s0 + 1))"},
      {OpKind::Pad, {"float32(2)", "float32()"}, {dims("(-1)"), dims("(4)")}, "[pad] (2) placed at (-1) does not fit into (4)"},
      {OpKind::Pad, {"float32(2)", "float32(1)"}, {dims("(0)"), dims("(4)")}, "[pad] the value is a scalar, got (1)"},
      {OpKind::Pad, {"float32(2)", "int32()"}, {dims("(0)"), dims("(4)")}, "[pad] the value has dtype int32, the operand float32"},
      {OpKind::Pad, {"float32(2)", "float32()"}, {dims("(0, 0)"), dims("(4)")}, "[pad] low needs one entry per axis of (2), got 2"},
      {OpKind::Pad, {"float32(2)", "float32()"}, {dims("(0)"), dims("(4, 4)")}, "[pad] shape needs one entry per axis of (2), got 2"},
  });
}

TEST(ShapeRules, SliceUpdate) {
  auto attrs = [](std::string_view starts, Axes strides, std::string mode) { return Attrs{dims(starts), strides, mode}; };
  check({
      {OpKind::SliceUpdate, {"float32(8, 4)", "float32(3, 4)"}, attrs("(1, 0)", {2, 1}, "set"), "float32(8, 4)"},
      {OpKind::SliceUpdate, {"float32(8)", "float32(3)"}, attrs("(s0)", {1}, "max"), "float32(8)"},
      {OpKind::SliceUpdate, {"float32(8)", "float32(3)"}, attrs("(6)", {1}, "add"), "[slice_update] elements 6 to 8 are out of range at axis 0 of (8)"},
      {OpKind::SliceUpdate, {"float32(8)", "float32(3, 1)"}, attrs("(6)", {1}, "add"), "[slice_update] the update needs one entry per axis of (8), got 2"},
      {OpKind::SliceUpdate, {"float32(8)", "int32(3)"}, attrs("(0)", {1}, "add"), "[slice_update] the update has dtype int32, the operand float32"},
      {OpKind::SliceUpdate, {"float32(8)", "float32(3)"}, attrs("(0)", {1}, "sub"), "[slice_update] mode 'sub' is none of set, add, prod, max, min"},
      {OpKind::SliceUpdate, {"complex64(8)", "complex64(3)"}, attrs("(0)", {1}, "set"), "complex64(8)"},
      {OpKind::SliceUpdate, {"complex64(8)", "complex64(3)"}, attrs("(0)", {1}, "add"),
       "[slice_update] complex64 is a storage type: mode add takes real operands; convert with astype"},
  });
}

TEST(ShapeRules, GatherAndScatter) {
  check({
      {OpKind::Gather, {"float32(5, 6)", "int32(3, 1)", "uint8(4)"}, {Axes{0, 1}, dims("(1, 2)")}, "float32(3, 4, 1, 2)"},
      {OpKind::Gather, {"float32(5, 6)"}, {Axes{}, dims("(2, 2)")}, "float32(2, 2)"},
      {OpKind::Gather, {"float32(5, s0)", "int32(s1)"}, {Axes{0}, dims("(1, s0)")}, "float32(s1, 1, s0)"},
      {OpKind::Gather, {"float32(5)", "float32(3)"}, {Axes{0}, dims("(1)")}, "[gather] indices are integers, got float32; convert with astype"},
      {OpKind::Gather, {"float32(5)", "bool(3)"}, {Axes{0}, dims("(1)")}, "[gather] indices are integers, got bool; convert with astype"},
      {OpKind::Gather, {"float32(5)", "int32(3)"}, {Axes{1}, dims("(1)")}, "[gather] axis 1 is out of range for (5)"},
      {OpKind::Gather, {"float32(5)", "int32(3)"}, {Axes{}, dims("(1)")}, "[gather] needs one index array per axis: 1 for 0 axes"},
      {OpKind::Gather, {"float32(5)", "int32(3)"}, {Axes{0}, dims("(6)")}, "[gather] a window of (6) does not fit into (5)"},
      {OpKind::Gather, {"float32(5)", "int32(3)"}, {Axes{0}, dims("(-1)")}, "[gather] a window of (-1) does not fit into (5)"},
      {OpKind::Gather, {"float32(5)", "int32(3)"}, {Axes{0}, dims("(1, 1)")}, "[gather] the window needs one entry per axis of (5), got 2"},
      {OpKind::Gather, {"float32(5, 5)", "int32(3)", "int32(4)"}, {Axes{0, 1}, dims("(1, 1)")}, "[gather] shapes (3) and (4) cannot be broadcast; sizes, counted from the last axis, are equal or 1"},
      {OpKind::Scatter, {"float32(5, 6)", "float32(3, 1, 6)", "int32(3)"}, {Axes{0}, std::string("add")}, "float32(5, 6)"},
      {OpKind::Scatter, {"float32(5, 6)", "float32(3, 1, 7)", "int32(3)"}, {Axes{0}, std::string("add")}, "[scatter] a window of (1, 7) does not fit into (5, 6)"},
      {OpKind::Scatter, {"float32(5, 6)", "float32(4, 1, 6)", "int32(3)"}, {Axes{0}, std::string("add")},
       "[scatter] updates (4, 1, 6) are not indices (3) followed by a window of (5, 6)"},
      {OpKind::Scatter, {"float32(5, 6)", "float32(3, 6)", "int32(3)"}, {Axes{0}, std::string("add")},
       "[scatter] updates (3, 6) are not indices (3) followed by a window of (5, 6)"},
      {OpKind::Scatter, {"float32(5)", "int32(3, 1)", "int32(3)"}, {Axes{0}, std::string("add")}, "[scatter] updates has dtype int32, the operand float32"},
      {OpKind::Scatter, {"float32(5)", "float32(3, 1)", "int32(3)"}, {Axes{0}, std::string("")}, "[scatter] mode '' is none of set, add, prod, max, min"},
  });
}

TEST(ShapeRules, AlongAxis) {
  auto put = [](std::string mode) { return Attrs{int64_t{1}, mode}; };
  check({
      {OpKind::TakeAlongAxis, {"float32(5, 6)", "int32(5, 2)"}, {int64_t{1}}, "float32(5, 2)"},
      {OpKind::TakeAlongAxis, {"float32(5, 6)", "int32(1, 2)"}, {int64_t{1}}, "float32(5, 2)"},
      {OpKind::TakeAlongAxis, {"float32(1, 6)", "int32(s0, 2)"}, {int64_t{1}}, "float32(s0, 2)"},
      {OpKind::TakeAlongAxis, {"float32(5, 6)", "int32(4, 2)"}, {int64_t{1}}, "[take_along_axis] indices (4, 2) do not broadcast to (5, 6) outside axis 1"},
      {OpKind::TakeAlongAxis, {"float32(5, 6)", "int32(2)"}, {int64_t{1}}, "[take_along_axis] indices have the rank of the operand: (2) for (5, 6)"},
      {OpKind::TakeAlongAxis, {"float32(5, 6)", "int32(5, 2)"}, {int64_t{2}}, "[take_along_axis] axis 2 is out of range for (5, 6)"},
      {OpKind::TakeAlongAxis, {"float32(5, 0)", "int32(5, 2)"}, {int64_t{1}}, "[take_along_axis] axis 1 of (5, 0) is empty: nothing to take; take from an axis that has entries"},
      {OpKind::TakeAlongAxis, {"float32(5, 6)", "float32(5, 2)"}, {int64_t{1}}, "[take_along_axis] indices are integers, got float32; convert with astype"},
      {OpKind::ScatterAxis, {"float32(5, 6)", "int32(5, 2)", "float32(1, 2)"}, put("set"), "float32(5, 6)"},
      {OpKind::ScatterAxis, {"float32(5, 6)", "int32(1, 2)", "float32(5, 1)"}, put("add"), "float32(5, 6)"},
      {OpKind::ScatterAxis, {"float32(1, 6)", "int32(5, 2)", "float32(1, 2)"}, put("set"), "[put_along_axis] indices (5, 2) do not broadcast to (1, 2)"},
      {OpKind::ScatterAxis, {"float32(5, 6)", "int32(5, 2)", "float32(5, 3)"}, put("set"), "[put_along_axis] values (5, 3) do not broadcast to (5, 2)"},
      {OpKind::ScatterAxis, {"float32(5, 6)", "int32(5, 2)", "float32(2)"}, put("set"), "[put_along_axis] values (2) do not broadcast to (5, 2)"},
      {OpKind::ScatterAxis, {"float32(5, 6)", "int32(5, 2)", "int32(5, 2)"}, put("set"), "[put_along_axis] values has dtype int32, the operand float32"},
      {OpKind::ScatterAxis, {"float32(5, 6)", "int32(5, 2)", "float32(5, 2)"}, put("max"), "[put_along_axis] mode 'max' is none of set, add"},
  });
}

// --- Contractions -----------------------------------------------------------------------------------------------

TEST(ShapeRules, Matmul) {
  check({
      {OpKind::Matmul, {"float32(4, 8)", "float32(8, 3)"}, {}, "float32(4, 3)"},
      {OpKind::Matmul, {"float16(4, 8)", "bfloat16(8, 3)"}, {}, "float32(4, 3)"},
      {OpKind::Matmul, {"float16(4, 8)", "int32(8, 3)"}, {}, "float16(4, 3)"},
      {OpKind::Matmul, {"float32(2, 1, 4, 8)", "float32(5, 8, 3)"}, {}, "float32(2, 5, 4, 3)"},
      {OpKind::Matmul, {"float32(s0, 8)", "float32(s1, 3)"}, {}, "float32(s0, 3)"},
      {OpKind::Matmul, {"float32(4, 0)", "float32(0, 3)"}, {}, "float32(4, 3)"},
      {OpKind::Matmul, {"float32(4, 8)", "float32(7, 3)"}, {}, "[matmul] inner sizes differ: (4, 8) @ (7, 3); transpose or reshape one so that the columns of the first are as many as the rows of the second"},
      {OpKind::Matmul, {"float32(8)", "float32(8, 3)"}, {}, "[matmul] operands have two axes or more, got (8) @ (8, 3)"},
      {OpKind::Matmul, {"float32(2, 4, 8)", "float32(3, 8, 3)"}, {}, "[matmul] leading axes cannot be broadcast: (2, 4, 8) @ (3, 8, 3); they are equal or 1"},
      {OpKind::Matmul, {"int32(4, 8)", "uint8(8, 3)"}, {}, "[matmul] needs floating point, got int32 and uint8; convert with astype"},
      {OpKind::Matmul, {"float32(2147483647, 2147483647, 1)", "float32(1, 2)"}, {},
       "[matmul] (2147483647, 2147483647, 2) has more than 2^62 elements", rt::ErrorCode::overflow},
  });
}

} // namespace
} // namespace mx::ir
