// What set_compile_mode distinguishes. Restores the mode for the other tests.
#include "tests/compile/Support.h"

namespace mx::test {
namespace {

struct Modes : testing::Test {
  ~Modes() override { set_compile_mode(CompileMode::enabled); }
};

// exp twice: merged, then one kernel with the rest.
Arrays twice(const Arrays &in) { return {tanh(exp(in[0]) + exp(in[0]))}; }

TEST_F(Modes, DifferInWhatIsCompiled) {
  struct {
    CompileMode mode;
    size_t exps, kernels;
  } const cases[] = {{CompileMode::enabled, 1, 1}, {CompileMode::no_simplify, 2, 1}, {CompileMode::no_fuse, 1, 3}};
  const array x = ramp({31});
  for (bool shapeless : {false, true}) {
    auto compiled = compile(twice, shapeless); // one function: a mode never gets another's program
    for (const auto &c : cases) {
      SCOPED_TRACE(static_cast<int>(c.mode));
      DumpFolder dump;
      set_compile_mode(c.mode);
      EXPECT_TRUE(sameBits(compiled({x}), twice({x})));
      EXPECT_EQ(count(dump.phase("01-core.mlir", shapeless ? "eval" : "compiled"), "mx.exp "), c.exps);
      EXPECT_EQ(count(dump.phase("03-program.mlir", shapeless ? "eval" : "compiled"), "mxp.dispatch"), c.kernels);
    }
  }
}

TEST_F(Modes, DisabledFunctionsAreCalled) {
  int calls = 0;
  auto compiled = compile([&](const Arrays &in) {
    ++calls;
    return twice(in);
  });
  disable_compile();
  for (int i = 0; i < 3; ++i)
    EXPECT_FALSE(compiled({ramp({4})})[0].is_available());
  EXPECT_EQ(calls, 3);
  enable_compile();
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(compiled({ramp({4})})[0].is_available());
  EXPECT_EQ(calls, 4);
}

TEST_F(Modes, OnlyEnabledCompilationRefusesNoFunction) {
  EXPECT_THROW(compile(nullptr), InvalidArgument);
  disable_compile();
  EXPECT_NO_THROW(compile(nullptr));
}

} // namespace
} // namespace mx::test
