// Views under and over element-wise ops: broadcasts, reshapes, transposes, slices, strided and bit views, constants, iota.
#include "tests/codegen/DifferentialHarness.h"

#include <gtest/gtest.h>

namespace mx::codegen::test {
namespace {

using enum rt::DType;
using rt::DType;

// Each pattern of repeated, missing and equal axes, on either side.
TEST(ViewKernels, Broadcasts) {
  const std::vector<std::pair<std::vector<int64_t>, std::vector<int64_t>>> pairs = {
      {{5, 37}, {37}},       {{5, 37}, {1, 37}},        {{5, 37}, {5, 1}},      {{5, 1}, {1, 37}},          {{}, {5, 37}},
      {{1}, {37}},           {{3, 5, 37}, {5, 1}},      {{3, 1, 37}, {5, 1}},   {{3, 5, 1}, {1, 1, 37}},    {{2, 3, 4, 5}, {3, 1, 5}},
      {{2, 1, 4, 1}, {3, 1, 5}}, {{40, 1, 3}, {40, 70, 1}}, {{1, 1}, {1, 1, 1}}, {{0, 3}, {3}},             {{5, 0}, {5, 1}},
      {{1, 64, 1, 16}, {8, 1, 3, 1}}};
  for (const auto &[a, b] : pairs)
    check("broadcast " + ir::str(Dims(a.begin(), a.end())) + " with " + ir::str(Dims(b.begin(), b.end())), [&](Build &build) {
      // Equal sizes of the two are one size.
      std::vector<Dim> x(a.size()), y(b.size());
      for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
        const bool inA = i < a.size(), inB = i < b.size();
        Dim d = inA ? build.size(a[a.size() - 1 - i]) : Dim(1);
        if (inA)
          x[a.size() - 1 - i] = d;
        if (inB)
          y[b.size() - 1 - i] = inA && a[a.size() - 1 - i] == b[b.size() - 1 - i] ? d : build.size(b[b.size() - 1 - i]);
      }
      Value r = build.add(build.input(int32, x), build.input(int32, y));
      build.results({build.mul(r, build.input(int32, y))});
    });
}

TEST(ViewKernels, Transposes) {
  const std::vector<std::vector<int64_t>> orders = {{1, 0, 2, 3}, {3, 2, 1, 0}, {0, 2, 1, 3}, {2, 3, 0, 1}, {0, 1, 3, 2}, {1, 2, 3, 0}, {0, 1, 2, 3}};
  for (const auto &order : orders)
    check("transpose " + testing::PrintToString(order), [&](Build &b) {
      Dims d{b.size(3), b.size(4), b.size(5), b.size(19)}, t;
      for (int64_t axis : order)
        t.push_back(d[axis]);
      Value x = b.input(int32, d), y = b.input(int32, t), plain = b.transpose(x, order);
      // Alone, below an op and above one.
      b.results({plain, b.add(plain, y), b.transpose(b.mul(x, x), order)});
    });
  check("transpose there and back", [](Build &b) {
    Value x = b.input(int32, {b.size(6), b.size(35)});
    b.results({b.add(b.transpose(b.add(b.transpose(x, {1, 0}), b.transpose(x, {1, 0})), {1, 0}), x)});
  });
}

TEST(ViewKernels, Reshapes) {
  struct Case { std::vector<int64_t> from, to; };
  // Split, merge, both at once, unit axes in and out, and shapes that share no boundary.
  for (const Case &c : std::vector<Case>{{{12, 35}, {420}}, {{420}, {12, 35}}, {{12, 35}, {3, 4, 5, 7}}, {{3, 4, 35}, {12, 5, 7}}, {{6, 10}, {4, 15}},
                                         {{12, 35}, {35, 12}}, {{1, 12, 1, 35}, {12, 35, 1}}, {{1}, {}}, {{}, {1, 1}}, {{0, 3}, {5, 0}}, {{2, 3, 4}, {4, 6}},
                                         {{8, 8, 8}, {4, 16, 8}}, {{1, 1, 1}, {1}}})
    check("reshape " + testing::PrintToString(c.from) + " to " + testing::PrintToString(c.to), [&](Build &b) {
      Value x = b.input(int32, Dims(c.from.begin(), c.from.end()));
      Dims to(c.to.begin(), c.to.end());
      Value y = b.input(int32, to);
      b.results({b.reshape(x, to), b.add(b.reshape(x, to), y), b.reshape(b.mul(x, x), to)});
    });
  check("heads apart", [](Build &b) {
    Dim batch = b.size(3), length = b.size(5), heads = b.size(4), width = b.size(6);
    Value x = b.input(int32, {batch, length, heads * width});
    Value split = b.transpose(b.reshape(x, {batch, length, heads, width}), {0, 2, 1, 3});
    Value joined = b.reshape(b.transpose(b.add(split, split), {0, 2, 1, 3}), {batch, length, heads * width});
    b.results({split, joined, b.add(joined, x)});
  });
  check("a transposed matrix as a row", [](Build &b) {
    Dim m = b.size(7), n = b.size(18);
    Value x = b.input(int32, {m, n});
    b.results({b.reshape(b.transpose(x, {1, 0}), {n * m}), b.reshape(b.transpose(b.add(x, x), {1, 0}), {n, m, 1})});
  });
  check("a broadcast as a row", [](Build &b) {
    Dim m = b.size(7), n = b.size(18);
    b.results({b.reshape(b.broadcast(b.input(int32, {n}), {m, n}), {m * n}), b.reshape(b.broadcast(b.input(int32, {m, 1}), {m, n}), {m * n})});
  });
}

TEST(ViewKernels, Slices) {
  struct Case { std::vector<int64_t> shape, starts, sizes, strides; };
  for (const Case &c : std::vector<Case>{{{50}, {3}, {40}, {1}}, {{50}, {49}, {50}, {-1}}, {{50}, {48}, {17}, {-2}}, {{50}, {1}, {16}, {3}}, {{50}, {7}, {1}, {1}},
                                         {{50}, {0}, {0}, {1}}, {{6, 40}, {1, 0}, {4, 40}, {1, 1}}, {{6, 40}, {0, 2}, {6, 33}, {1, 1}}, {{6, 40}, {5, 39}, {6, 40}, {-1, -1}},
                                         {{6, 40}, {5, 0}, {3, 40}, {-2, 1}}, {{4, 5, 20}, {0, 1, 0}, {4, 3, 20}, {1, 1, 1}}, {{4, 5, 20}, {1, 4, 3}, {2, 5, 4}, {2, -1, 4}}})
    check("slice " + testing::PrintToString(c.starts) + testing::PrintToString(c.sizes) + testing::PrintToString(c.strides), [&](Build &b) {
      Dims shape, starts, sizes;
      for (size_t i = 0; i < c.shape.size(); ++i) {
        shape.push_back(b.size(c.shape[i]));
        starts.push_back(c.starts[i] ? b.offset(c.starts[i]) : Dim(0));
        // A whole axis is the same size, not only an equal one.
        sizes.push_back(c.sizes[i] == c.shape[i] ? shape.back() : b.size(c.sizes[i]));
      }
      Value x = b.input(int32, shape), y = b.input(int32, sizes);
      b.results({b.slice(x, starts, sizes, c.strides), b.add(b.slice(x, starts, sizes, c.strides), y), b.slice(b.mul(x, x), starts, sizes, c.strides)});
    });
  check("a slice of every width, reversed", [](Build &b) {
    std::vector<Value> results;
    for (DType dtype : kRealDtypes) {
      Dim n = b.size(35);
      results.push_back(b.op(OpKind::Copy, {b.slice(b.input(dtype, {n}), {n - Dim(1)}, {n}, {-1})}));
    }
    b.results(results);
  });
}

TEST(ViewKernels, Strided) {
  auto strided = [](Build &b, Value x, Dims shape, Dims strides, Dim offset) { return b.op(OpKind::AsStrided, {x}, {shape, strides, Dims{offset}}); };
  check("windows", [&](Build &b) {
    Value x = b.input(int32, {b.size(60)});
    Dim n = b.size(20), w = b.size(5);
    b.results({strided(b, x, {n, w}, {b.offset(2), b.offset(1)}, b.offset(3)), strided(b, x, {w, n}, {1, 2}, 0),
               strided(b, x, {n, w}, {-1, 0}, 40), strided(b, x, {}, {}, 7)});
  });
  check("under and over ops", [&](Build &b) {
    Dim m = b.size(6), n = b.size(10);
    Value x = b.input(int32, {m, n});
    Value v = strided(b, b.mul(x, x), {n, m}, {1, n}, 0);
    b.results({b.add(v, b.input(int32, {n, m})), b.transpose(v, {1, 0})});
  });
}

TEST(ViewKernels, BitViews) {
  const std::vector<std::pair<DType, DType>> pairs = {{float32, int32}, {int32, float32}, {float32, uint8}, {uint8, float32}, {float64, uint16}, {uint16, float64},
                                                      {bfloat16, uint16}, {uint16, float16}, {int64, uint32}, {uint32, int64}, {bool_, uint8}, {int8, uint8},
                                                      {float32, float16}, {float16, float32}, {float32, bool_}, {complex64, float32}, {float32, complex64}, {complex64, int64}};
  for (auto [from, to] : pairs)
    check("view " + std::string(nameOf(from)) + " as " + std::string(nameOf(to)), [&](Build &b) {
      Dim m = b.size(5), n = b.size(24);
      if (rt::sizeOf(from) < rt::sizeOf(to))
        n = Dim(rt::sizeOf(to) / rt::sizeOf(from)) * b.size(21);
      Value x = b.input(from, {m, n}), v = b.op(OpKind::View, {x}, {int64_t(to)});
      std::vector<Value> results{v, b.slice(v, {m - Dim(1), 0}, {m, ir::dimsOf(v)[1]}, {-1, 1}), b.transpose(v, {1, 0})};
      if (rt::isInteger(to))
        results.push_back(b.add(v, v));
      b.results(results);
    });
  check("bits of what was computed", [](Build &b) {
    Dim n = b.size(33);
    Value x = b.input(float32, {n});
    Value bits = b.op(OpKind::View, {b.mul(x, x)}, {int64_t(int32)});
    b.results({b.op(OpKind::View, {b.op(OpKind::BitwiseAnd, {bits, b.constant(int32, {}, {-65536})})}, {int64_t(float32)})});
  });
}

// Four views in a row, over and under an op, in random order.
TEST(ViewKernels, Chains) {
  for (int seed = 0; seed < 60; ++seed)
    check("chain " + std::to_string(seed), [&](Build &b) {
      std::mt19937 random(seed);
      Dim m = b.size(4), n = b.size(6), k = b.size(10);
      Value v = b.input(int32, {m, n, k});
      for (int step = 0; step < 5; ++step) {
        Dims d = ir::dimsOf(v);
        const size_t rank = d.size(), axis = rank ? random() % rank : 0;
        switch (random() % 8) {
        case 0: { // permute
          std::vector<int64_t> axes(rank);
          std::iota(axes.begin(), axes.end(), 0);
          std::shuffle(axes.begin(), axes.end(), random);
          v = b.transpose(v, axes);
          break;
        }
        case 1: // merge two axes
          if (rank > 1) {
            const size_t i = random() % (rank - 1);
            d[i] = d[i] * d[i + 1];
            d.erase(d.begin() + i + 1);
            v = b.reshape(v, d);
          }
          break;
        case 2: { // a new axis, repeated
          d.insert(d.begin() + axis, Dim(1));
          v = b.reshape(v, d);
          d[axis] = b.size(3);
          v = b.broadcast(v, d);
          break;
        }
        case 3: { // one axis reversed
          Dims starts(rank, Dim(0));
          std::vector<int64_t> strides(rank, 1);
          starts[axis] = d[axis] - Dim(1);
          strides[axis] = -1;
          v = b.slice(v, starts, d, strides);
          break;
        }
        case 4: { // without the first of an axis
          Dims starts(rank, Dim(0));
          if (d[axis].isConstant() ? d[axis].value() > 1 : true) {
            starts[axis] = 1;
            d[axis] = d[axis] - Dim(1);
            v = b.slice(v, starts, d, std::vector<int64_t>(rank, 1));
          }
          break;
        }
        case 5: // flatten
          v = b.reshape(v, {ir::product(d)});
          break;
        case 6:
          v = b.mul(v, v);
          break;
        case 7:
          v = b.add(v, b.input(int32, d));
          break;
        }
      }
      b.results({v});
    });
}

TEST(ViewKernels, Creation) {
  for (DType dtype : kRealDtypes)
    if (dtype != bool_)
      check("iota " + std::string(nameOf(dtype)), [&](Build &b) {
        Dim n = b.size(300);
        Value i = b.op(OpKind::Iota, {}, {Dims{n}, int64_t(dtype)});
        b.results({i, b.add(i, b.input(dtype, {b.size(3), n}))});
      });
  for (DType dtype : {bool_, uint8, int16, int32, int64, uint64, float16, bfloat16, float32, float64, complex64})
    check("constant " + std::string(nameOf(dtype)), [&](Build &b) {
      std::vector<double> values;
      for (int i = 0; i < 21; ++i)
        values.push_back(i % 3 - (rt::isUnsigned(dtype) || rt::isBool(dtype) ? 0 : 1));
      Value splat = b.constant(dtype, {3, 7}, {1}), dense = b.constant(dtype, {3, 7}, values);
      std::vector<Value> results{splat, dense, b.transpose(dense, {1, 0})};
      if (!rt::isComplex(dtype))
        results.push_back(b.add(splat, dense));
      b.results(results);
    });
  check("argument and result", [](Build &b) {
    Value x = b.input(float32, {b.size(4)});
    b.results({x, x, b.exp(x)});
  }, {4});
  check("results twice", [](Build &b) {
    Value x = b.input(int32, {b.size(40)}), y = b.add(x, x);
    b.results({y, y, b.mul(y, y), b.reshape(y, {Dim(1), ir::dimsOf(x)[0]})});
  });
}

TEST(ViewKernels, Sizes) {
  for (DType dtype : {uint8, int16, uint32, int64, float16, bfloat16, float32, float64})
    check("the size " + std::string(rt::nameOf(dtype)), [&](Build &b) {
      Dim m = b.size(9), n = b.size(20);
      Value x = b.input(dtype, {m, n}), count = b.op(OpKind::Size, {}, {Dims{m, n}, int64_t(dtype)});
      b.results({count, b.reduce(OpKind::Max, x, {0}), b.add(x, b.broadcast(count, {m, n})), b.reshape(count, {Dim(1), Dim(1)})});
    });
}

TEST(ViewKernels, RandomBits) {
  for (int64_t width : {1, 2, 4})
    for (int64_t n : {0, 1, 2, 3, 4, 5, 16, 17, 31, 64, 101})
      check("random bits of width " + std::to_string(width) + ", " + std::to_string(n), [&](Build &b) {
        Dim d = b.size(n);
        Value key = b.input(uint32, {2}, Fill::Wide), keys = b.input(uint32, {b.size(3), 2}, Fill::Wide);
        Value bits = b.op(OpKind::RandomBits, {key}, {Dims{d}, width});
        b.results({bits, b.op(OpKind::RandomBits, {keys}, {Dims{d, 3}, width}), b.op(OpKind::RightShift, {bits, b.constant(ir::dtypeOf(bits), {}, {3})})});
      });
  check("random bits through views", [](Build &b) {
    Dim m = b.size(9), n = b.size(20);
    Value bits = b.op(OpKind::RandomBits, {b.input(uint32, {2}, Fill::Wide)}, {Dims{m, n}, 4});
    b.results({b.transpose(bits, {1, 0}), b.slice(bits, {1, 0}, {3, n}, {2, 1}), b.op(OpKind::RandomBits, {b.input(uint32, {2}, Fill::Wide)}, {Dims{}, 4})});
  });
}

} // namespace
} // namespace mx::codegen::test
