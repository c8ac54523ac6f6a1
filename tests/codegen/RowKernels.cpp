// Reductions over every set of axes, their fusions (softmax, norms, sums along columns), argument reductions and scans.
#include "tests/codegen/DifferentialHarness.h"

#include <gtest/gtest.h>

namespace mx::codegen::test {
namespace {

using enum rt::DType;
using rt::DType;

constexpr OpKind kReductions[] = {OpKind::Sum, OpKind::Prod, OpKind::Max, OpKind::Min, OpKind::All, OpKind::Any};

std::string nameOf(OpKind kind) { return std::string(ir::rowOf(kind).mnemonic); }
Tolerance toleranceOf(DType dtype) { return {dtype == float32 || dtype == float64 ? 64.0 : 1.0, /*ofLargest=*/true}; }

Dims sizes(Build &b, const std::vector<int64_t> &shape) {
  Dims dims;
  for (int64_t d : shape)
    dims.push_back(b.size(d));
  return dims;
}

std::vector<int64_t> axesOf(unsigned mask) {
  std::vector<int64_t> axes;
  for (unsigned i = 0; i < 4; ++i)
    if (mask >> i & 1)
      axes.push_back(i);
  return axes;
}

// Every subset of the axes of ranks 1 to 4, with and without keepdims, at sizes below, at and past the lanes.
TEST(RowKernels, EverySubsetOfAxes) {
  for (const std::vector<int64_t> &shape : std::vector<std::vector<int64_t>>{{37}, {5, 17}, {16, 3}, {3, 4, 19}, {2, 3, 4, 5}, {1, 7, 1, 18}, {4, 1, 20, 1}})
    for (unsigned mask = 0; mask < 1u << shape.size(); ++mask)
      check("sum of " + testing::PrintToString(shape) + " over " + testing::PrintToString(axesOf(mask)), [&](Build &b) {
        Dims d = sizes(b, shape);
        Value x = b.input(float32, d), i = b.input(int32, d);
        b.results({b.reduce(OpKind::Sum, x, axesOf(mask)), b.reduce(OpKind::Max, i, axesOf(mask), true), b.reduce(OpKind::Sum, i, axesOf(mask))});
      }, {16, true});
}

TEST(RowKernels, EveryKindAndDtype) {
  for (OpKind kind : kReductions)
    for (DType dtype : kRealDtypes)
      for (Fill fill : {Fill::Small, Fill::Special})
        check(nameOf(kind) + " " + std::string(rt::nameOf(dtype)) + (fill == Fill::Special ? " special" : ""), [&](Build &b) {
          Value x = b.input(dtype, {b.size(6), b.size(21)}, fill);
          if (fill == Fill::Special && rt::isFloat(dtype) && (kind == OpKind::Sum || kind == OpKind::Prod))
            x = b.op(OpKind::Sign, {x}); // sums of huge terms overflow in one order and not in another
          b.results({b.reduce(kind, x, {1}), b.reduce(kind, x, {0}), b.reduce(kind, x, {0, 1}, true)});
        }, toleranceOf(dtype));
}

// Sizes at which the order of accumulation changes: accumulators, blocks of elements, blocks of rows, splitting over units.
TEST(RowKernels, Sizes) {
  for (int64_t n : {0, 1, 3, 16, 17, 63, 64, 65, 80, 127, 128, 1000, 16384, 16385, 40000})
    for (DType dtype : {float32, int32, bfloat16})
      check("all of " + std::to_string(n) + " " + std::string(rt::nameOf(dtype)), [&](Build &b) {
        b.results({b.reduce(OpKind::Sum, b.input(dtype, {b.size(n)}), {0})});
      }, toleranceOf(dtype));
  for (auto [m, n] : {std::pair<int64_t, int64_t>{3, 40000}, {40000, 3}, {1000, 65}, {65, 1000}, {257, 64}, {256, 16}, {512, 1}, {1, 512}, {0, 7}, {7, 0}, {2000, 130}})
    check("matrix " + std::to_string(m) + " x " + std::to_string(n), [&](Build &b) {
      Value x = b.input(float32, {b.size(m), b.size(n)});
      b.results({b.reduce(OpKind::Sum, x, {0}), b.reduce(OpKind::Sum, x, {1}), b.reduce(OpKind::Sum, x, {0, 1})});
    }, {64, true});
  check("several blocks of several axes", [](Build &b) {
    Value x = b.input(float32, {b.size(40), b.size(3), b.size(1000)});
    b.results({b.reduce(OpKind::Sum, x, {0, 2}), b.reduce(OpKind::Sum, x, {0, 1}), b.reduce(OpKind::Sum, x, {1, 2}), b.reduce(OpKind::Sum, x, {0, 1, 2})});
  }, {64, true});
}

Value softmax(Build &b, Value x, int64_t axis) {
  const Dims d = ir::dimsOf(x);
  Value shifted = b.exp(b.sub(x, b.broadcast(b.reduce(OpKind::Max, x, {axis}, true), d)));
  return b.div(shifted, b.broadcast(b.reduce(OpKind::Sum, shifted, {axis}, true), d));
}

Value layerNorm(Build &b, Value x, Value weight, Value bias, int64_t axis) {
  const Dims d = ir::dimsOf(x);
  Value scale = b.div(b.constant(ir::dtypeOf(x), {}, {1}), b.astype(b.constant(float32, {}, {37}), ir::dtypeOf(x)));
  auto mean = [&](Value v) { return b.mul(b.reduce(OpKind::Sum, v, {axis}, true), scale); };
  Value centred = b.sub(x, mean(x));
  Value normed = b.mul(centred, b.op(OpKind::Rsqrt, {b.add(mean(b.mul(centred, centred)), b.constant(ir::dtypeOf(x), {}, {1e-2}))}));
  return b.add(b.mul(normed, weight), bias);
}

// The fusions over rows, along the last axis and along columns, in every floating-point dtype.
TEST(RowKernels, Softmax) {
  for (DType dtype : kFloatDtypes)
    for (auto [m, n] : {std::pair<int64_t, int64_t>{5, 37}, {3, 64}, {1, 1000}, {300, 5}})
      for (int64_t axis : {0, 1})
        check("softmax " + std::string(rt::nameOf(dtype)) + " " + std::to_string(m) + " x " + std::to_string(n) + " axis " + std::to_string(axis), [&](Build &b) {
          b.results({softmax(b, b.input(dtype, {b.size(m), b.size(n)}), axis)});
        }, {dtype == float32 || dtype == float64 ? 16.0 : 4.0});
  check("softmax in the middle", [](Build &b) { b.results({softmax(b, b.input(float32, {b.size(3), b.size(20), b.size(18)}), 1)}); }, {16});
  check("softmax of a masked, scaled and transposed score", [](Build &b) {
    Dim n = b.size(21);
    Value x = b.transpose(b.input(float32, {b.size(2), n, n}), {0, 2, 1}), i = b.op(OpKind::Iota, {}, {Dims{n}, int64_t(int32)});
    Value mask = b.op(OpKind::GreaterEqual, {b.reshape(i, {n, 1}), b.reshape(i, {1, n})});
    Value scores = b.op(OpKind::Where, {mask, b.mul(x, b.constant(float32, {}, {0.125})), b.constant(float32, {}, {-1e9})});
    b.results({softmax(b, scores, 2)});
  }, {16});
}

TEST(RowKernels, Norms) {
  for (DType dtype : {float32, bfloat16})
    for (int64_t axis : {1, 0})
      check("layer norm " + std::string(rt::nameOf(dtype)) + " axis " + std::to_string(axis), [&](Build &b) {
        Dim m = b.size(37), n = b.size(37 + axis * 8);
        Dims along = axis ? Dims{n} : Dims{m, 1};
        Value x = b.input(dtype, {m, n});
        b.results({layerNorm(b, x, b.input(dtype, along), b.input(dtype, along), axis)});
      }, {dtype == float32 ? 64.0 : 16.0, true});
  check("logsumexp", [](Build &b) {
    Dim m = b.size(9), n = b.size(100);
    Value x = b.input(float32, {m, n}), top = b.reduce(OpKind::Max, x, {1}, true);
    Value sum = b.reduce(OpKind::Sum, b.exp(b.sub(x, b.broadcast(top, {m, n}))), {1});
    b.results({b.add(b.op(OpKind::Log, {sum}), b.reshape(top, {m}))});
  }, {16, true});
  check("rows, full results and row results of one kernel", [](Build &b) {
    Dim m = b.size(6), n = b.size(50);
    Value x = b.input(float32, {m, n}), sum = b.reduce(OpKind::Sum, x, {1}), most = b.reduce(OpKind::Max, x, {1}, true);
    b.results({sum, most, b.sub(x, most), b.mul(sum, sum), b.add(b.reshape(sum, {m, 1}), most), b.mul(x, b.reshape(sum, {m, 1}))});
  }, {16, true});
  check("a reduction of a reduction's row", [](Build &b) {
    Value x = b.input(float32, {b.size(40), b.size(30)});
    b.results({b.reduce(OpKind::Sum, b.exp(b.reduce(OpKind::Max, x, {1})), {0}), b.reduce(OpKind::Max, b.reduce(OpKind::Sum, x, {0}), {0})});
  }, {16, true});
  check("a row used at another place", [](Build &b) {
    Dim n = b.size(20);
    Value x = b.input(float32, {n, n}), sum = b.reduce(OpKind::Sum, x, {1});
    b.results({b.add(x, sum), b.add(x, b.reshape(sum, {n, 1})), b.sub(b.transpose(x, {1, 0}), sum)});
  }, {16, true});
  check("variance", [](Build &b) {
    Dim m = b.size(5), n = b.size(64), k = b.size(3);
    Value x = b.input(float32, {m, n, k}), mean = b.mul(b.reduce(OpKind::Sum, x, {0, 2}, true), b.constant(float32, {}, {1.0 / 15}));
    Value c = b.sub(x, mean);
    b.results({b.reduce(OpKind::Sum, b.mul(c, c), {0, 2}), mean});
  }, {32, true});
}

TEST(RowKernels, ReductionsThroughViews) {
  check("of a transpose", [](Build &b) {
    Value x = b.input(float32, {b.size(20), b.size(33), b.size(4)});
    b.results({b.reduce(OpKind::Sum, b.transpose(x, {2, 0, 1}), {1}), b.reduce(OpKind::Sum, b.transpose(x, {1, 2, 0}), {2}), b.reduce(OpKind::Max, b.transpose(x, {2, 1, 0}), {0, 1})});
  }, {16, true});
  check("of broadcasts, slices and reshapes", [](Build &b) {
    Dim m = b.size(6), n = b.size(40);
    Value x = b.input(float32, {m, n});
    b.results({b.reduce(OpKind::Sum, b.broadcast(b.reshape(x, {m, 1, n}), {m, b.size(3), n}), {1}), b.reduce(OpKind::Sum, b.slice(x, {m - Dim(1), 3}, {m, b.size(30)}, {-1, 1}), {1}),
               b.reduce(OpKind::Sum, b.reshape(x, {m * n}), {0}), b.reduce(OpKind::Max, b.reshape(b.mul(x, x), {n, m}), {0})});
  }, {16, true});
  check("of a comparison", [](Build &b) {
    Dims d{b.size(4), b.size(70)};
    Value less = b.op(OpKind::Less, {b.input(float32, d), b.input(float32, d)});
    b.results({b.reduce(OpKind::Sum, less, {1}), b.reduce(OpKind::All, less, {1}), b.reduce(OpKind::Any, less, {0}), b.reduce(OpKind::Max, less, {0})});
  });
}

// NaN wins, of equals the first; along the last axis, along columns, over one element.
TEST(RowKernels, ArgReductions) {
  for (OpKind kind : {OpKind::Argmax, OpKind::Argmin})
    for (DType dtype : kRealDtypes)
      for (Fill fill : {Fill::Small, Fill::Special})
        check(nameOf(kind) + " " + std::string(rt::nameOf(dtype)) + (fill == Fill::Special ? " special" : ""), [&](Build &b) {
          Value x = b.input(dtype, {b.size(7), b.size(37), b.size(18)}, fill);
          auto along = [&](Value v, int64_t axis, bool keep) { return b.op(kind, {v}, {axis, int64_t(keep)}); };
          b.results({along(x, 0, false), along(x, 1, true), along(x, 2, false)});
        });
  for (int64_t n : {1, 2, 15, 16, 17, 33, 1000})
    check("argmax over " + std::to_string(n), [&](Build &b) {
      Value x = b.input(float32, {b.size(3), b.size(n)});
      b.results({b.op(OpKind::Argmax, {x}, {1, 0}), b.op(OpKind::Argmin, {b.mul(x, x)}, {1, 1}), b.op(OpKind::Argmax, {b.reshape(x, {ir::product(ir::dimsOf(x))})}, {0, 0})});
    });
}

TEST(RowKernels, Scans) {
  for (OpKind kind : {OpKind::Cumsum, OpKind::Cumprod, OpKind::Cummax, OpKind::Cummin})
    for (DType dtype : kRealDtypes)
      check(nameOf(kind) + " " + std::string(rt::nameOf(dtype)), [&](Build &b) {
        Value x = b.input(dtype, {b.size(5), b.size(9), b.size(18)});
        std::vector<Value> results;
        for (int64_t axis : {0, 1, 2})
          for (int64_t reverse : {0, 1})
            results.push_back(b.op(kind, {x}, {axis, reverse, int64_t(axis != 1)}));
        b.results(results);
      }, {dtype == float32 || dtype == float64 ? 16.0 : 1.0, true});
  check("scan of what was computed, read by views", [](Build &b) {
    Dim n = b.size(40);
    Value x = b.input(float32, {n}), s = b.op(OpKind::Cumsum, {b.mul(x, x)}, {0, 0, 1});
    b.results({b.slice(s, {n - Dim(1)}, {n}, {-1}), b.op(OpKind::Sqrt, {s})});
  }, {16});
  check("scan of nothing", [](Build &b) { b.results({b.op(OpKind::Cumsum, {b.input(float32, {b.size(0), b.size(3)})}, {0, 0, 1})}); });
}

} // namespace
} // namespace mx::codegen::test
