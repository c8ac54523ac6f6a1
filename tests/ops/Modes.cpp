// Every row of the op table in every dtype it takes: eager, compiled and shapeless results have the same bits and lie
// within bounds of the reference interpreter.
#include "tests/ops/Harness.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace mx::test {
namespace {

class Modes : public testing::TestWithParam<Case> {};

TEST_P(Modes, Agree) {
  ASSERT_FALSE(GetParam().samples.empty()) << "a row without a sample; tests/ops/Samples*.cpp have them";
  const Program program(GetParam());
  Arrays eager = program(program.inputs);
  auto expected = interpret(eager);
  ASSERT_TRUE(expected) << expected.error().message;
  const ModeResults results = runInAllModes(program, std::move(eager));
  for (size_t i = 0; i < program.calls.size(); ++i)
    expectAgreement(program.calls[i], i, results, (*expected)[i]);
}

INSTANTIATE_TEST_SUITE_P(Table, Modes, testing::ValuesIn(cases()), [](const auto &info) { return identifier(info.param); });

/// True when the sample's operands have the dtype asked for; others have a fixed one.
bool follows(const Sample &s, Dtype dtype) {
  auto dtypesOf = [&](Dtype asked) {
    Values values(asked, 1);
    std::vector<Dtype> dtypes;
    for (const array &a : s.inputs(values))
      dtypes.push_back(a.dtype());
    return dtypes;
  };
  return dtypesOf(dtype) != dtypesOf(dtype == float32 ? float64 : float32);
}

// A dtype that no sample of a row takes is one that the row refuses.
TEST(Dtypes, OthersAreRefused) {
  for (const Case &c : cases())
    for (Dtype dtype : kDtypes) {
      if (std::any_of(c.samples.begin(), c.samples.end(), [&](const Sample *s) { return contains(s->dtypes, dtype); }))
        continue;
      for (const Sample *s : c.samples)
        if (s->kind && follows(*s, dtype)) {
          Values values(dtype, 1);
          EXPECT_THROW(s->function(s->inputs(values)), InvalidArgument) << s->name << " of " << to_string(dtype);
        }
    }
}

} // namespace
} // namespace mx::test
