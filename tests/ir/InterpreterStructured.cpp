// The reference interpreter on views, creation, reductions, scans, indexing and contractions.
#include "tests/ir/InterpreterHarness.h"

namespace mx::ir::interp {
namespace {

using enum rt::DType;
constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

const Tensor matrix = tensor(int32, {2, 3}, {0, 1, 2, 3, 4, 5});
Tensor i32(std::vector<int64_t> shape, std::vector<double> values) { return tensor(int32, std::move(shape), std::move(values)); }
Tensor f32(std::vector<int64_t> shape, std::vector<double> values) { return tensor(float32, std::move(shape), std::move(values)); }

// --- Views ------------------------------------------------------------------------------------------------------

TEST(Views, MoveElements) {
  expectOp("reshape", "{shape = #mx.dims<3, 2>}", matrix, i32({3, 2}, {0, 1, 2, 3, 4, 5}));
  expectOp("transpose", "{axes = array<i64: 1, 0>}", matrix, i32({3, 2}, {0, 3, 1, 4, 2, 5}));
  expectOp("broadcast_to", "{shape = #mx.dims<2, 2, 3>}", matrix, i32({2, 2, 3}, {0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}));
  expectOp("broadcast_to", "{shape = #mx.dims<2, 2>}", i32({2, 1}, {7, 8}), i32({2, 2}, {7, 7, 8, 8}));
  expectOp("slice", "{starts = #mx.dims<1, 2>, sizes = #mx.dims<2, 2>, strides = array<i64: -1, -2>}", matrix, i32({2, 2}, {5, 3, 2, 0}));
  expectOp("slice", "{starts = #mx.dims<2, 0>, sizes = #mx.dims<0, 3>, strides = array<i64: 1, 1>}", matrix, i32({0, 3}, {}));
  expectOp("as_strided", "{shape = #mx.dims<2, 2>, strides = #mx.dims<1, 2>, offset = #mx.dims<1>}", matrix, i32({2, 2}, {1, 3, 2, 4}));
}

TEST(Views, ViewReadsTheBits) {
  expectOp("view", "{dtype = i32}", f32({2}, {1, -2}), integers(int32, {2}, {0x3F800000, static_cast<int32_t>(0xC0000000)}));
  expectOp("view", "{dtype = ui8}", i32({1}, {0x01020304}), tensor(uint8, {4}, {4, 3, 2, 1}));
  expectOp("view", "{dtype = i32}", tensor(uint8, {4}, {4, 3, 2, 1}), i32({1}, {0x01020304}));
}

// --- Creation ---------------------------------------------------------------------------------------------------

TEST(Creation, Iota) {
  expectOp("iota", "{shape = #mx.dims<4>, dtype = f32}", {}, f32({4}, {0, 1, 2, 3}));
  expectOp("iota", "{shape = #mx.dims<0>, dtype = i8}", {}, tensor(int8, {0}, {}));
}

// Vectors of jax.random.bits with jax_threefry_partitionable=False.
TEST(Creation, RandomBitsAreThoseOfJax) {
  auto bits = [](int width, uint32_t a, uint32_t b, rt::DType dtype, std::vector<int64_t> values) {
    int64_t size = values.size();
    std::string attrs = "{shape = #mx.dims<" + std::to_string(size) + ">, width = " + std::to_string(width) + " : i64}";
    expectOp("random_bits", attrs, integers(uint32, {2}, {a, b}), integers(dtype, {size}, std::move(values)));
  };
  bits(4, 0, 0, uint32, {0x6b200159});
  bits(4, 0, 0, uint32, {0xf71f4ea9, 0x39a405d9, 0xa20e4081, 0x4bdfae2f});
  bits(4, 0, 0, uint32, {0x9312778b, 0x19850714, 0x64a626ec, 0xe4e8dfbe, 0x98b89669});
  bits(4, 0, 42, uint32, {0x92fb20ea, 0xdb4c98db, 0x0f38d913, 0x0ff68959});
  bits(4, 0xdeadbeef, 0x12345678, uint32, {0xd42580c8, 0x9d174f86, 0xade7b3b2, 0xadadcdf2, 0x68d6c151});
  bits(2, 0, 42, uint16, {0x20ea, 0x92fb, 0x98db, 0xdb4c, 0xd913, 0x0f38, 0x8959});
  bits(1, 0, 42, uint8, {0xea, 0x20, 0xfb, 0x92, 0x6f, 0xf8, 0xa3, 0x19, 0x13, 0xd9, 0x38});
  bits(4, 0, 42, uint32, {});
}

// Leading axes of the key give one stream each.
TEST(Creation, RandomBitsPerKey) {
  expectOp("random_bits", "{shape = #mx.dims<1>, width = 4 : i64}", integers(uint32, {3, 2}, {0, 0, 0, 42, 0xdeadbeef, 0x12345678}),
           integers(uint32, {3, 1}, {0x6b200159, 0x6d3e048f, 0xe879651f}));
}

// --- Reductions and scans ---------------------------------------------------------------------------------------

TEST(Reduce, SumsAndProducts) {
  expectOp("sum", "{axes = array<i64: 0>, keepdims = false}", matrix, i32({3}, {3, 5, 7}));
  expectOp("sum", "{axes = array<i64: 0, 1>, keepdims = true}", matrix, i32({1, 1}, {15}));
  expectOp("sum", "{axes = array<i64>, keepdims = false}", matrix, matrix);
  expectOp("sum", "{axes = array<i64: 0>, keepdims = false}", tensor(bool_, {3}, {1, 1, 1}), i32({}, {3}));
  expectOp("sum", "{axes = array<i64: 0>, keepdims = false}", tensor(uint8, {2}, {200, 100}), tensor(uint32, {}, {300}));
  expectOp("sum", "{axes = array<i64: 1>, keepdims = false}", f32({2, 0}, {}), f32({2}, {0, 0}));
  expectOp("prod", "{axes = array<i64: 0>, keepdims = false}", f32({0}, {}), f32({}, {1}));
  expectOp("prod", "{axes = array<i64: 1>, keepdims = false}", matrix, i32({2}, {0, 60}));
  expectOp("sum", "{axes = array<i64: 0>, keepdims = false}", integers(int32, {2}, {INT32_MAX, 1}), integers(int32, {}, {INT32_MIN}));
  // The small terms would be lost one by one in float16 and in float32.
  expectOp("sum", "{axes = array<i64: 0>, keepdims = false}", tensor(float16, {5}, {2048, 0.5, 0.5, 0.5, 0.5}), tensor(float16, {}, {2050}));
  expectOp("sum", "{axes = array<i64: 0>, keepdims = false}", f32({3}, {0x1p24, 1, 1}), f32({}, {0x1p24 + 2}));
  expectOp("sum", "{axes = array<i64: 0>, keepdims = false}", tensor(float64, {3}, {0x1p53, 1, 1}), tensor(float64, {}, {0x1p53 + 2}));
}

TEST(Reduce, ExtremaAndLogic) {
  expectOp("max", "{axes = array<i64: 1>, keepdims = false}", f32({3, 2}, {1, 2, nan, 5, -inf, -1}), f32({3}, {2, nan, -1}));
  expectOp("min", "{axes = array<i64: 1>, keepdims = true}", f32({3, 2}, {1, 2, 5, nan, inf, 1}), f32({3, 1}, {1, nan, 1}));
  expectOp("max", "{axes = array<i64: 0>, keepdims = false}", tensor(bool_, {2}, {0, 1}), tensor(bool_, {}, {1}));
  expectOp("min", "{axes = array<i64: 0>, keepdims = false}", integers(uint64, {2}, {-1, 3}), integers(uint64, {}, {3}));
  expectOp("max", "{axes = array<i64: 1>, keepdims = false}", f32({0, 3}, {}), f32({0}, {}));
  expectOp("all", "{axes = array<i64: 1>, keepdims = false}", f32({2, 2}, {1, nan, 0, 1}), tensor(bool_, {2}, {1, 0}));
  expectOp("any", "{axes = array<i64: 1>, keepdims = false}", f32({2, 2}, {0, nan, 0, 0}), tensor(bool_, {2}, {1, 0}));
  expectOp("all", "{axes = array<i64: 0>, keepdims = false}", f32({0}, {}), tensor(bool_, {}, {1}));
  expectOp("any", "{axes = array<i64: 0>, keepdims = false}", f32({0}, {}), tensor(bool_, {}, {0}));
}

TEST(Reduce, ArgReductionsTakeTheFirst) {
  expectOp("argmax", "{axis = 1 : i64, keepdims = false}", f32({4, 3}, {1, 3, 3, 2, nan, nan, 0, 0, 0, inf, nan, 1}), tensor(uint32, {4}, {1, 1, 0, 1}));
  expectOp("argmin", "{axis = 1 : i64, keepdims = false}", f32({3, 3}, {3, 1, 1, 2, nan, -inf, nan, 0, 0}), tensor(uint32, {3}, {1, 1, 0}));
  expectOp("argmax", "{axis = 0 : i64, keepdims = true}", matrix, tensor(uint32, {1, 3}, {1, 1, 1}));
  expectOp("argmin", "{axis = 0 : i64, keepdims = false}", tensor(bool_, {2}, {1, 0}), tensor(uint32, {}, {1}));
}

TEST(Scan, RunsAlongTheAxis) {
  auto scan = [](const char *op, int axis, bool reverse, bool inclusive, const Tensor &x, const Tensor &y) {
    auto flag = [](bool b) { return std::string(b ? "true" : "false"); };
    expectOp(op, "{axis = " + std::to_string(axis) + " : i64, reverse = " + flag(reverse) + ", inclusive = " + flag(inclusive) + "}", x, y);
  };
  scan("cumsum", 1, false, true, matrix, i32({2, 3}, {0, 1, 3, 3, 7, 12}));
  scan("cumsum", 1, true, true, matrix, i32({2, 3}, {3, 3, 2, 12, 9, 5}));
  scan("cumsum", 1, false, false, matrix, i32({2, 3}, {0, 0, 1, 0, 3, 7}));
  scan("cumsum", 1, true, false, matrix, i32({2, 3}, {3, 2, 0, 9, 5, 0}));
  scan("cumsum", 0, false, true, matrix, i32({2, 3}, {0, 1, 2, 3, 5, 7}));
  scan("cumsum", 0, false, true, tensor(bool_, {3}, {1, 1, 1}), i32({3}, {1, 2, 3}));
  scan("cumprod", 0, false, true, tensor(int8, {3}, {100, 2, 3}), tensor(int8, {3}, {100, -56, 88}));
  scan("cummax", 0, false, true, f32({4}, {1, 3, nan, 5}), f32({4}, {1, 3, nan, nan}));
  scan("cummin", 0, false, false, f32({3}, {2, 1, 3}), f32({3}, {inf, 2, 1}));
  scan("cummax", 0, false, false, tensor(int8, {2}, {-5, 1}), tensor(int8, {2}, {-128, -5}));
  scan("cumsum", 0, false, true, f32({0, 2}, {}), f32({0, 2}, {}));
}

// --- Joins, pads and indexing -----------------------------------------------------------------------------------

TEST(Indexing, ConcatenateAndPad) {
  expectOp("concatenate", "{axis = 1 : i64}", {matrix, f32({2, 1}, {9, 8})}, f32({2, 4}, {0, 1, 2, 9, 3, 4, 5, 8}));
  expectOp("concatenate", "{axis = 0 : i64}", {matrix, i32({0, 3}, {}), matrix}, i32({4, 3}, {0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}));
  expectOp("pad", "{low = #mx.dims<1, 0>, shape = #mx.dims<4, 4>}", {matrix, i32({}, {7})},
           i32({4, 4}, {7, 7, 7, 7, 0, 1, 2, 7, 3, 4, 5, 7, 7, 7, 7, 7}));
}

TEST(Indexing, SliceUpdate) {
  auto update = [](const char *mode) { return std::string("{starts = #mx.dims<1, 2>, strides = array<i64: 1, -2>, mode = \"") + mode + "\"}"; };
  Tensor u = i32({1, 2}, {10, -2});
  expectOp("slice_update", update("set"), {matrix, u}, i32({2, 3}, {0, 1, 2, -2, 4, 10}));
  expectOp("slice_update", update("add"), {matrix, u}, i32({2, 3}, {0, 1, 2, 1, 4, 15}));
  expectOp("slice_update", update("prod"), {matrix, u}, i32({2, 3}, {0, 1, 2, -6, 4, 50}));
  expectOp("slice_update", update("max"), {matrix, u}, i32({2, 3}, {0, 1, 2, 3, 4, 10}));
  expectOp("slice_update", update("min"), {matrix, u}, i32({2, 3}, {0, 1, 2, -2, 4, 5}));
}

// Negative indices count from the end; what is out of range reads clamped.
TEST(Indexing, Gather) {
  expectOp("gather", "{axes = array<i64: 0>, slice_sizes = #mx.dims<1, 3>}", {matrix, i32({4}, {-1, 0, 7, -9})},
           i32({4, 1, 3}, {3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2}));
  expectOp("gather", "{axes = array<i64: 1>, slice_sizes = #mx.dims<2, 2>}", {matrix, i32({3}, {0, -1, 5})},
           i32({3, 2, 2}, {0, 1, 3, 4, 1, 2, 4, 5, 1, 2, 4, 5}));
  expectOp("gather", "{axes = array<i64: 0, 1>, slice_sizes = #mx.dims<1, 1>}", {matrix, i32({2, 1}, {0, 1}), tensor(uint8, {2}, {2, 255})},
           i32({2, 2, 1, 1}, {2, 2, 5, 5}));
  expectOp("gather", "{axes = array<i64: 0>, slice_sizes = #mx.dims<1>}", {i32({2}, {5, 6}), integers(uint64, {2}, {-1, 0})}, i32({2, 1}, {6, 5}));
}

// An update out of range is dropped; repeated indices combine in order.
TEST(Indexing, Scatter) {
  auto mode = [](const char *m) { return std::string("{axes = array<i64: 0>, mode = \"") + m + "\"}"; };
  Tensor x = f32({4}, {1, 2, 3, 4}), index = i32({5}, {0, 0, -1, 4, -5}), u = f32({5, 1}, {10, 20, 30, 40, 50});
  expectOp("scatter", mode("set"), {x, u, index}, f32({4}, {20, 2, 3, 30}));
  expectOp("scatter", mode("add"), {x, u, index}, f32({4}, {31, 2, 3, 34}));
  expectOp("scatter", mode("prod"), {x, u, index}, f32({4}, {200, 2, 3, 120}));
  expectOp("scatter", mode("max"), {x, f32({5, 1}, {nan, 0, 9, 9, 9}), index}, f32({4}, {nan, 2, 3, 9}));
  expectOp("scatter", mode("min"), {x, f32({5, 1}, {-1, 0, 9, 9, 9}), index}, f32({4}, {-1, 2, 3, 4}));
  // A window that sticks out is dropped as a whole.
  expectOp("scatter", mode("set"), {x, f32({2, 2}, {8, 9, 8, 9}), i32({2}, {1, 3})}, f32({4}, {1, 8, 9, 4}));
}

TEST(Indexing, AlongAxis) {
  expectOp("take_along_axis", "{axis = 1 : i64}", {matrix, i32({2, 2}, {-1, 0, 9, -9})}, i32({2, 2}, {2, 0, 5, 3}));
  expectOp("take_along_axis", "{axis = 0 : i64}", {matrix, i32({1, 1}, {1})}, i32({1, 3}, {3, 4, 5}));
  expectOp("take_along_axis", "{axis = 1 : i64}", {i32({1, 2}, {7, 8}), i32({3, 1}, {0, 1, 0})}, i32({3, 1}, {7, 8, 7}));
  expectOp("scatter_axis", "{axis = 1 : i64, mode = \"set\"}", {matrix, i32({2, 2}, {-1, 0, 9, 1}), i32({2, 1}, {7, 8})},
           i32({2, 3}, {7, 1, 7, 3, 8, 5}));
  expectOp("scatter_axis", "{axis = 1 : i64, mode = \"add\"}", {matrix, i32({1, 3}, {0, 0, -9}), i32({1, 1}, {1})},
           i32({2, 3}, {2, 1, 2, 5, 4, 5}));
}

// --- Contractions -----------------------------------------------------------------------------------------------

TEST(Linalg, Matmul) {
  expectOp("matmul", "", {f32({2, 3}, {0, 1, 2, 3, 4, 5}), f32({3, 2}, {1, 0, 0, 1, 1, 1})}, f32({2, 2}, {2, 3, 8, 9}));
  expectOp("matmul", "", {f32({2, 1, 1, 2}, {1, 2, 3, 4}), f32({2, 2, 1}, {1, 1, 1, -1})}, f32({2, 2, 1, 1}, {3, -1, 7, -1}));
  expectOp("matmul", "", {f32({2, 0}, {}), f32({0, 2}, {})}, f32({2, 2}, {0, 0, 0, 0}));
  expectOp("matmul", "", {tensor(float16, {1, 3}, {2048, 1, 1}), tensor(float16, {3, 1}, {1, 1, 1})}, tensor(float16, {1, 1}, {2050}));
  expectOp("matmul", "", {i32({1, 1}, {3}), tensor(bfloat16, {1, 1}, {2})}, tensor(bfloat16, {1, 1}, {6}));
}

} // namespace
} // namespace mx::ir::interp
