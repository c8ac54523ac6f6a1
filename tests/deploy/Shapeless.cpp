// Shapeless exports: which sizes vary, what follows from them, down to which size the program holds, and why one stays.
#include "tests/deploy/Support.h"

#include <cmath>

namespace mx::test {
namespace {

using Shapeless = Export;

/// Exports with these examples and compares with the function on arrays of other sizes: `shapes` of each call.
#define EXPECT_FREE(fun, examples, ...)                                                                                \
  do {                                                                                                                 \
    ArraysFn program = exported(fun, examples, {.shapeless = true});                                                   \
    expectSame(program(examples), fun(examples));                                                                      \
    for (const Arrays &in : std::vector<Arrays>{__VA_ARGS__})                                                          \
      expectSame(program(in), fun(in));                                                                                \
  } while (false)

TEST_F(Shapeless, SizesVary) {
  const array weight = ramp({32, 10});
  const ArraysFn fun = [weight](const Arrays &in) { return Arrays{matmul(exp(in[0]), weight) * in[1], sum(in[0], 0)}; };
  ArraysFn program = exported(fun, {ramp({4, 32}), ramp({10})}, {.shapeless = true});
  for (int rows : {0, 1, 2, 4, 77, 1000}) {
    const Arrays in{ramp({rows, 32}), ramp({10})};
    expectSame(program(in), fun(in));
  }
  const std::string message = messageOf([&] { program({ramp({4, 31}), ramp({10})}); });
  EXPECT_NE(message.find("[program] input 0 has shape (4, 31), not (s0, 32); 32 is part of the program, because with "), std::string::npos) << message;
  EXPECT_NE(message.find("[matmul] inner sizes differ"), std::string::npos) << message;
}

TEST_F(Shapeless, ArgumentsThatAreNotReadVaryToo) {
  const ArraysFn fun = [](const Arrays &in) { return Arrays{in[1], in[0] + in[0]}; };
  ArraysFn program = exported(fun, {ramp({8, 3}), ramp({5, 8}), ramp({6, 1})}, {.shapeless = true});
  const Arrays in{ramp({4, 2}), ramp({9, 4}), ramp({7, 1})};
  expectSame(program(in), fun(in));
  EXPECT_NE(messageOf([&] { program({ramp({4, 2}), ramp({9, 5}), ramp({7, 1})}); }).find("input 1 has shape (9, 5), not (s2, s0); sizes of one name are equal"),
            std::string::npos);
  EXPECT_NE(messageOf([&] { program({ramp({4, 2}), ramp({9, 4}), ramp({7, 2})}); }).find("1 is part of the program, because an example's size of 1 does not vary"),
            std::string::npos);
}

TEST_F(Shapeless, StatisticsDivideByTheSizesOfTheCall) {
  const ArraysFn fun = [](const Arrays &in) {
    const array x = in[0];
    return Arrays{mean(x), mean(x, 0), var(x, 1, false, 1), std(x), softmax(x, -1), fast::layer_norm(x, in[1], in[1], 1e-5f), fast::rms_norm(x, in[1], 1e-5f),
                  sqrt(sum(square(x))), number_of_elements(x, {0}, false, float32), number_of_elements(x, {0, 1}, true, float32)};
  };
  EXPECT_FREE(fun, (Arrays{ramp({6, 24}), ramp({24})}), Arrays{ramp({7, 24}), ramp({24})}, Arrays{ramp({1, 3}), ramp({3})}, Arrays{ramp({300, 129}), ramp({129})});
}

TEST_F(Shapeless, ReshapesSlicesAndIndices) {
  const ArraysFn fun = [](const Arrays &in) {
    const array x = in[0];
    return Arrays{reshape(x, {-1}),
                  reshape(x, {x.shape(0), 4, x.shape(1) / 4}),
                  unflatten(x, 1, {4, -1}),
                  slice(x, {0, 2}, {x.shape(0), x.shape(1)}, {1, 3}),
                  slice(x, {-1, 0}, {x.shape(0), x.shape(1) - 1}),
                  take(x, in[1], 0),
                  concatenate({x, x}, 0),
                  pad(x, std::vector<std::pair<int, int>>{{1, 2}, {0, 3}}),
                  transpose(x) * array(2.0f),
                  repeat(x, 3, 0),
                  roll(x, 1, 0),
                  split(x, 2, 1)[1],
                  arange(double(x.shape(0))),
                  zeros(x.shape()),
                  broadcast_to(sum(x, 0), {3, x.shape(1)}),
                  tril(matmul(x, transpose(x)))};
  };
  EXPECT_FREE(fun, (Arrays{ramp({6, 24}), array({0, 3, -1})}), Arrays{ramp({7, 24}), array({2, -2, 1})}, Arrays{ramp({2, 24}), array({0, 1, -1})},
              Arrays{ramp({65, 24}), array({64, 3, 1})});
}

TEST_F(Shapeless, TrainingStepsWithAFreeBatch) {
  const ArraysFn step = [](const Arrays &in) {
    auto lossAndGradient = value_and_grad(
        [&](const Arrays &p) {
          const array hidden = fast::layer_norm(tanh(matmul(in[2], p[0])), std::nullopt, std::nullopt, 1e-5f);
          return mean(square(matmul(hidden, p[1]) - in[3]));
        },
        std::vector<int>{0, 1});
    auto [loss, gradients] = lossAndGradient({in[0], in[1]});
    return Arrays{loss, in[0] - array(0.1f) * gradients[0], in[1] - array(0.1f) * gradients[1]};
  };
  EXPECT_FREE(step, (Arrays{ramp({6, 16}), ramp({16, 3}), ramp({32, 6}), ramp({32, 3}, float32, 5)}),
              Arrays{ramp({6, 16}), ramp({16, 3}), ramp({1, 6}), ramp({1, 3}, float32, 5)}, Arrays{ramp({6, 16}), ramp({16, 3}), ramp({100, 6}), ramp({100, 3}, float32, 5)},
              Arrays{ramp({5, 9}), ramp({9, 2}), ramp({7, 5}), ramp({7, 2}, float32, 5)});
}

// As it is written everywhere: heads by reshape, a causal mask, dropout from a key. The width is fixed by the heads, batch and length vary.
TEST_F(Shapeless, Attention) {
  const array qkv = ramp({24, 72});
  const ArraysFn fun = [qkv](const Arrays &in) {
    const int batch = in[0].shape(0), length = in[0].shape(1);
    const Arrays parts = split(matmul(in[0], qkv), 3, -1);
    auto heads = [&](const array &x) { return transpose(reshape(x, {batch, length, 4, 6}), {0, 2, 1, 3}); };
    const array scores = matmul(heads(parts[0]), swapaxes(heads(parts[1]), -1, -2)) * array(1 / std::sqrt(6.0f));
    const array mask = triu(full({length, length}, -1e9f), 1);
    const array kept = random::bernoulli(0.9f, {batch, 4, length, length}, random::key(7));
    const array y = matmul(where(kept, softmax(scores + mask, -1), array(0.0f)), heads(parts[2]));
    return Arrays{reshape(transpose(y, {0, 2, 1, 3}), {batch, length, 24})};
  };
  EXPECT_FREE(fun, (Arrays{ramp({3, 5, 24})}), Arrays{ramp({1, 5, 24})}, Arrays{ramp({3, 17, 24})}, Arrays{ramp({2, 1, 24})}, Arrays{ramp({9, 33, 24})});
}

TEST_F(Shapeless, AChoiceBySizeBoundsOrFixesIt) {
  const Arrays in{ramp({40, 6})};
  auto shapes = [&](const ArraysFn &fun) {
    ArraysFn program = exported(fun, in, {.shapeless = true});
    std::string taken;
    for (int rows : {1, 8, 12, 39, 40, 41, 600, 1200})
      if (const Arrays x{ramp({rows, 6})}; messageOf([&] { expectSame(program(x), fun(x)); }) == "no error")
        taken += std::to_string(rows) + " ";
    return taken;
  };
  const auto chooses = [](auto byRows) { return ArraysFn([byRows](const Arrays &a) { return Arrays{byRows(a[0].shape(0)) ? exp(a[0]) : tanh(a[0])}; }); };
  // What holds from a size on.
  EXPECT_EQ(shapes(chooses([](int rows) { return rows > 11; })), "12 39 40 41 600 1200 ");
  EXPECT_EQ(shapes([](const Arrays &a) { return Arrays{slice(a[0], {0, 0}, {10, 6})}; }), "12 39 40 41 600 1200 ");
  EXPECT_EQ(shapes([](const Arrays &a) { return Arrays{max(a[0], 0)}; }), "1 8 12 39 40 41 600 1200 ");
  // What is different above, at some sizes or at one.
  for (const auto &fun : {chooses([](int rows) { return rows > 500; }), chooses([](int rows) { return rows % 4 == 0; }), chooses([](int rows) { return rows == 41; }),
                          chooses([](int rows) { return rows == 1024; }),
                          ArraysFn([](const Arrays &a) { return Arrays{a[0].shape(0) == 777 ? a[0] : reshape(concatenate({a[0], zeros({777, a[0].shape(1)})}, 0), {-1})}; })})
    EXPECT_EQ(shapes(fun), "40 ");
  EXPECT_EQ(shapes([](const Arrays &a) { return Arrays{a[0] * array(float(a[0].shape(0) % 7))}; }), "40 ");
  EXPECT_EQ(shapes([](const Arrays &a) { return Arrays{a[0] * array(std::sqrt(float(a[0].shape(0))))}; }), "40 ");
  EXPECT_EQ(shapes([](const Arrays &a) { return Arrays{a[0] * array(number_of_elements(a[0], {0}, false, float32).item<float>() > 30 ? 1.0f : 2.0f)}; }), "39 40 41 600 1200 ");
}

// What changes nothing at one size is not left out of the program.
TEST_F(Shapeless, ABatchOfOne) {
  const array bias = ramp({1, 10});
  const ArraysFn fun = [bias](const Arrays &in) {
    const int rows = in[0].shape(0);
    return Arrays{in[0] + broadcast_to(bias, {rows, 10}), reshape(in[0], {1, -1}), reshape(in[0], {rows, 10}), slice(in[0], {0, 0}, {rows, 10}), slice(in[0], {0, 0}, {1, 10}),
                  concatenate({bias, in[0]}, 0)};
  };
  EXPECT_FREE(fun, (Arrays{ramp({4, 10})}), Arrays{ramp({1, 10})}, Arrays{ramp({2, 10})}, Arrays{ramp({9, 10})});
}

TEST_F(Shapeless, AChoiceBySizeBoundsItFromAboveToo) {
  auto refused = [&](const ArraysFn &fun, const Arrays &examples, const Arrays &in) {
    ArraysFn program = exported(fun, examples, {.shapeless = true});
    expectSame(program(examples), fun(examples));
    return messageOf([&] { program(in); });
  };
  const ArraysFn clamps = [](const Arrays &a) { return Arrays{slice(a[0], {0}, {20000})}; };
  EXPECT_NE(refused(clamps, {ramp({40})}, {ramp({30000})}).find("s0 is 30000, and the program holds up to 20000"), std::string::npos);
  expectSame(import_kernels(file())({ramp({20000})}), clamps({ramp({20000})}));
  const ArraysFn last = [](const Arrays &a) { return Arrays{slice(a[0], {-20000}, {1 << 30})}; };
  EXPECT_NE(refused(last, {ramp({40})}, {ramp({20001})}).find("the program holds up to 20000"), std::string::npos);
  const ArraysFn chooses = [](const Arrays &a) { return Arrays{a[0].shape(0) >= 100000 ? exp(a[0]) : tanh(a[0])}; };
  EXPECT_NE(refused(chooses, {ramp({40})}, {ramp({100000})}).find("the program holds up to 99999"), std::string::npos);
  // From a size on, however large.
  const ArraysFn from = [](const Arrays &a) { return Arrays{slice(a[0], {0}, {300})}; };
  EXPECT_NE(refused(from, {ramp({400})}, {ramp({299})}).find("the program holds from 300 on"), std::string::npos);
  expectSame(import_kernels(file())({ramp({300})}), from({ramp({300})}));
}

// Each of these is fine with one size as it is and the other far away.
TEST_F(Shapeless, SizesThatMatterTogether) {
  auto differs = [&](const ArraysFn &fun, const Arrays &examples, const std::vector<Arrays> &calls) {
    ArraysFn program = exported(fun, examples, {.shapeless = true});
    expectSame(program(examples), fun(examples));
    for (const Arrays &in : calls) {
      Arrays got;
      SCOPED_TRACE(::testing::Message() << "called with " << in[0].shape(0));
      if (messageOf([&] { got = program(in); }) == "no error")
        expectSame(got, fun(in));
    }
  };
  differs([](const Arrays &a) { return Arrays{array_equal(a[0], a[1])}; }, {ones({5}), ones({9})}, {{ones({7}), ones({7})}, {ones({7}), ones({8})}});
  differs([](const Arrays &a) { return Arrays{array_equal(a[0], ones({77, 6}))}; }, {ones({5, 6})}, {{ones({77, 6})}, {ones({8, 6})}});
  for (int most : {2, 16})
    differs([most](const Arrays &a) { return Arrays{a[0] * array(a[0].shape(0) == 1 && a[0].shape(1) < most ? 3.0f : 2.0f)}; }, {ramp({4, 9, 6})},
            {{ramp({1, 9, 6})}, {ramp({1, 1, 6})}, {ramp({4, 1, 6})}, {ramp({1, 30, 6})}});
  differs([](const Arrays &a) { return Arrays{slice(a[0], {0}, {a[1].shape(0) * a[1].shape(1)})}; }, {ramp({1000}), ramp({400, 401})}, {{ramp({100}), ramp({5, 6})}});
  differs([](const Arrays &a) { return Arrays{a[0] * array(unstack(a[0], 0).size() == 77 ? 3.0f : 2.0f)}; }, {ramp({40, 6})}, {{ramp({77, 6})}});
  differs(
      [](const Arrays &a) {
        array n = number_of_elements(a[0], {0}, false, float32);
        n.eval();
        return Arrays{a[0] * array(n.data<float>()[0] == 77 ? 3.0f : 2.0f)};
      },
      {ramp({40, 6})}, {{ramp({77, 6})}});
}

TEST_F(Shapeless, NumbersMadeOfSizes) {
  const ArraysFn fun = [](const Arrays &a) {
    const int n = a[0].shape(0), m = a[1].shape(0);
    return Arrays{a[0] * array(float(n + m)), a[0] * array(float(2 * n)), a[1] / array(float(m - n)), a[0] * array(1.0f / float(n + 1)), array(n), array(float(n)),
                  slice(a[0], {0, 0}, {n / 2 * 2, 6}), reshape(slice(a[0], {0, 0}, {n / 2 * 2, 6}), {n / 2, 12})};
  };
  EXPECT_FREE(fun, (Arrays{ramp({5, 6}), ramp({9})}), Arrays{ramp({8, 6}), ramp({20})}, Arrays{ramp({31, 6}), ramp({40})});
  const ArraysFn flat = [](const Arrays &a) { return Arrays{reshape(a[0], {a[0].shape(0) * a[0].shape(1) * a[0].shape(2), 3})}; };
  EXPECT_FREE(flat, Arrays{ramp({4, 9, 11, 3})}, Arrays{ramp({5, 8, 2, 3})}, Arrays{ramp({1, 1, 70, 3})});
  const ArraysFn attention = [](const Arrays &a) { return Arrays{fast::scaled_dot_product_attention(a[0], a[1], a[1], 0.5f, "causal")}; };
  ArraysFn program = exported(attention, {ramp({1, 2, 5, 8}), ramp({1, 2, 9, 8})}, {.shapeless = true});
  for (auto [queries, keys] : {std::pair(5, 9), {1, 9}, {3, 30}}) {
    const Arrays in{ramp({1, 2, queries, 8}), ramp({1, 2, keys, 8})};
    expectSame(program(in), attention(in));
  }
}

// Data that a function makes anew each time it is traced is not kept.
TEST_F(Shapeless, TracesKeepNoData) {
  const std::vector<float> table(1 << 18, 0.5f);
  const ArraysFn fun = [&](const Arrays &a) { return Arrays{a[0] * array(float(a[0].shape(0))) + sum(array(table.data(), {1 << 18}, float32))}; };
  const size_t before = get_active_memory();
  reset_peak_memory();
  ArraysFn program = exported(fun, {ramp({40})}, {.shapeless = true});
  EXPECT_LT(get_peak_memory(), before + (64 << 20));
  expectSame(program({ramp({50})}), fun({ramp({50})}));
}

TEST_F(Shapeless, EqualSizesMayNotBeAskedFor) {
  // Whether batch and length are equal is a choice that the sizes of an example do not show.
  const ArraysFn fun = [](const Arrays &a) { return Arrays{a[0].shape(0) == a[0].shape(1) ? exp(a[0]) : tanh(a[0])}; };
  ArraysFn program = exported(fun, {ramp({5, 9})}, {.shapeless = true});
  EXPECT_THROW(program({ramp({7, 7})}), InvalidArgument);
  expectSame(program({ramp({5, 9})}), fun({ramp({5, 9})}));
}

TEST_F(Shapeless, BoundsOfSeveralSizesTogether) {
  const ArraysFn fun = [](const Arrays &in) { return Arrays{as_strided(in[0], {2, 5}, {-5, 1}, 6)}; };
  ArraysFn program = exported(fun, {ramp({3, 4})}, {.shapeless = true});
  expectSame(program({ramp({5, 6})}), fun({ramp({5, 6})}));
  const std::string message = messageOf([&] { program({ramp({2, 3})}); });
  EXPECT_NE(message.find(", and the program holds from "), std::string::npos) << message;
}

TEST_F(Shapeless, WhatNeverVariesIsRefused) {
  const Arrays in{ramp({4, 6})};
  auto message = [&](const ArraysFn &fun) { return messageOf([&] { export_kernels(folder.string(), fun, in, {.shapeless = true}); }); };
  EXPECT_NE(message([](const Arrays &a) { return Arrays{reshape(a[0], {6, 4})}; }).find("no size of the inputs can vary: with "), std::string::npos);
  int calls = 0;
  EXPECT_NE(message([&](const Arrays &a) { return Arrays{++calls % 2 ? exp(a[0]) : tanh(a[0])}; }).find("the function does other work"), std::string::npos);
  EXPECT_NE(message([](const Arrays &a) {
              if (a[0].shape(0) != 4 || a[0].shape(1) != 6)
                throw std::range_error("only 4 by 6");
              return a;
            }).find("only 4 by 6"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(file()));
  // Scalars have no sizes: any call is right.
  expectSame(exported([](const Arrays &a) { return Arrays{a[0] + a[0]}; }, {array(2.0f)}, {.shapeless = true})({array(3.0f)}), {array(6.0f)});
}

TEST_F(Shapeless, ResultsWithoutArgumentsFollowTheSizes) {
  const array table = ramp({3}) * array(2.0f);
  const ArraysFn fun = [table](const Arrays &in) { return Arrays{ones({in[0].shape(0), 2}), arange(double(in[0].shape(0))), table}; };
  EXPECT_FREE(fun, (Arrays{ramp({5})}), Arrays{ramp({9})}, Arrays{ramp({1})});
}

TEST_F(Shapeless, EqualFunctionsGiveEqualBytes) {
  const ArraysFn fun = [](const Arrays &in) { return Arrays{mean(reshape(in[0], {-1, 2}), 0), var(in[0])}; };
  export_kernels(folder.string(), fun, {ramp({4, 6})}, {.shapeless = true});
  const std::string first = bytes("program");
  expectSame(fun({ramp({8, 6})}), import_kernels(file())({ramp({8, 6})}));
  export_kernels(folder.string(), fun, {ramp({4, 6})}, {.shapeless = true});
  EXPECT_EQ(first, bytes("program"));
}

TEST_F(Shapeless, TheDumpSaysWhatVaries) {
  const array weight = ramp({6, 3});
  export_kernels(folder.string(), [weight](const Arrays &in) { return Arrays{slice(matmul(in[0], weight), {0, 0}, {3, 3})}; }, {ramp({8, 6})},
                 {.shapeless = true, .dump = true});
  std::ifstream in(folder / "program" / "00-traced.mlir");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_NE(text.find("mx.sizes = [\"s0 is at least 3\", \"6 does not vary: with "), std::string::npos) << text;
}

TEST_F(Shapeless, RunOnAGpu) {
  if (!is_available(Device::gpu))
    GTEST_SKIP() << "no gpu";
  const ArraysFn fun = [](const Arrays &in) { return Arrays{mean(in[0], 0), reshape(in[0], {-1, 3}) * array(2.0f), slice(in[0], {1, 0}, {in[0].shape(0), 4})}; };
  export_kernels(folder.string(), fun, {ramp({8, 6})}, {.targets = {"spirv:vulkan1.2"}, .shapeless = true});
  set_default_device(Device::gpu);
  ArraysFn program = import_kernels(file());
  for (int rows : {2, 8, 19}) {
    const Arrays in{ramp({rows, 6})}, onGpu = program(in), expected = fun(in);
    for (size_t i = 0; i < onGpu.size(); ++i)
      EXPECT_TRUE(allclose(onGpu[i], expected[i], 1e-6, 1e-6).item<bool>()) << i;
  }
}

} // namespace
} // namespace mx::test
