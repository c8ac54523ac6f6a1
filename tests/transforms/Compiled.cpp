// Transformations and mx::compile in every order: the results are those of the plain function, with sizes baked in and
// without.
#include "tests/transforms/Check.h"

namespace mx::test {
namespace {

using Fn = std::function<array(const array &)>;

array input() { return array({0.3, -1.2, 0.7, 2.1, -0.4, 0.9}, {2, 3}, float64); }

array loss(const array &x) { return sum(softmax(x * x, -1) * tanh(x) + mean(x, 0)); }

Fn compiled(Fn f, bool shapeless) {
  auto program = compile([f](array x) { return f(x); }, shapeless);
  return [program](const array &x) { return program(x); };
}

// The transform of the compiled function, the compiled transform, and both, against neither.
void expectSame(const std::function<Fn(Fn)> &transform, const Fn &f) {
  const array x = input(), want = transform(f)(x);
  for (bool shapeless : {false, true}) {
    SCOPED_TRACE(shapeless ? "shapeless" : "static");
    EXPECT_TRUE(close(transform(compiled(f, shapeless))(x), want, 1e-14)) << "transformed after compiling";
    EXPECT_TRUE(close(compiled(transform(f), shapeless)(x), want, 1e-14)) << "compiled after transforming";
    EXPECT_TRUE(close(compiled(transform(compiled(f, shapeless)), shapeless)(x), want, 1e-14)) << "both";
  }
}

TEST(Compiled, Gradients) {
  expectSame([](Fn f) { return grad(f); }, loss);
}

TEST(Compiled, GradientsOfGradients) {
  expectSame([](Fn f) { return grad(Fn([f](const array &x) { return sum(square(grad(f)(x))); })); }, loss);
}

TEST(Compiled, ForwardDerivatives) {
  auto along = [](Fn f) { return Fn([f](const array &x) { return jvp(f, x, cos(x)).second; }); };
  expectSame(along, [](const array &x) { return cumsum(exp(x), 1) / (x * x + 1.0); });
}

// Forward over reverse: the Hessian times a vector.
TEST(Compiled, HessianVectorProducts) {
  expectSame([](Fn f) { return Fn([f](const array &x) { return jvp(grad(f), x, sin(x)).second; }); }, loss);
}

TEST(Compiled, MapsOverRows) {
  expectSame([](Fn f) { return vmap(f); }, [](const array &x) { return cumsum(x, 0) * max(x) - mean(x); });
}

TEST(Compiled, GradientsPerRow) {
  expectSame([](Fn f) { return vmap(Fn(grad(f))); }, [](const array &x) { return sum(softmax(x, -1) * x); });
}

TEST(Compiled, CheckpointsAndCustomRules) {
  auto body = [](const Arrays &in) { return Arrays{sum(tanh(in[0] * in[0]))}; };
  auto doubled = [](const Arrays &in, const Arrays &cotangents, const Arrays &) { return Arrays{in[0] * 2.0 * cotangents[0]}; };
  for (const ArraysFunction &f : {checkpoint(body), custom_vjp(body, doubled)})
    expectSame([](Fn g) { return grad(g); }, [f](const array &x) { return f({x})[0] * 3.0; });
}

// The value a compiled step returns is that of its gradient's forward pass; parameters go in and come out updated.
TEST(Compiled, TrainingSteps) {
  auto step = [](const Arrays &in) {
    auto [value, g] = value_and_grad(Fn(loss))(in[0]);
    return Arrays{in[0] - 0.1 * g, value};
  };
  auto fast = compile(step);
  Arrays a{input()}, b{input()};
  for (int i = 0; i < 5; ++i) {
    a = step({a[0]});
    b = fast({b[0]});
    EXPECT_TRUE(close(b[0], a[0], 1e-13));
    EXPECT_TRUE(close(b[1], a[1], 1e-13));
  }
}

} // namespace
} // namespace mx::test
