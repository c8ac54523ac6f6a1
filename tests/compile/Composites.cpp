// Composites of the trace reach the IR as mx.composite, with name and attributes, and are gone from phase core on; what a
// program computes does not depend on it. Programs are read from the dump that MX_DUMP asks for.
#include "tests/compile/Support.h"

#include "mx/fast.h"
#include "mx/nn.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

namespace mx::test {
namespace {

namespace fs = std::filesystem;

class Composites : public testing::Test {
protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("mx-composites-" + std::to_string(::getpid()));
    fs::remove_all(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  /// The phases `traced` and `core` of every program that `run` compiles, joined.
  std::pair<std::string, std::string> phasesOf(const std::function<void()> &run) {
    fs::remove_all(folder);
    ::setenv("MX_DUMP", folder.c_str(), 1);
    run();
    ::unsetenv("MX_DUMP");
    std::pair<std::string, std::string> phases;
    for (const auto &entry : fs::directory_iterator(folder)) {
      phases.first += read(entry.path() / "00-traced.mlir");
      phases.second += read(entry.path() / "01-core.mlir");
    }
    return phases;
  }
  static std::string read(const fs::path &path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  /// The programs that `run` compiles.
  int programsOf(const std::function<void()> &run) {
    phasesOf(run);
    return fs::exists(folder) ? std::distance(fs::directory_iterator(folder), {}) : 0;
  }

  fs::path folder;
};

TEST_F(Composites, HaveNameAndAttributes) {
  const array x = ramp({3, 4, 6, 8}), row = ramp({8}), targets = full({3, 4, 6}, array(2));
  struct Case {
    std::string composite;
    std::function<array()> make;
  };
  const Case cases[] = {
      {R"(mx.composite "softmax" %arg0 {attrs = {axes = array<i64: 3>}, decomposition = @softmax_0})", [&] { return softmax(x, -1); }},
      {R"({attrs = {axes = array<i64: 0, 1, 2, 3>, keepdims = 0 : i64}, decomposition = @logsumexp_0})", [&] { return logsumexp(x); }},
      {R"({attrs = {bias = 1 : i64, eps = "1e-05", weight = 1 : i64}, decomposition = @layer_norm_0})",
       [&] { return fast::layer_norm(x, row, row + 1.0f, 1e-5f); }},
      {R"({attrs = {bias = 0 : i64, eps = "1e-05", weight = 0 : i64})", [&] { return fast::layer_norm(x, {}, {}, 1e-5f); }},
      {R"(mx.composite "rms_norm")", [&] { return fast::rms_norm(x, row, 1e-5f); }},
      {R"({attrs = {causal = 1 : i64, mask = 0 : i64, scale = "0.5", sinks = 0 : i64})",
       [&] { return fast::scaled_dot_product_attention(x, x + 1.0f, x - 1.0f, 0.5f, "causal"); }},
      {R"(mx.composite "rope")", [&] { return fast::rope(x, 8, false, 10000.0f, 1.0f, 0); }},
      {R"(mx.composite "gelu" )", [&] { return nn::gelu(x); }},
      {R"(mx.composite "gelu_approx" )", [&] { return nn::gelu_approx(x); }},
      {R"(mx.composite "silu" )", [&] { return nn::silu(x); }},
      {R"(mx.composite "relu" )", [&] { return nn::relu(x); }},
      {R"({attrs = {axis = 3 : i64}, decomposition = @cross_entropy_0})", [&] { return nn::cross_entropy(x, targets); }},
  };
  for (const Case &c : cases) {
    auto [traced, core] = phasesOf([&] { c.make().eval(); });
    EXPECT_NE(traced.find(c.composite), std::string::npos) << c.composite << " in\n" << traced;
    EXPECT_EQ(core.find("mx.composite"), std::string::npos) << c.composite;
  }
}

// A composite in another one is part of its decomposition; the ops keep the names of both.
TEST_F(Composites, Nest) {
  auto [traced, core] = phasesOf([] { nn::cross_entropy(ramp({5, 7}), full({5}, array(1))).eval(); });
  EXPECT_EQ(count(traced, "mx.composite"), 2u) << traced;
  const size_t decomposition = traced.find("func.func private @cross_entropy_0");
  EXPECT_LT(decomposition, traced.find("mx.composite \"logsumexp\"")) << traced;
  EXPECT_GT(count(core, "\"logsumexp\""), 0u) << core;
  EXPECT_GT(count(core, "\"cross_entropy\""), 0u) << core;
}

TEST_F(Composites, ReachCompiledProgramsAndTheirGradients) {
  auto loss = [](const Arrays &in) { return sum(nn::gelu(matmul(softmax(in[0], -1), in[1]))); };
  const Arrays inputs{ramp({6, 6}), ramp({6, 5})};
  auto [traced, core] = phasesOf([&] { eval(compile([&](const Arrays &in) { return value_and_grad(loss, {0, 1})(in).second; })(inputs)); });
  EXPECT_EQ(count(traced, "mx.composite \"softmax\""), 1u) << traced;
  // The gradient of gelu is no gelu.
  EXPECT_EQ(count(traced, "mx.composite \"gelu\""), 0u) << "its value is not asked for";
  auto [both, rest] = phasesOf([&] { eval(compile([&](const Arrays &in) { return Arrays{value_and_grad(loss, {0, 1})(in).first}; })(inputs)); });
  EXPECT_EQ(count(both, "mx.composite \"gelu\""), 1u) << both;
}

// Forward mode reads what lies inside: such a composite is imported opened, and the numbers are the same.
TEST_F(Composites, StayOpenWhereTheirBodiesAreRead) {
  const array x = ramp({4, 9});
  std::pair<Arrays, Arrays> result;
  auto [traced, core] = phasesOf([&] {
    result = jvp([](const Arrays &in) { return Arrays{softmax(in[0], -1)}; }, {x}, {ones_like(x)});
    eval(result.first[0], result.second[0]);
  });
  EXPECT_EQ(count(traced, "mx.composite"), 0u) << traced;
  EXPECT_TRUE(sameBits(result.first[0], softmax(x, -1)));
  EXPECT_LT(max(abs(result.second[0])).item<float>(), 1e-6f);
}

// The key covers names and attributes: they are part of the program. Data and, in lazy evaluation, sizes are not.
TEST_F(Composites, AreInTheKey) {
  auto norm = [](const Shape &shape, float eps, float phase = 0) { fast::rms_norm(ramp(shape, float32, phase), {}, eps).eval(); };
  EXPECT_EQ(programsOf([&] { norm({6, 10}, 0.25f), norm({7, 11}, 0.25f), norm({6, 10}, 0.25f, 3); }), 1);
  EXPECT_EQ(programsOf([&] { norm({6, 10}, 0.5f); }), 1);
  // The same ops by hand are a program of their own.
  const array x = ramp({6, 10});
  auto byHand = [&] { (maximum(x, array(0, x.dtype())) * 3.0f).eval(); };
  auto byName = [&] { (nn::relu(x) * 3.0f).eval(); };
  EXPECT_EQ(programsOf([&] { byHand(), byName(), byHand(), byName(); }), 2);
}

} // namespace
} // namespace mx::test
