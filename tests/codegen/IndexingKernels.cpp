// Joins, pads, updates of slices, gathers and scatters, with indices inside, negative and out of range.
#include "tests/codegen/DifferentialHarness.h"

#include <gtest/gtest.h>

namespace mx::codegen::test {
namespace {

using enum rt::DType;
using rt::DType;

TEST(IndexingKernels, Concatenate) {
  for (int64_t axis : {0, 1, 2})
    check("concatenate along " + std::to_string(axis), [&](Build &b) {
      Dims d{b.size(3), b.size(5), b.size(18)}, e = d, z = d;
      e[axis] = b.size(7);
      z[axis] = b.size(0);
      Value x = b.input(int32, d), y = b.input(int32, e), none = b.input(int32, z);
      auto join = [&](std::vector<Value> v) { return b.op(OpKind::Concatenate, v, {axis}); };
      b.results({join({x, y}), join({none, x, none, y, x}), join({x}), b.add(join({x, y}), join({y, x})), join({b.mul(x, x), y}),
                 b.transpose(join({x, y}), {2, 1, 0})});
    });
  check("concatenate promotes", [](Build &b) {
    Dim n = b.size(20);
    b.results({b.op(OpKind::Concatenate, {b.input(int8, {n}), b.input(float16, {n}), b.input(bool_, {n})}, {0})});
  });
  for (DType dtype : {bool_, complex64, uint64, bfloat16})
    check("concatenate " + std::string(nameOf(dtype)), [&](Build &b) {
      b.results({b.op(OpKind::Concatenate, {b.input(dtype, {b.size(20)}), b.input(dtype, {b.size(3)})}, {0})});
    });
}

TEST(IndexingKernels, Pad) {
  struct Case { std::vector<int64_t> shape, low, to; };
  for (const Case &c : std::vector<Case>{{{20}, {3}, {30}}, {{20}, {0}, {21}}, {{20}, {0}, {20}}, {{0}, {2}, {5}}, {{3, 5}, {1, 0}, {4, 5}}, {{3, 5}, {0, 2}, {3, 20}}, {{3, 5}, {1, 1}, {6, 7}}})
    check("pad " + testing::PrintToString(c.shape) + " at " + testing::PrintToString(c.low), [&](Build &b) {
      Dims shape, low, to;
      for (size_t i = 0; i < c.shape.size(); ++i) {
        shape.push_back(b.size(c.shape[i]));
        low.push_back(c.low[i] ? b.offset(c.low[i]) : Dim(0));
        to.push_back(c.to[i] == c.shape[i] ? shape.back() : b.size(c.to[i]));
      }
      Value x = b.input(int32, shape), fill = b.input(int32, {});
      b.results({b.op(OpKind::Pad, {x, fill}, {low, to}), b.add(b.op(OpKind::Pad, {b.mul(x, x), fill}, {low, to}), b.input(int32, to))});
    });
}

TEST(IndexingKernels, SliceUpdate) {
  struct Case { std::vector<int64_t> shape, starts, window, strides; };
  const std::vector<Case> cases = {{{40}, {3}, {20}, {1}}, {{40}, {1}, {13}, {3}}, {{40}, {39}, {40}, {-1}}, {{40}, {37}, {10}, {-3}}, {{40}, {0}, {0}, {1}},
                                   {{6, 20}, {1, 0}, {3, 20}, {1, 1}}, {{6, 20}, {0, 2}, {6, 17}, {1, 1}}, {{6, 20}, {5, 18}, {3, 5}, {-2, -4}}, {{6, 20}, {0, 0}, {1, 20}, {1, 1}}};
  for (std::string mode : {"set", "add", "prod", "max", "min"})
    for (const Case &c : cases)
      check("slice_update " + mode + testing::PrintToString(c.shape) + testing::PrintToString(c.starts) + testing::PrintToString(c.strides), [&](Build &b) {
        Dims shape, starts, window;
        for (size_t i = 0; i < c.shape.size(); ++i) {
          shape.push_back(b.size(c.shape[i]));
          starts.push_back(c.starts[i] ? b.offset(c.starts[i]) : Dim(0));
          window.push_back(c.window[i] == c.shape[i] ? shape.back() : b.size(c.window[i]));
        }
        Value x = b.input(int32, shape), u = b.input(int32, window);
        auto update = [&](Value to, Value what) { return b.op(OpKind::SliceUpdate, {to, what}, {starts, c.strides, mode}); };
        b.results({update(x, u), b.add(update(b.mul(x, x), u), x)});
      });
  for (DType dtype : kRealDtypes)
    check("slice_update " + std::string(nameOf(dtype)), [&](Build &b) {
      Value x = b.input(dtype, {b.size(35)}, Fill::Special), u = b.input(dtype, {b.size(20)}, Fill::Special);
      std::vector<Value> results;
      for (std::string mode : {"set", "add", "prod", "max", "min"})
        results.push_back(b.op(OpKind::SliceUpdate, {x, u}, {Dims{b.offset(7)}, std::vector<int64_t>{1}, mode}));
      b.results(results);
    });
}

TEST(IndexingKernels, Gather) {
  for (DType index : kIntDtypes)
    check("gather by " + std::string(nameOf(index)), [&](Build &b) {
      Dim rows = b.size(9), width = b.size(21);
      Value x = b.input(int32, {rows, width}), i = b.indices(index, {b.size(13)}, rt::isUnsigned(index) ? 0 : -14, 14);
      b.results({b.op(OpKind::Gather, {x, i}, {std::vector<int64_t>{0}, Dims{1, width}}), b.op(OpKind::Gather, {x, i}, {std::vector<int64_t>{1}, Dims{rows, 1}})});
    });
  check("gather and scatter at the ends of the index type", [](Build &b) {
    Value x = b.input(int32, {b.size(5)}), u = b.input(int32, {4, 1});
    std::vector<int64_t> first{0};
    std::vector<Value> results;
    // 2^64 - 1 is no -1.
    for (auto [dtype, values] : {std::pair{uint64, std::vector<double>{1.9e19, 3, 0x1p63, 9}}, {int64, {-9e18, 9e18, -1, 2}}}) {
      Value i = b.input(dtype, {4}, values);
      results.push_back(b.op(OpKind::Gather, {x, i}, {first, Dims{1}}));
      results.push_back(b.op(OpKind::Scatter, {x, u, i}, {first, std::string("set")}));
    }
    b.results(results);
  });
  check("gather with windows", [](Build &b) {
    Dim rows = b.size(9), width = b.size(21);
    Value x = b.input(float32, {rows, width}), i = b.indices(int32, {b.size(3), 1}, -10, 10), j = b.indices(int64, {b.size(4)}, -25, 25);
    b.results({b.op(OpKind::Gather, {x, i, j}, {std::vector<int64_t>{0, 1}, Dims{2, 3}}), b.op(OpKind::Gather, {x, i, j}, {std::vector<int64_t>{1, 0}, Dims{1, 1}}),
               b.op(OpKind::Gather, {x, j}, {std::vector<int64_t>{0}, Dims{3, width}})});
  });
  check("gather by a scalar, of what was computed, by computed indices", [](Build &b) {
    Dim rows = b.size(9), width = b.size(21);
    Value x = b.input(float32, {rows, width}), i = b.indices(int32, {b.size(30)}, 0, 4);
    std::vector<int64_t> first{0};
    b.results({b.op(OpKind::Gather, {x, b.indices(int32, {}, 0, 8)}, {first, Dims{1, width}}), b.op(OpKind::Gather, {b.mul(x, x), i}, {first, Dims{1, width}}),
               b.exp(b.op(OpKind::Gather, {x, b.add(i, i)}, {first, Dims{1, width}}))});
  }, {4});
}

TEST(IndexingKernels, TakeAlongAxis) {
  for (int64_t axis : {0, 1, 2})
    check("take_along_axis " + std::to_string(axis), [&](Build &b) {
      Dims d{b.size(4), b.size(5), b.size(18)}, i = d, one = d;
      i[axis] = b.size(7);
      one[axis] = b.size(3);
      one[(axis + 1) % 3] = 1;
      Value x = b.input(int32, d), broadcast = b.input(int32, {axis == 0 ? d[0] : Dim(1), axis == 1 ? d[1] : Dim(1), axis == 2 ? d[2] : Dim(1)});
      auto take = [&](Value v, Value at) { return b.op(OpKind::TakeAlongAxis, {v, at}, {axis}); };
      Value at = b.indices(int32, i, -20, 20);
      b.results({take(x, at), take(x, b.indices(int8, one, -3, 3)), take(broadcast, at), b.add(take(b.mul(x, x), at), take(x, at))});
    });
}

// Updates combine in the order of their indices, whatever the mode.
TEST(IndexingKernels, Scatter) {
  for (std::string mode : {"set", "add", "prod", "max", "min"}) {
    check("scatter rows " + mode, [&](Build &b) {
      Dim rows = b.size(9), width = b.size(21), n = b.size(30);
      Value x = b.input(int32, {rows, width}), u = b.input(int32, {n, 1, width}), i = b.indices(int32, {n}, -12, 12);
      b.results({b.op(OpKind::Scatter, {x, u, i}, {std::vector<int64_t>{0}, mode})});
    });
    check("scatter elements and windows " + mode, [&](Build &b) {
      Dim rows = b.size(9), width = b.size(21), n = b.size(6), m = b.size(5);
      Value x = b.input(int32, {rows, width}), i = b.indices(int64, {n, 1}, -12, 12), j = b.indices(uint8, {m}, 0, 25);
      b.results({b.op(OpKind::Scatter, {x, b.input(int32, {n, m, 1, 1}), i, j}, {std::vector<int64_t>{0, 1}, mode}),
                 b.op(OpKind::Scatter, {x, b.input(int32, {n, m, 2, 3}), i, j}, {std::vector<int64_t>{0, 1}, mode}),
                 b.op(OpKind::Scatter, {x, b.input(int32, {m, rows, 1}), j}, {std::vector<int64_t>{1}, mode})});
    });
  }
  for (DType dtype : kRealDtypes)
    check("scatter add " + std::string(nameOf(dtype)), [&](Build &b) {
      Dim n = b.size(40);
      b.results({b.op(OpKind::Scatter, {b.input(dtype, {b.size(7)}), b.input(dtype, {n, 1}), b.indices(int32, {n}, 0, 6)}, {std::vector<int64_t>{0}, std::string("add")})});
    });
  check("scatter of windows that overlap", [](Build &b) {
    Dim n = b.size(500);
    Value i = b.indices(int32, {n}, -30, 30);
    b.results({b.op(OpKind::Scatter, {b.input(float32, {b.size(90), b.size(3)}), b.input(float32, {n, b.size(60), b.size(3)}), i}, {std::vector<int64_t>{0}, std::string("set")}),
               b.op(OpKind::Scatter, {b.input(int32, {b.size(90)}), b.input(int32, {n, b.size(60)}), i}, {std::vector<int64_t>{0}, std::string("add")})});
  });
  check("scatter of what was computed, and nothing", [](Build &b) {
    Dim n = b.size(18), none = b.size(0);
    std::vector<int64_t> first{0};
    Value x = b.input(float32, {n}), u = b.input(float32, {n, 1}), i = b.indices(int32, {n}, 0, 17);
    b.results({b.op(OpKind::Scatter, {b.mul(x, x), b.mul(u, u), b.op(OpKind::Negative, {i})}, {first, std::string("add")}),
               b.op(OpKind::Scatter, {x, b.input(float32, {none, 1}), b.input(int32, {none})}, {first, std::string("add")}),
               b.op(OpKind::Scatter, {b.input(float32, {none, n}), b.input(float32, {n, 0, n}), i}, {first, std::string("set")})});
  });
}

TEST(IndexingKernels, ScatterAxis) {
  for (std::string mode : {"set", "add"})
    for (int64_t axis : {0, 1, 2})
      check("scatter_axis " + mode + " " + std::to_string(axis), [&](Build &b) {
        Dims d{b.size(4), b.size(5), b.size(18)}, i = d, one = d;
        i[axis] = b.size(7);
        one[axis] = i[axis];
        one[(axis + 1) % 3] = 1;
        Value x = b.input(int32, d);
        auto put = [&](const Dims &at, const Dims &values) {
          return b.op(OpKind::ScatterAxis, {x, b.indices(int32, at, -20, 20), b.input(int32, values)}, {axis, mode});
        };
        b.results({put(i, i), put(one, i), put(i, one), put(one, one), put(i, {1, 1, 1})});
      });
}

} // namespace
} // namespace mx::codegen::test
