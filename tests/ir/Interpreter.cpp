// The reference interpreter on structure: constants, calls, composites, fusions, symbols and errors.
#include "tests/ir/InterpreterHarness.h"

namespace mx::ir::interp {
namespace {

using enum rt::DType;
using Texts = std::vector<std::string>;

TEST(Interpreter, Constants) {
  EXPECT_EQ(runModule(R"mlir(
    func.func @main() -> (tensor<3xi1>, tensor<2xf16>, tensor<2x2xi8>, tensor<1xcomplex<f32>>, tensor<2xui16>, tensor<bf16>, tensor<2xi1>) {
      %a = mx.constant dense<[true, false, true]> : tensor<3xi1>
      %b = mx.constant dense<[1.5, -2.0]> : tensor<2xf16>
      %c = mx.constant dense<7> : tensor<2x2xi8>
      %d = mx.constant dense<(1.0, -2.0)> : tensor<1xcomplex<f32>>
      %e = mx.constant dense<[1, 65535]> : tensor<2xui16>
      %f = mx.constant dense<3.0> : tensor<bf16>
      %g = mx.constant dense<true> : tensor<2xi1>
      return %a, %b, %c, %d, %e, %f, %g : tensor<3xi1>, tensor<2xf16>, tensor<2x2xi8>, tensor<1xcomplex<f32>>, tensor<2xui16>, tensor<bf16>, tensor<2xi1>
    })mlir", {}),
            (Texts{"bool(3) [1, 0, 1]", "float16(2) [1.5, -2]", "int8(2, 2) [7, 7, 7, 7]", "complex64(1) [1+-2i]",
                   "uint16(2) [1, 65535]", "bfloat16() [3]", "bool(2) [1, 1]"}));
}

TEST(Interpreter, ResourceConstants) {
  EXPECT_EQ(runModule(R"mlir(
    func.func @main() -> tensor<2xi32> {
      %a = mx.constant dense_resource<data> : tensor<2xi32>
      return %a : tensor<2xi32>
    }
    {-# dialect_resources: { builtin: { data: "0x040000000300000005000000" } } #-})mlir", {}),
            Texts{"int32(2) [3, 5]"});
}

// A composite means its decomposition, a call its callee, a fusion its body; all with several results.
TEST(Interpreter, CallsCompositesAndFusions) {
  Tensor x = tensor(float32, {2}, {1, 2});
  EXPECT_EQ(runModule(R"mlir(
    func.func private @twice(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
      %d = mx.add %x, %x : tensor<2xf32>, tensor<2xf32>
      return %d, %x : tensor<2xf32>, tensor<2xf32>
    }
    func.func @main(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
      %a:2 = mx.composite "twice" %x {attrs = {}, decomposition = @twice} : (tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
      %b:2 = call @twice(%a#0) : (tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
      %c:2 = mx.fusion "map" (%p = %b#0 : tensor<2xf32>, %q = %b#1 : tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
        %s = mx.subtract %p, %q : tensor<2xf32>, tensor<2xf32>
        mx.yield %s, %p : tensor<2xf32>, tensor<2xf32>
      }
      return %a#0, %c#0, %c#1 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
    })mlir", x),
            (Texts{"float32(2) [2, 4]", "float32(2) [2, 4]", "float32(2) [4, 8]"}));
}

// Sizes are those of the inputs: symbols of argument types are bound, attributes are evaluated with them.
TEST(Interpreter, SymbolsFollowTheInputs) {
  std::string source = R"mlir(
    func.func @main(%x: tensor<?x2xf32, #mx.dims<s0, 2>>, %y: tensor<?xf32, #mx.dims<s1>>) -> (tensor<?xf32, #mx.dims<"(2 * s0)">>, tensor<?xi32, #mx.dims<s1>>) {
      %r = mx.reshape %x {shape = #mx.dims<"(2 * s0)">} : tensor<?x2xf32, #mx.dims<s0, 2>>
      %i = mx.iota {shape = #mx.dims<s1>, dtype = i32}
      return %r, %i : tensor<?xf32, #mx.dims<"(2 * s0)">>, tensor<?xi32, #mx.dims<s1>>
    })mlir";
  Tensor y = tensor(float32, {4}, {0, 0, 0, 0});
  for (int64_t rows : {0, 1, 3}) {
    Tensor x = zeros(float32, {rows, 2});
    EXPECT_EQ(runModule(source, {x, y}), (Texts{text(zeros(float32, {2 * rows})), "int32(4) [0, 1, 2, 3]"}));
  }
  EXPECT_EQ(runModule(source, {zeros(float32, {3, 2}), y}, {3, 4}).size(), 2u);
  EXPECT_EQ(runModule(source, {zeros(float32, {3, 2}), y}, {5, 4}),
            Texts{"argument 0 is float32(3, 2), its type tensor<?x2xf32, #mx.dims<s0, 2>>"});
}

// Offsets that are no size of an input come from `symbols`.
TEST(Interpreter, OffsetsComeFromSymbols) {
  std::string source = R"mlir(
    func.func @main(%x: tensor<5xi32>) -> tensor<2xi32> {
      %r = mx.slice %x {starts = #mx.dims<s0>, sizes = #mx.dims<2>, strides = array<i64: 1>} : tensor<5xi32>
      return %r : tensor<2xi32>
    })mlir";
  Tensor x = tensor(int32, {5}, {0, 1, 2, 3, 4});
  EXPECT_EQ(runModule(source, x, {2}), Texts{"int32(2) [2, 3]"});
  EXPECT_EQ(runModule(source, x, {4}), Texts{"[slice] elements 4 to 5 are out of range at axis 0 of (5); keep the window inside"});
  EXPECT_EQ(runModule(source, x), Texts{"mx.slice: the size s0 has no value"});
}

// A callee's symbols name its own arguments' sizes.
TEST(Interpreter, SymbolsAreScopedToFunctions) {
  EXPECT_EQ(runModule(R"mlir(
    func.func private @count(%x: tensor<?xf32, #mx.dims<s0>>) -> tensor<?xi32, #mx.dims<s0>> {
      %i = mx.iota {shape = #mx.dims<s0>, dtype = i32}
      return %i : tensor<?xi32, #mx.dims<s0>>
    }
    func.func @main(%x: tensor<?xf32, #mx.dims<s0>>, %y: tensor<?xf32, #mx.dims<s1>>) -> tensor<?xi32, #mx.dims<s1>> {
      %i = mx.composite "count" %y {attrs = {}, decomposition = @count} : (tensor<?xf32, #mx.dims<s1>>) -> tensor<?xi32, #mx.dims<s1>>
      return %i : tensor<?xi32, #mx.dims<s1>>
    })mlir", {zeros(float32, {5}), zeros(float32, {2})}),
            Texts{"int32(2) [0, 1]"});
}

// A rule that assumed two sizes equal is run again on the values.
TEST(Interpreter, SizesLeftOpenAreCheckedOnTheValues) {
  std::string source = R"mlir(
    func.func @main(%x: tensor<?xf32, #mx.dims<s0>>, %y: tensor<?xf32, #mx.dims<s1>>) -> tensor<?xf32, #mx.dims<s0>> {
      %r = mx.add %x, %y : tensor<?xf32, #mx.dims<s0>>, tensor<?xf32, #mx.dims<s1>>
      return %r : tensor<?xf32, #mx.dims<s0>>
    })mlir";
  Tensor one = tensor(float32, {1}, {1}), two = tensor(float32, {2}, {1, 2});
  EXPECT_EQ(runModule(source, {two, two}), Texts{"float32(2) [2, 4]"});
  EXPECT_EQ(runModule(source, {two, zeros(float32, {3})}), Texts{"[add] shapes (2) and (3) cannot be broadcast; sizes, counted from the last axis, are equal or 1"});
  EXPECT_EQ(runModule(source, {one, two}), Texts{"the result of mx.add is float32(2), its type tensor<?xf32, #mx.dims<s0>>"});
}

TEST(Interpreter, Errors) {
  std::string source = "func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> { return %x : tensor<2xf32> }";
  EXPECT_EQ(runModule(source, {}), Texts{"a body of one block with 0 arguments is expected"});
  EXPECT_EQ(runModule(source, zeros(float32, {3})), Texts{"argument 0 is float32(3), its type tensor<2xf32>"});
  EXPECT_EQ(runModule(source, zeros(int32, {2})), Texts{"argument 0 is int32(2), its type tensor<2xf32>"});
  EXPECT_EQ(runModule(source, Tensor{float32, {2}, {}}), Texts{"an input of shape (2) has 0 bytes"});
  EXPECT_EQ(runModule(source, Tensor{float32, {-2}, {}}), Texts{"an input of shape (-2) has 0 bytes"});
  EXPECT_EQ(runModule("func.func private @main(tensor<2xf32>)", zeros(float32, {2})), Texts{"@main has no body"});
  EXPECT_EQ(runModule(R"mlir(
    func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      %r = call @main(%x) : (tensor<2xf32>) -> tensor<2xf32>
      return %r : tensor<2xf32>
    })mlir", zeros(float32, {2})), Texts{"func.call: calls nest deeper than 64"});
  EXPECT_EQ(runModule(R"mlir(
    func.func @main(%x: tensor<1xf32>) -> tensor<2000000x2000000xf32> {
      %r = mx.broadcast_to %x {shape = #mx.dims<2000000, 2000000>} : tensor<1xf32>
      return %r : tensor<2000000x2000000xf32>
    })mlir", zeros(float32, {1})), Texts{"mx.broadcast_to is too large to interpret: (2000000, 2000000)"});
  EXPECT_EQ(runModule(R"mlir(
    func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      %r = builtin.unrealized_conversion_cast %x : tensor<2xf32> to tensor<2xf32>
      return %r : tensor<2xf32>
    })mlir", zeros(float32, {2})), Texts{"the interpreter does not know builtin.unrealized_conversion_cast"});
}

// The interpreter knows every element-wise op of the table in every dtype that the shape rule admits.
TEST(Interpreter, KnowsEveryElementwiseOp) {
  int evaluated = 0;
  for (int i = 0; i < kNumOps; ++i) {
    const OpRow &row = rowOf(static_cast<OpKind>(i));
    if (!row.isElementwise())
      continue;
    Attrs attrs(row.attrs.size(), AttrValue(static_cast<int64_t>(float16)));
    for (int t = 0; t < rt::kNumDTypes; ++t) {
      Tensor x = tensor(static_cast<rt::DType>(t), {3}, {0, 1, 3});
      std::vector<TensorType> types(row.numInputs, TensorType{x.dtype, {3}});
      auto type = inferType(row.kind, types, attrs);
      if (!type)
        continue;
      OpCall call{row, std::vector<const Tensor *>(row.numInputs, &x), types, attrs, type->dtype, {3}};
      auto result = evaluateElementwise(call);
      ASSERT_TRUE(result) << result.error().message << " in " << rt::nameOf(x.dtype);
      EXPECT_EQ(result->data.size(), static_cast<size_t>(3 * sizeOf(type->dtype)));
      ++evaluated;
    }
  }
  EXPECT_GT(evaluated, 600);
}

} // namespace
} // namespace mx::ir::interp
