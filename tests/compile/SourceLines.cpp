// The lines of this file in dumps and errors. It is built with debug information; what the test expects is read off
// __LINE__.
#include "codegen/SourceLines.h"
#include "tests/compile/Support.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace mx::test {
namespace {

/// Sets MX_DUMP to a fresh folder for a scope.
class DumpFolder {
public:
  DumpFolder() : path(std::filesystem::temp_directory_path() / ("mx-dump-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path);
    setenv("MX_DUMP", path.c_str(), 1);
  }
  ~DumpFolder() {
    unsetenv("MX_DUMP");
    std::filesystem::remove_all(path);
  }
  /// The dumps of a phase, joined.
  std::string phase(const std::string &file) const {
    std::stringstream all;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(path))
      if (entry.path().filename() == file)
        all << std::ifstream(entry.path()).rdbuf();
    return all.str();
  }

private:
  std::filesystem::path path;
};

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

// Without debug information there is the function, without symbols the module, without a module the address.
TEST(SourceLines, FallBackToPlaces) {
  const codegen::SourceLine inLibrary = codegen::lineOf(reinterpret_cast<const char *>(&std::atoi) + 1);
  EXPECT_TRUE(inLibrary.file.empty());
  EXPECT_NE(inLibrary.str().find("+0x"), std::string::npos) << inLibrary.str();
  EXPECT_EQ(codegen::lineOf(reinterpret_cast<const void *>(0x10)).str(), "0x10");
  EXPECT_EQ(codegen::lineOf(nullptr).str(), "");
}

} // namespace
} // namespace mx::test
