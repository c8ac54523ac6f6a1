// Functions with rules of their own, and checkpoint.
#include "frontend/trace/Node.h"
#include "tests/Advice.h"
#include "tests/transforms/Check.h"

#include <set>

namespace mx::test {
namespace {

array vec(std::initializer_list<double> values) {
  return array(values.begin(), {static_cast<int>(values.size())}, float64);
}

Arrays product(const Arrays &in) { return {in[0] * in[1]}; }

// The rule replaces the derivative of the body, in every transform that uses it.
TEST(Custom, VjpReplacesTheDerivative) {
  auto doubled = custom_vjp(product, [](const Arrays &in, const Arrays &cotangents, const Arrays &outputs) {
    EXPECT_TRUE(close(outputs[0], in[0] * in[1], 0));
    return Arrays{cotangents[0] * in[1] * array(2.0, float64), cotangents[0] * in[0] * array(3.0, float64)};
  });
  auto loss = [&](const Arrays &in) { return sum(doubled(in)[0]); };
  Arrays in{vec({1, 2}), vec({5, 7})};
  EXPECT_TRUE(close(loss(in), {19}));
  Arrays g = grad(loss, {0, 1})(in);
  EXPECT_TRUE(close(g[0], {10, 14}));
  EXPECT_TRUE(close(g[1], {3, 6}));
  // The rule is made of ops, so it has derivatives: d(2 y . 1)/dy = 2.
  Arrays second = grad([&](const Arrays &a) { return sum(grad(loss, 0)(a)[0]); }, 1)(in);
  EXPECT_TRUE(close(second[0], {2, 2}));
}

// An argument that is not differentiated and outputs without a cotangent do not confuse the rule.
TEST(Custom, VjpOfOneOfSeveral) {
  auto both = custom_vjp([](const Arrays &in) { return Arrays{in[0] * array(2.0, float64), sin(in[1])}; },
                         [](const Arrays &, const Arrays &cotangents, const Arrays &) {
                           return Arrays{cotangents[0] * array(10.0, float64), cotangents[1] * array(20.0, float64)};
                         });
  Arrays in{vec({1, 2}), vec({3})};
  Arrays g = grad([&](const Arrays &a) { return sum(both(a)[0]); }, {0, 1})(in);
  EXPECT_TRUE(close(g[0], {10, 10}));
  EXPECT_TRUE(close(g[1], {0}));
}

TEST(Custom, JvpReplacesTheTangent) {
  auto f = custom_function(product, std::nullopt, [](const Arrays &in, const Arrays &tangents, const std::vector<int> &argnums) {
    EXPECT_EQ(argnums, (std::vector<int>{1}));
    EXPECT_EQ(tangents.size(), 1u);
    return Arrays{tangents[0] * in[0] * array(5.0, float64)};
  });
  array x = vec({1, 2});
  auto [values, tangents] = jvp([&](const Arrays &in) { return f({x, in[0]}); }, {vec({3, 4})}, {vec({1, 1})});
  EXPECT_TRUE(close(values[0], {3, 8}));
  EXPECT_TRUE(close(tangents[0], {5, 10}));
}

TEST(Custom, VmapReplacesTheBatching) {
  auto f = custom_function(product, std::nullopt, std::nullopt, [](const Arrays &in, const std::vector<int> &axes) {
    EXPECT_EQ(axes, (std::vector<int>{0, -1}));
    return std::make_pair(Arrays{transpose(in[0] * in[1]) * array(100.0, float64)}, std::vector<int>{1});
  });
  array x = reshape(vec({1, 2, 3, 4, 5, 6}), {3, 2}), y = vec({10, 20});
  Arrays got = vmap(f, {0, -1}, {0})({x, y});
  EXPECT_EQ(got[0].shape(), (Shape{3, 2}));
  EXPECT_TRUE(close(got[0], {1000, 4000, 3000, 8000, 5000, 12000}));
}

// A mapped function keeps its derivatives, and what the batch shares gets the sum over it.
TEST(Custom, RulesSurviveVmap) {
  auto doubled = custom_vjp(product, [](const Arrays &in, const Arrays &cotangents, const Arrays &) {
    return Arrays{cotangents[0] * in[1] * array(2.0, float64), cotangents[0] * in[0] * array(3.0, float64)};
  });
  auto loss = [&](const Arrays &in) { return sum(vmap(doubled, {0, -1}, {0})(in)[0]); };
  Arrays in{reshape(vec({1, 2, 3, 4, 5, 6}), {3, 2}), vec({10, 20})};
  Arrays g = grad(loss, {0, 1})(in);
  EXPECT_TRUE(close(g[0], {20, 40, 20, 40, 20, 40}));
  EXPECT_TRUE(close(g[1], {27, 36}));
}

// A body without rules is seen through by every transform.
TEST(Custom, FunctionWithoutRulesIsTransparent) {
  auto f = custom_function(product);
  Arrays in{vec({1, 2}), vec({5, 7})};
  Arrays g = grad([&](const Arrays &a) { return sum(f(a)[0]); }, {0, 1})(in);
  EXPECT_TRUE(close(g[0], {5, 7}));
  EXPECT_TRUE(close(g[1], {1, 2}));
  EXPECT_TRUE(close(vmap(f)(in)[0], {5, 14}));
}

TEST(Custom, WrongNumberOfCotangentsIsAnError) {
  auto f = custom_vjp(product, [](const Arrays &, const Arrays &cotangents, const Arrays &) { return cotangents; });
  try {
    grad([&](const Arrays &in) { return sum(f(in)[0]); })({vec({1}), vec({2})});
    FAIL();
  } catch (const InvalidArgument &e) {
    EXPECT_TRUE(says(e.what(), "[vjp] the custom rule of 'custom_function' returned 1 cotangents for 2 arguments"));
  }
}

TEST(Custom, WrongShapeOfCotangentIsAnError) {
  auto f = custom_vjp(product, [](const Arrays &, const Arrays &, const Arrays &) { return Arrays{vec({1, 2, 3}), vec({1})}; });
  EXPECT_THROW(grad([&](const Arrays &in) { return sum(f(in)[0]); })({vec({1, 2}), vec({2, 3})}), InvalidArgument);
}

/// Ops of this kind that the arrays depend on.
std::set<graph::Node *> nodesOf(ir::OpKind kind, const Arrays &roots) {
  std::set<graph::Node *> seen, found;
  std::vector<graph::Node *> stack;
  for (const array &a : roots)
    stack.push_back(graph::nodeOf(a));
  while (!stack.empty()) {
    graph::Node *node = stack.back();
    stack.pop_back();
    if (!seen.insert(node).second)
      continue;
    if (node->kind == graph::NodeKind::Op && node->op == kind)
      found.insert(node);
    for (graph::Node *in : node->inputs)
      stack.push_back(in);
  }
  return found;
}

// The gradient is that of the function, computed from intermediate results of its own behind a barrier.
TEST(Checkpoint, ComputesAgainForTheSameGradient) {
  auto body = [](const Arrays &in) { return Arrays{exp(sin(in[0]) * in[1])}; };
  auto loss = [](const ArraysFunction &f) {
    return [f](const Arrays &in) { return sum(f({f(in)[0], in[1]})[0]); };
  };
  Arrays in{vec({0.1, 0.2}), vec({0.5, -0.7})};
  Arrays plain = grad(loss(body), {0, 1})(in), again = grad(loss(checkpoint(body)), {0, 1})(in);
  EXPECT_TRUE(close(again[0], plain[0], 0));
  EXPECT_TRUE(close(again[1], plain[1], 0));
}

TEST(Checkpoint, RecomputationSitsBehindBarriersWithFreshIds) {
  auto f = checkpoint([](const Arrays &in) { return Arrays{exp(sin(in[0]))}; });
  auto gradient = grad([&](const Arrays &in) { return sum(f(f(in))[0]); });
  Arrays in{vec({0.1, 0.2})};
  std::set<int64_t> ids;
  Arrays g = gradient(in);
  for (graph::Node *barrier : nodesOf(ir::OpKind::Barrier, g))
    ids.insert(std::get<int64_t>(barrier->attributes()[0]));
  EXPECT_EQ(ids, (std::set<int64_t>{0, 1}));
  // A second trace is the same graph: ids count from 0 again.
  Arrays second = gradient(in);
  for (graph::Node *barrier : nodesOf(ir::OpKind::Barrier, second))
    EXPECT_LT(std::get<int64_t>(barrier->attributes()[0]), 2);
}

TEST(Checkpoint, TransformsToAnyOrder) {
  auto f = checkpoint([](const Arrays &in) { return Arrays{sin(in[0]) * in[0]}; });
  auto plain = [](const array &x) { return sum(sin(x) * x); };
  auto checked = [&](const array &x) { return sum(f({x})[0]); };
  array x = vec({0.3, 0.9});
  auto second = [](const std::function<array(const array &)> &g) {
    return grad([g](const array &a) { return sum(square(grad(g)(a))); });
  };
  EXPECT_TRUE(close(second(checked)(x), second(plain)(x), 1e-12));
  EXPECT_TRUE(close(vmap(grad([&](const array &a) { return sum(f({a})[0]); }))(x), grad(plain)(x), 1e-12));
  EXPECT_TRUE(close(grad([&](const array &a) { return sum(vmap(f)({a})[0]); })(x), grad(plain)(x), 1e-12));
}

} // namespace
} // namespace mx::test
