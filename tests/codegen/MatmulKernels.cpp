// Products through the whole pipeline: sizes around the tiles, batches, views of the operands, what is fused after them.
#include "tests/codegen/DifferentialHarness.h"

#include <gtest/gtest.h>

namespace mx::codegen::test {
namespace {

using enum rt::DType;
using rt::DType;

Value matmul(Build &b, Value x, Value y) { return b.op(OpKind::Matmul, {x, y}); }
// The interpreter sums in more precision: a chain of K roundings may be off by about as many units of its largest term.
constexpr Tolerance kChain{64, true};

TEST(MatmulKernels, Sizes) {
  for (int64_t m : {0, 1, 3, 17, 65, 130})
    for (auto [n, k] : {std::pair<int64_t, int64_t>{0, 3}, {1, 1}, {3, 17}, {17, 0}, {65, 65}, {130, 513}, {16, 1}})
      check("matmul " + std::to_string(m) + " x " + std::to_string(k) + " x " + std::to_string(n), [&](Build &b) {
        Dim inner = b.size(k);
        b.results({matmul(b, b.input(float32, {b.size(m), inner}), b.input(float32, {inner, b.size(n)}))});
      }, kChain);
}

TEST(MatmulKernels, Dtypes) {
  for (DType dtype : kFloatDtypes)
    for (auto [m, k, n] : {std::tuple<int64_t, int64_t, int64_t>{5, 33, 20}, {70, 130, 67}})
      check("matmul " + std::string(nameOf(dtype)) + " " + std::to_string(m), [&](Build &b) {
        Dim inner = b.size(k);
        b.results({matmul(b, b.input(dtype, {b.size(m), inner}), b.input(dtype, {inner, b.size(n)}))});
      }, {dtype == float32 || dtype == float64 ? 64.0 : 1.0, true});
  check("matmul of mixed dtypes", [](Build &b) {
    Dim inner = b.size(20);
    b.results({matmul(b, b.input(bfloat16, {b.size(7), inner}), b.input(float32, {inner, b.size(9)}))});
  }, kChain);
}

TEST(MatmulKernels, Batches) {
  struct Case { std::vector<int64_t> a, b; };
  for (const Case &c : std::vector<Case>{{{3, 10, 20}, {3, 20, 17}}, {{3, 10, 20}, {20, 17}}, {{10, 20}, {3, 20, 17}}, {{3, 1, 10, 20}, {2, 20, 17}}, {{2, 3, 10, 20}, {1, 1, 20, 17}},
                                         {{1, 10, 20}, {4, 20, 17}}, {{2, 3, 1, 20}, {2, 3, 20, 1}}, {{0, 10, 20}, {20, 17}}, {{2, 3, 10, 20}, {3, 20, 17}}})
    check("batched " + testing::PrintToString(c.a) + testing::PrintToString(c.b), [&](Build &b) {
      std::vector<Dim> x, y;
      Dim inner = b.size(20), batch2 = b.size(2), batch3 = b.size(3);
      auto dims = [&](const std::vector<int64_t> &shape) {
        Dims d;
        for (int64_t s : shape)
          d.push_back(s == 20 ? inner : s == 2 ? batch2 : s == 3 ? batch3 : b.size(s));
        return d;
      };
      b.results({matmul(b, b.input(float32, dims(c.a)), b.input(float32, dims(c.b)))});
    }, kChain);
}

TEST(MatmulKernels, Views) {
  check("transposed operands", [](Build &b) {
    Dim m = b.size(35), n = b.size(40), k = b.size(50);
    Value x = b.input(float32, {m, k}), xt = b.input(float32, {k, m}), y = b.input(float32, {k, n}), yt = b.input(float32, {n, k});
    b.results({matmul(b, b.transpose(xt, {1, 0}), y), matmul(b, x, b.transpose(yt, {1, 0})), matmul(b, b.transpose(xt, {1, 0}), b.transpose(yt, {1, 0}))});
  }, kChain);
  check("heads", [](Build &b) {
    Dim batch = b.size(2), length = b.size(19), heads = b.size(3), width = b.size(8);
    auto split = [&](Value v) { return b.transpose(b.reshape(v, {batch, length, heads, width}), {0, 2, 1, 3}); };
    Dims d{batch, length, heads * width};
    Value q = split(b.input(float32, d)), k = split(b.input(float32, d)), v = split(b.input(float32, d));
    Value scores = matmul(b, q, b.transpose(k, {0, 1, 3, 2}));
    b.results({scores, b.reshape(b.transpose(matmul(b, scores, v), {0, 2, 1, 3}), d)});
  }, kChain);
  check("sliced, reversed, strided and repeated operands", [](Build &b) {
    Dim m = b.size(20), n = b.size(18), k = b.size(30);
    Value x = b.input(float32, {m + Dim(4), k}), y = b.input(float32, {k, n}), row = b.input(float32, {k});
    b.results({matmul(b, b.slice(x, {2, 0}, {m, k}, {1, 1}), y), matmul(b, b.slice(x, {m, k - Dim(1)}, {m, k}, {-1, -1}), y),
               matmul(b, b.broadcast(row, {m, k}), y), matmul(b, b.op(OpKind::AsStrided, {x}, {Dims{m, k}, Dims{1, 2}, Dims{0}}), y)});
  }, kChain);
  check("parts of one projection", [](Build &b) {
    Dim m = b.size(9), width = b.size(8);
    Value x = b.input(float32, {m, width * Dim(3)}), w = b.input(float32, {width, b.size(11)});
    b.results({matmul(b, b.slice(x, {0, 0}, {m, width}, {1, 1}), w), matmul(b, b.slice(x, {0, width}, {m, width}, {1, 1}), w)});
  }, kChain);
}

TEST(MatmulKernels, Epilogues) {
  check("bias and activation", [](Build &b) {
    Dim m = b.size(37), n = b.size(50), k = b.size(20);
    Value p = b.add(matmul(b, b.input(float32, {m, k}), b.input(float32, {k, n})), b.input(float32, {n}));
    b.results({b.op(OpKind::Maximum, {p, b.constant(float32, {}, {0})})});
  }, kChain);
  check("sigmoid, residual and the product itself", [](Build &b) {
    Dim m = b.size(37), n = b.size(50), k = b.size(20);
    Value p = matmul(b, b.input(float32, {m, k}), b.input(float32, {k, n}));
    b.results({p, b.add(b.op(OpKind::Sigmoid, {p}), b.input(float32, {m, n})), b.astype(p, bfloat16)});
  }, kChain);
  check("an epilogue on batches", [](Build &b) {
    Dim batch = b.size(3), m = b.size(17), n = b.size(18), k = b.size(20);
    Value p = matmul(b, b.input(float32, {batch, m, k}), b.input(float32, {batch, k, n}));
    b.results({b.add(b.mul(p, b.input(float32, {m, 1})), b.input(float32, {batch, 1, n}))});
  }, kChain);
  check("half precision with a float bias", [](Build &b) {
    Dim m = b.size(9), n = b.size(35), k = b.size(40);
    Value p = matmul(b, b.input(float16, {m, k}), b.input(float16, {k, n}));
    b.results({b.add(b.astype(p, float32), b.input(float32, {n})), b.mul(p, p)});
  }, {8, true});
  check("what is computed before", [](Build &b) {
    Dim m = b.size(9), n = b.size(35), k = b.size(40);
    Value x = b.input(float32, {m, k}), y = b.input(int32, {k, n});
    b.results({matmul(b, b.mul(x, x), b.astype(y, float32)), matmul(b, b.exp(x), b.astype(y, float32))});
  }, {256, true});
  check("two layers", [](Build &b) {
    Dim m = b.size(9), n = b.size(35), k = b.size(40);
    Value x = b.input(float32, {m, k}), w = b.input(float32, {k, n}), v = b.input(float32, {n, k});
    Value h = b.op(OpKind::Tanh, {b.add(matmul(b, x, w), b.input(float32, {n}))});
    b.results({b.add(matmul(b, h, v), x), b.reduce(OpKind::Sum, h, {0})});
  }, {256, true});
}

} // namespace
} // namespace mx::codegen::test
