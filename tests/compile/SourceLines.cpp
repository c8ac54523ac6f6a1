// The lines of this file in dumps and errors. It is built with debug information; what the test expects is read off
// __LINE__.
#include "codegen/SourceLines.h"
#include "tests/compile/Support.h"

#include <cstdlib>

namespace mx::test {
namespace {

testing::AssertionResult hasLine(const std::string &text, int line) {
  const std::string loc = "SourceLines.cpp\":" + std::to_string(line) + ":";
  if (text.find(loc) == std::string::npos)
    return testing::AssertionFailure() << "no " << loc << " in\n" << text;
  return testing::AssertionSuccess();
}

TEST(SourceLines, OfOpsInDumps) {
  DumpFolder dump;
  array x = ramp({7, 3});
  const int first = __LINE__ + 1;
  array y = arccosh(x);
  y = 3.5f * y; // through an inline function of a header
  y = y + y;
  eval(y);
  for (const char *phase : {"00-traced.mlir", "02-fused.mlir"})
    for (int line = first; line < first + 3; ++line)
      EXPECT_TRUE(hasLine(dump.phase(phase), line)) << phase;
}

TEST(SourceLines, OfTheForwardOpInGradients) {
  DumpFolder dump;
  int line = 0;
  auto f = [&](const array &x) {
    line = __LINE__ + 1;
    const array y = sinh(x);
    return sum(y);
  };
  eval(grad(std::function<array(const array &)>(f))(ramp({5})));
  // Nothing is left of sinh itself: the cosh of its derivative has its line.
  const std::string text = dump.phase("00-traced.mlir");
  EXPECT_NE(text.find("mx.cosh"), std::string::npos);
  EXPECT_TRUE(hasLine(text, line));
}

TEST(SourceLines, OfRecordedOps) {
  DumpFolder dump;
  int line = 0;
  auto f = compile([&](array x) {
    line = __LINE__ + 1;
    return arcsinh(x) * x;
  }, true);
  f(ramp({9, 2}));
  EXPECT_TRUE(hasLine(dump.phase("00-traced.mlir"), line));
}

TEST(SourceLines, OfCallsThatAreRefused) {
  const int line = __LINE__ + 2;
  try {
    matmul(ramp({2, 3}), ramp({4, 5}));
    ADD_FAILURE() << "not refused";
  } catch (const Error &e) {
    const std::string end = "SourceLines.cpp:" + std::to_string(line);
    ASSERT_GE(e.where().size(), end.size());
    EXPECT_EQ(e.where().substr(e.where().size() - end.size()), end);
  }
}

// Beside the line there is the function; without a module there is the address.
TEST(SourceLines, FallBackToPlaces) {
  const std::string place = codegen::lineOf(reinterpret_cast<const char *>(&std::atoi) + 1).place;
  EXPECT_TRUE(place.ends_with("+0x1")) << place;
  EXPECT_EQ(codegen::lineOf(reinterpret_cast<const void *>(0x10)).str(), "0x10");
  EXPECT_EQ(codegen::lineOf(nullptr).str(), "");
  EXPECT_EQ((codegen::SourceLine{"", 0, 0, "main+0x1c"}).str(), "main+0x1c");
}

} // namespace
} // namespace mx::test
