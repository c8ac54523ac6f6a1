// Derivatives of every op of the table in float64: forward mode against finite differences, reverse against forward
// mode, and both once more on the gradient itself.
#include "frontend/trace/Node.h"
#include "tests/transforms/Check.h"

namespace mx::test {
namespace {

std::vector<Case> smoothCases() {
  std::vector<Case> cases;
  for (const Sample &s : samples())
    if (s.smooth && contains(s.dtypes, float64))
      cases.push_back({&s});
  return cases;
}

class Derivative : public testing::TestWithParam<Case> {
protected:
  /// False when there is nothing to differentiate.
  bool setUp() {
    const Sample &sample = *GetParam().sample;
    Values values(float64, 7);
    Arrays arguments = sample.inputs(values);
    array value = sample.function(arguments);
    value.eval();
    if (!issubdtype(value.dtype(), floating))
      return false;
    for (int i : floats(arguments))
      primals.push_back(arguments[i]);
    function = restricted([&sample](const Arrays &in) { return Arrays{sample.function(in)}; }, arguments);
    outputs = {value};
    return !primals.empty();
  }
  /// Tolerance in the dtype of the output.
  double tolerance() const { return outputs[0].dtype() == float64 ? 1e-7 : 2e-3; }

  ArraysFunction function;
  Arrays primals, outputs;
};

// A smooth function's tangent is what finite differences say.
TEST_P(Derivative, ForwardModeMatchesFiniteDifferences) {
  if (!setUp())
    return;
  for (uint64_t seed : {11, 12}) {
    Arrays tangents = randomLike(primals, seed);
    auto [values, derivatives] = jvp(function, primals, tangents);
    eval(values[0], derivatives[0]);
    EXPECT_TRUE(close(values[0], outputs[0], 0));
    EXPECT_TRUE(close(derivatives[0], finiteDifference(function, primals, tangents)[0], tolerance()));
  }
}

// The two modes are transposes of each other, and gradients have the shape and dtype of their primals.
TEST_P(Derivative, ReverseModeIsTheTransposeOfForwardMode) {
  if (!setUp())
    return;
  Arrays tangents = randomLike(primals, 21), cotangents = randomLike(outputs, 22);
  auto [values, gradients] = vjp(function, primals, cotangents);
  eval(gradients);
  EXPECT_TRUE(close(values[0], outputs[0], 0));
  ASSERT_EQ(gradients.size(), primals.size());
  for (size_t i = 0; i < primals.size(); ++i) {
    EXPECT_EQ(gradients[i].shape(), primals[i].shape());
    EXPECT_EQ(gradients[i].dtype(), primals[i].dtype());
  }
  const double forward = dot(jvp(function, primals, tangents).second, cotangents);
  EXPECT_NEAR(dot(gradients, tangents), forward, (outputs[0].dtype() == float64 ? 1e-10 : 1e-4) * std::max(1.0, std::abs(forward)));
}

// The gradient is differentiable again, in both modes.
TEST_P(Derivative, SecondOrder) {
  if (!setUp() || outputs[0].dtype() != float64)
    return;
  Arrays cotangents = randomLike(outputs, 31), tangents = randomLike(primals, 32), weights = randomLike(primals, 33);
  auto gradient = [&](const Arrays &in) { return vjp(function, in, cotangents).second; };
  Arrays reference = finiteDifference(gradient, primals, tangents);
  Arrays forward = jvp(gradient, primals, tangents).second;
  eval(forward);
  for (size_t i = 0; i < primals.size(); ++i)
    EXPECT_TRUE(close(forward[i], reference[i], 1e-6)) << "operand " << i;
  Arrays reverse = vjp(gradient, primals, weights).second;
  const double want = dot(forward, weights);
  EXPECT_NEAR(dot(reverse, tangents), want, 1e-9 * std::max(1.0, std::abs(want)));
  // Reverse over forward.
  auto tangent = [&](const Arrays &in) { return jvp(function, in, tangents).second; };
  Arrays mixed = vjp(tangent, primals, cotangents).second;
  EXPECT_NEAR(dot(mixed, weights), dot(jvp(gradient, primals, weights).second, tangents),
              1e-9 * std::max(1.0, std::abs(dot(mixed, weights))));
}

INSTANTIATE_TEST_SUITE_P(Table, Derivative, testing::ValuesIn(smoothCases()), caseName);

/// True when the op occurs in the graph of the array.
bool occurs(ir::OpKind kind, const array &a) {
  std::vector<graph::Node *> stack{graph::nodeOf(a)};
  while (!stack.empty()) {
    graph::Node *node = stack.back();
    stack.pop_back();
    if (node->kind == graph::NodeKind::Op && node->op == kind)
      return true;
    for (graph::Node *in : node->inputs)
      stack.push_back(in);
  }
  return false;
}

// A new row fails here until it has a sample, a differentiable one until it has a smooth one.
TEST(Samples, EveryRowHasOne) {
  std::vector<int> count(ir::kNumOps), smooth(ir::kNumOps);
  for (const Sample &s : samples()) {
    if (!s.kind)
      continue;
    ++count[static_cast<int>(*s.kind)];
    smooth[static_cast<int>(*s.kind)] += s.smooth && contains(s.dtypes, float64);
  }
  for (int k = 0; k < ir::kNumOps; ++k) {
    const ir::OpRow &row = ir::rowOf(static_cast<ir::OpKind>(k));
    EXPECT_GT(count[k], 0) << row.mnemonic;
    if (row.differentiable) {
      EXPECT_GT(smooth[k], 0) << row.mnemonic;
    }
  }
}

// A sample really calls the op it is listed under.
TEST(Samples, UseTheirRow) {
  for (const Sample &s : samples()) {
    bool found = !s.kind;
    for (Dtype dtype : {float32, float64, int32}) {
      Values values(dtype, 1);
      found = found || (contains(s.dtypes, dtype) && occurs(*s.kind, s.function(s.inputs(values))));
    }
    EXPECT_TRUE(found) << s.name;
  }
}

} // namespace
} // namespace mx::test
