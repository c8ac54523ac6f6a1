// The calling conventions of vjp, jvp, grad, value_and_grad and vmap, what they refuse, and large graphs.
#include "frontend/trace/Node.h"
#include "tests/Advice.h"
#include "tests/transforms/Check.h"

namespace mx::test {
namespace {

array vec(std::initializer_list<double> values) {
  return array(values.begin(), {static_cast<int>(values.size())}, float64);
}

template <typename F> void expectError(F &&call, const std::string &message) {
  try {
    call();
    ADD_FAILURE() << "no error; want " << message;
  } catch (const std::invalid_argument &e) {
    EXPECT_TRUE(says(e.what(), message));
  }
}

TEST(Grad, OfEachSignature) {
  array x = vec({1, 2}), y = vec({3, 5});
  auto one = [](const array &a) { return sum(a * a); };
  auto several = [](const Arrays &in) { return sum(in[0] * in[1]); };
  auto many = [](const Arrays &in) { return Arrays{sum(in[0] * in[1]), in[0]}; };
  EXPECT_TRUE(close(grad(one)(x), {2, 4}));
  EXPECT_TRUE(close(grad(several)({x, y})[0], {3, 5}));
  EXPECT_TRUE(close(grad(several, 1)({x, y})[0], {1, 2}));
  EXPECT_TRUE(close(grad(several, -1)({x, y})[0], {1, 2}));
  // Gradients come in the order of the arguments, whatever the order of the numbers.
  Arrays both = grad(several, {1, 0})({x, y});
  EXPECT_TRUE(close(both[0], {3, 5}));
  EXPECT_TRUE(close(both[1], {1, 2}));
  auto [value, gradient] = value_and_grad(one)(x);
  EXPECT_TRUE(close(value, {5}));
  EXPECT_TRUE(close(gradient, {2, 4}));
  auto [values, gradients] = value_and_grad(many, std::vector<int>{0})({x, y});
  EXPECT_TRUE(close(values[0], {13}));
  EXPECT_TRUE(close(values[1], {1, 2}));
  EXPECT_TRUE(close(gradients[0], {3, 5}));
}

TEST(Grad, RefusesWrongArguments) {
  auto f = [](const Arrays &in) { return sum(in[0]); };
  Arrays in{vec({1, 2}), vec({3})};
  expectError([&] { grad(f, std::vector<int>{}); }, "[grad] needs at least one argument number; give {0} for the first argument");
  expectError([&] { grad(f, 2)(in); }, "[grad] argument number 2 is out of range for a function of 2 arguments; count from 0");
  expectError([&] { grad(f, -3)(in); }, "[grad] argument number -3 is out of range for a function of 2 arguments; count from 0");
  expectError([&] { grad(f, {0, -2})(in); }, "[grad] argument number 0 is repeated; name each once");
  expectError([&] { grad([](const Arrays &a) { return a[0]; })(in); },
              "[grad] the first output must be a scalar, got shape (2); reduce it with sum or mean");
}

// Each gradient has the dtype of its primal, and integers get zeros.
TEST(Grad, KeepsDtypes) {
  array half = astype(vec({1, 2}), float16), single = array({3.f, 4.f}), count = array({5, 6}, int32);
  Arrays g = grad([](const Arrays &in) { return sum(in[0] * in[1] * in[2]); }, {0, 1, 2})({half, single, count});
  EXPECT_EQ(g[0].dtype(), float16);
  EXPECT_EQ(g[1].dtype(), float32);
  EXPECT_EQ(g[2].dtype(), int32);
  EXPECT_TRUE(close(g[0], {15, 24}));
  EXPECT_TRUE(close(g[1], {5, 12}));
  EXPECT_TRUE(close(g[2], {0, 0}));
}

// The transpose of broadcasting is a sum, in the wider dtype: 4096 halves added one by one would stop at 2048.
TEST(Grad, SumsBroadcastAxesBeforeNarrowing) {
  array bias = zeros({1}, float16), x = ones({5000}, float32);
  EXPECT_TRUE(close(grad([&](const array &b) { return sum(b + x); })(bias), {5000}));
}

TEST(Grad, OfWhatDoesNotMatterIsZero) {
  Arrays g = grad([](const Arrays &in) { return sum(in[0]); }, {0, 1})({vec({1, 2}), vec({3})});
  EXPECT_TRUE(close(g[1], {0}));
  array constant = grad([](const array &) { return array(1.f); })(vec({1, 2}));
  EXPECT_TRUE(close(constant, zeros({2}, float64), 0));
}

// An argument used as it is, twice, and returned.
TEST(Grad, OfSharedArguments) {
  array x = vec({2, 3});
  EXPECT_TRUE(close(grad([](const array &a) { return sum(a + a); })(x), {2, 2}));
  auto [values, gradients] = vjp([](const Arrays &in) { return Arrays{in[0], in[0], in[1]}; }, {x, x},
                                 {vec({1, 2}), vec({10, 20}), vec({5, 6})});
  EXPECT_TRUE(close(values[1], {2, 3}));
  EXPECT_TRUE(close(gradients[0], {11, 22}));
  EXPECT_TRUE(close(gradients[1], {5, 6}));
}

// Captured arrays are constants, captured arguments of an outer grad are not.
TEST(Grad, Nests) {
  array x = vec({2});
  array third = grad([](const array &a) {
    return sum(grad([&](const array &b) { return sum(grad([&](const array &c) { return sum(a * b * c * c * c); })(b)); })(a));
  })(x);
  // d/dc (a b c^3) = 3 a b c^2 at c = b: 3 a b^3; d/db = 9 a b^2 at b = a: 9 a^3; d/da = 27 a^2.
  EXPECT_TRUE(close(third, {108}));
}

TEST(Grad, SeesThroughEvaluationInside) {
  array x = vec({3});
  array g = grad([](const array &a) {
    array b = a * a;
    b.eval();
    return sum(b * b.item<double>());
  })(x);
  EXPECT_TRUE(close(g, {54}));
}

// After the transform nothing keeps the history of an evaluated array.
TEST(Grad, LeavesNoHistory) {
  array x = vec({1, 2});
  for (int i = 0; i < 3; ++i) {
    x = x - grad([](const array &a) { return sum(a * a); })(x) * array(0.25, float64);
    x.eval();
    EXPECT_TRUE(graph::nodeOf(x)->inputs.empty());
  }
  EXPECT_TRUE(close(x, {0.125, 0.25}));
}

TEST(Vjp, RefusesWrongCotangents) {
  auto f = [](const Arrays &in) { return Arrays{in[0] * in[0], sum(in[0])}; };
  array x = vec({1, 2});
  expectError([&] { vjp(f, {x}, {x}); }, "[vjp] got 1 cotangents for 2 outputs; give one for each");
  expectError([&] { vjp(f, {x}, {x, x}); }, "[vjp] cotangent 1 has shape (2), its value ()");
}

// An output of stop_gradient takes no cotangent.
TEST(Vjp, SkipsStoppedOutputs) {
  array x = vec({1, 2});
  auto g = vjp([](const Arrays &in) { return Arrays{stop_gradient(in[0]), in[0] * in[0]}; }, {x}, {vec({1, 1})}).second;
  EXPECT_TRUE(close(g[0], {2, 4}));
}

TEST(Jvp, RefusesWrongTangents) {
  auto f = [](const Arrays &in) { return in; };
  expectError([&] { jvp(f, {vec({1, 2})}, {}); }, "[jvp] got 0 tangents for 1 primals; give one for each");
  expectError([&] { jvp(f, {vec({1, 2})}, {vec({1})}); }, "[jvp] tangent 0 has shape (1), its value (2)");
}

TEST(Jvp, OfEachSignature) {
  auto [value, tangent] = jvp([](const array &a) { return a * a; }, vec({1, 2}), vec({10, 1}));
  EXPECT_TRUE(close(value, {1, 4}));
  EXPECT_TRUE(close(tangent, {20, 4}));
  // Constant outputs have zero tangents of their shape and dtype.
  Arrays tangents = jvp([](const Arrays &) { return Arrays{array({1, 2}, int32)}; }, {vec({1})}, {vec({1})}).second;
  EXPECT_TRUE(close(tangents[0], zeros({2}, int32), 0));
}

TEST(Vmap, OfEachSignature) {
  array x = reshape(vec({1, 2, 3, 4, 5, 6}), {2, 3});
  EXPECT_TRUE(close(vmap([](const array &a) { return sum(a); })(x), {6, 15}));
  EXPECT_TRUE(close(vmap([](const array &a) { return sum(a); }, 1)(x), {5, 7, 9}));
  array moved = vmap([](const array &a) { return a * a; }, 0, 1)(x);
  EXPECT_TRUE(close(moved, transpose(x * x), 0));
  EXPECT_TRUE(close(vmap([](const array &a, const array &b) { return sum(a) * b; })(x, vec({10, 100})), {60, 1500}));
  EXPECT_TRUE(close(vmap([](const array &a, const array &b) { return a * b; }, 0, -1)(x, vec({1, 10, 100})),
                    x * vec({1, 10, 100}), 0));
}

// Outputs that do not depend on the batch are repeated, or passed on when their axis is -1.
TEST(Vmap, OfConstantOutputs) {
  array x = vec({1, 2, 3});
  auto f = [](const Arrays &in) { return Arrays{in[0] + in[0], vec({7, 8})}; };
  Arrays repeated = vmap(f, {0}, {0, 1})({x});
  EXPECT_TRUE(close(repeated[1], {7, 7, 7, 8, 8, 8}));
  Arrays passed = vmap(f, {0}, {0, -1})({x});
  EXPECT_TRUE(close(passed[1], {7, 8}));
}

// A batch of nothing is a batch.
TEST(Vmap, OfAnEmptyBatch) {
  auto f = [](const array &a) { return softmax(a, -1) + sum(a); };
  EXPECT_EQ(vmap(f)(zeros({0, 3})).shape(), (Shape{0, 3}));
  EXPECT_EQ(vmap(grad([&](const array &a) { return sum(f(a)); }))(zeros({0, 3})).shape(), (Shape{0, 3}));
}

TEST(Vmap, RefusesWrongAxes) {
  array x = reshape(vec({1, 2, 3, 4, 5, 6}), {2, 3}), y = vec({1, 2, 3});
  auto f = [](const Arrays &in) { return Arrays{in[0]}; };
  expectError([&] { vmap(f, {0})({x, y}); }, "[vmap] got 1 in axes for 2 inputs");
  expectError([&] { vmap(f, {2}, {0})({x}); }, "[vmap] axis 2 is invalid for input 0 of shape (2, 3)");
  expectError([&] { vmap(f, {-2, 0}, {0})({x, y}); }, "[vmap] axis -2 is invalid for input 0 of shape (2, 3)");
  expectError([&] { vmap(f)({x, y}); }, "[vmap] mapped axes differ in size: 2 of input 0 and 3 of input 1; an in axis of -1 passes an input whole");
  expectError([&] { vmap(f, {-1}, {0}); }, "[vmap] in and out axes are both mapped or both not; -1 means not mapped");
  expectError([&] { vmap(f, {0}, {2})({x}); }, "[vmap] out axis 2 is invalid for output 0 of rank 1 without the batch");
  expectError([&] { vmap(f, {0, -1}, {-1, 0})({x, y}); }, "[vmap] got 2 out axes for 1 outputs");
  expectError([&] { vmap(f, {0, -1}, {-1})({x, y}); }, "[vmap] in and out axes are both mapped or both not; -1 means not mapped");
  expectError([&] { vmap([](const Arrays &in) { return in; }, {0, 0}, {-1, 0})({y, y}); },
              "[vmap] output 0 has out axis -1 (not mapped) but depends on a mapped input; give it an out axis");
}

TEST(Vmap, EvaluatingAnInputIsAnError) {
  array x = vec({1, 2});
  EXPECT_THROW(vmap([](const array &a) {
                 (a * a).item<double>();
                 return a;
               })(x),
               InvalidArgument);
}

// The graph of a chain of n additions is walked without recursion, forward, backward and mapped.
TEST(LargeGraphs, AMillionNodes) {
  constexpr int kNodes = 1'000'000;
  auto chain = [](const array &a) {
    array b = a;
    for (int i = 0; i < kNodes; ++i)
      b = b + a;
    return b;
  };
  array x(1.f);
  const size_t before = get_active_memory();
  {
    auto [value, gradient] = value_and_grad(chain)(x);
    EXPECT_EQ(gradient.shape(), Shape{});
    auto [again, tangent] = jvp(chain, x, array(1.f));
    EXPECT_EQ(tangent.dtype(), float32);
    array mapped = vmap(chain)(reshape(x, {1}));
    EXPECT_EQ(mapped.shape(), Shape{1});
  }
  EXPECT_LE(get_active_memory(), before);
}

} // namespace
} // namespace mx::test
