// Shapeless functions: at every size the bits of the function itself, and no compilation for a new size of a known
// pattern.
#include "frontend/eval/Programs.h"
#include "tests/compile/Support.h"

namespace mx::test {
namespace {

ArraysFn unary(std::function<array(const array &)> f) {
  return [f = std::move(f)](const Arrays &in) { return Arrays{f(in[0])}; };
}

struct Case {
  const char *name;
  ArraysFn fun;
};

// Functions of a matrix, with what could be recorded wrongly: counts, shapes, bounds, offsets, lengths, branches.
std::vector<Case> matrixCases() {
  auto loss = [](const array &x) { return mean(square(x - mean(x, -1, true))); };
  return {
      {"element-wise", unary([](const array &x) { return exp(x) * 2.f + x; })},
      {"sum", unary([](const array &x) { return sum(x, 1); })},
      {"mean", unary([](const array &x) { return mean(x, 0); })},
      {"mean of all", unary([](const array &x) { return mean(x); })},
      {"var", unary([](const array &x) { return var(x, 1, true, 1); })},
      {"softmax", unary([](const array &x) { return softmax(x, -1); })},
      {"logsumexp", unary([](const array &x) { return logsumexp(x, -1); })},
      {"layer norm", unary([](const array &x) { return fast::layer_norm(x, std::nullopt, std::nullopt, 1e-5f); })},
      {"rms norm", unary([](const array &x) { return fast::rms_norm(x, std::nullopt, 1e-5f); })},
      {"reshape by size", unary([](const array &x) { return reshape(x, {x.shape(1), x.shape(0)}); })},
      {"flatten", unary([](const array &x) { return flatten(x); })},
      {"transpose", unary([](const array &x) { return transpose(x) + 1.f; })},
      {"slice to size", unary([](const array &x) { return slice(x, {0, 0}, {x.shape(0) / 2, x.shape(1)}); })},
      {"last row", unary([](const array &x) { return x.shape(0) ? take(x, -1, 0) : sum(x, 0); })},
      {"reversed", unary([](const array &x) {
         return slice(x, {x.shape(0) - 1, 0}, {-x.shape(0) - 1, x.shape(1)}, {-1, 1});
       })},
      {"concatenate", unary([](const array &x) { return concatenate({x, x + 1.f, x}, 0); })},
      {"stack", unary([](const array &x) { return stack({x, -x}, 1); })},
      {"pad", unary([](const array &x) { return pad(x, {{1, 2}, {0, 1}}); })},
      {"broadcast", unary([](const array &x) { return broadcast_to(expand_dims(x, 0), {3, x.shape(0), x.shape(1)}) * 2.f; })},
      {"arange", unary([](const array &x) { return x + arange(x.shape(1)); })},
      {"ones like", unary([](const array &x) { return ones_like(x) - x; })},
      {"tril", unary([](const array &x) { return tril(x); })},
      {"cumsum", unary([](const array &x) { return cumsum(x, 1); })},
      {"matmul", unary([](const array &x) { return matmul(x, transpose(x)); })},
      {"size as value", unary([](const array &x) { return x * static_cast<float>(x.size()); })},
      {"number of elements", unary([](const array &x) { return x * number_of_elements(x, {0}, false); })},
      {"branch on size", unary([](const array &x) { return x.shape(0) > 4 ? x + 1.f : x - 1.f; })},
      {"strides", unary([](const array &x) { return x * static_cast<float>(x.strides(0)); })},
      {"gradient", [loss](const Arrays &in) { return Arrays{grad(loss)(in[0])}; }},
      {"map over rows", unary(vmap(std::function<array(const array &)>([](const array &r) { return r - mean(r); })))},
      {"argument back", [](const Arrays &in) { return Arrays{in[0], in[0] + 1.f}; }},
      {"compiled inside", [](const Arrays &in) {
         static auto inner = compile([](array x) { return x / static_cast<float>(x.shape(0) + 1); }, true);
         return Arrays{inner(in[0]) + 1.f};
       }},
  };
}

const std::vector<Shape> kSizes = {{4, 8}, {5, 9}, {7, 7}, {8, 4}, {1, 6}, {6, 1}, {1, 1}, {0, 5}, {5, 0}, {3, 64}, {4, 8}};

TEST(Shapeless, HasTheBitsOfTheFunctionAtEverySize) {
  for (const Case &c : matrixCases()) {
    auto compiled = compile(c.fun, /*shapeless=*/true);
    for (const Shape &shape : kSizes) {
      const array x = ramp(shape);
      SCOPED_TRACE(std::string(c.name) + " at " + std::to_string(shape[0]) + " x " + std::to_string(shape[1]));
      Arrays want;
      try {
        want = c.fun({x});
      } catch (const InvalidArgument &refused) { // a maximum of nothing, for one
        EXPECT_THROW(compiled({x}), InvalidArgument) << refused.what();
        continue;
      }
      EXPECT_TRUE(sameBits(compiled({x}), want));
    }
  }
}

// The sizes of two arguments are equal first and differ later, and the reverse.
TEST(Shapeless, EqualSizesMayBecomeDifferent) {
  auto fun = [](const Arrays &in) {
    return Arrays{matmul(in[0], in[1]), sum(in[0]) + mean(in[1], 0), concatenate({in[0], transpose(in[1])}, 0)};
  };
  const std::vector<std::pair<Shape, Shape>> sizes = {{{4, 4}, {4, 4}}, {{4, 6}, {6, 4}}, {{3, 6}, {6, 5}}, {{6, 6}, {6, 2}},
                                                      {{1, 4}, {4, 1}}, {{2, 1}, {1, 7}}, {{5, 5}, {5, 5}}};
  for (bool reversed : {false, true}) {
    auto compiled = compile(fun, true);
    for (size_t i = 0; i < sizes.size(); ++i) {
      const auto &[a, b] = sizes[reversed ? sizes.size() - 1 - i : i];
      const Arrays in{ramp(a), ramp(b, float32, 3)};
      EXPECT_TRUE(sameBits(compiled(in), fun(in))) << i;
    }
  }
}

// Broadcasting is decided by sizes: 1 against n, n against 1, n against n.
TEST(Shapeless, BroadcastsAnew) {
  auto fun = [](const Arrays &in) { return Arrays{in[0] * in[1] + in[0]}; };
  auto compiled = compile(fun, true);
  for (const auto &[a, b] : std::vector<std::pair<Shape, Shape>>{
           {{4, 8}, {4, 8}}, {{4, 8}, {4, 1}}, {{1, 8}, {4, 1}}, {{4, 1}, {1, 8}}, {{1, 1}, {3, 2}}, {{0, 3}, {1, 3}}}) {
    const Arrays in{ramp(a), ramp(b, float32, 5)};
    EXPECT_TRUE(sameBits(compiled(in), fun(in)));
  }
  EXPECT_THROW(compiled({ramp({4, 8}), ramp({3, 8})}), std::invalid_argument);
  const Arrays in{ramp({2, 8}), ramp({2, 8})};
  EXPECT_TRUE(sameBits(compiled(in), fun(in)));
}

TEST(Shapeless, TracesAnewForOtherRanksAndDtypes) {
  auto fun = [](const Arrays &in) { return Arrays{sum(in[0], -1) * 2}; };
  auto compiled = compile(fun, true);
  for (const array &x : {ramp({4, 8}), ramp({8}), ramp({2, 3, 4}), ramp({4, 8}, float16), ramp({4, 8}, int32), ramp({5, 9})})
    EXPECT_TRUE(sameBits(compiled({x}), fun({x})));
  EXPECT_THROW(compiled({array(1.f)}), std::invalid_argument); // a scalar has no last axis
  EXPECT_TRUE(sameBits(compiled({ramp({5, 3})}), fun({ramp({5, 3})})));
}

// New sizes of the same pattern reach no compiler, whether the function is replayed or traced anew.
TEST(Shapeless, CompilesOncePerPattern) {
  for (const Case &c : matrixCases()) {
    if (std::string(c.name) == "branch on size" || std::string(c.name) == "slice to size")
      continue; // another program on the other side of the branch; half a size may equal another
    auto compiled = compile(c.fun, true);
    compiled({ramp({11, 101})});
    const size_t programs = graph::cachedPrograms();
    for (int i = 0; i < 8; ++i)
      compiled({ramp({13 + 2 * i, 103 + 4 * i})});
    EXPECT_EQ(graph::cachedPrograms(), programs) << c.name;
  }
}

TEST(Shapeless, CallsAFunctionThatIgnoresSizesOnce) {
  int calls = 0;
  auto compiled = compile([&calls](const Arrays &in) {
    ++calls;
    return Arrays{sum(tanh(in[0]) * 3.f, 1)};
  }, true);
  for (const Shape &shape : kSizes)
    compiled({ramp(shape)});
  EXPECT_EQ(calls, 1);
}

// Captured arrays are read when traced, scalars among them.
TEST(Shapeless, Captures) {
  const array weight = ramp({8}), scale(3.f);
  auto fun = [&](const Arrays &in) { return Arrays{in[0] * weight + scale, weight}; };
  auto compiled = compile(fun, true);
  for (int rows : {4, 1, 0, 9})
    EXPECT_TRUE(sameBits(compiled({ramp({rows, 8})}), fun({ramp({rows, 8})})));
}

// Implicit draws advance the sequence as the function itself does.
TEST(Shapeless, DrawsAsTheFunctionDoes) {
  auto fun = [](const Arrays &in) { return Arrays{in[0] + random::uniform(in[0].shape()), random::normal({3})}; };
  auto compiled = compile(fun, true);
  random::seed(7);
  Arrays want, got;
  for (int n : {4, 6, 4})
    for (const array &a : fun({ramp({n, 2})}))
      want.push_back(a);
  eval(want);
  random::seed(7);
  for (int n : {4, 6, 4})
    for (const array &a : compiled({ramp({n, 2})}))
      got.push_back(a);
  EXPECT_TRUE(sameBits(got, want));
}

TEST(Shapeless, GradientOfACompiledFunction) {
  auto fun = [](const array &x) { return sum(softmax(x * 2.f, -1) * mean(x, 0)); };
  auto compiled = compile([&](array x) { return fun(x); }, true);
  auto ofCompiled = grad(std::function<array(const array &)>([&](const array &x) { return compiled(x); }));
  for (const Shape &shape : {Shape{3, 4}, Shape{5, 2}, Shape{1, 1}})
    EXPECT_TRUE(sameBits(ofCompiled(ramp(shape)), grad(std::function<array(const array &)>(fun))(ramp(shape))));
}

} // namespace
} // namespace mx::test
