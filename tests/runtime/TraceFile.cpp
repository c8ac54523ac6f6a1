// The file of a trace is a whole JSON document after every event, however many there are.
#include "runtime/base/TraceFile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace mx::rt {
namespace {

class TraceFileTest : public testing::Test {
protected:
  void TearDown() override { std::filesystem::remove(path); }

  /// Without the blanks that follow the document.
  std::string text() const {
    std::ifstream file(path);
    std::stringstream all;
    all << file.rdbuf();
    const std::string whole = all.str();
    return whole.substr(0, whole.find_last_not_of(' ') + 1);
  }
  /// True when the list of `{"list":[` holds these elements and the document ends behind it.
  static bool isWhole(const std::string &text, size_t elements) {
    return text.starts_with("{\"list\":[\n") && text.ends_with("\n]}\n") && size_t(std::count(text.begin(), text.end(), '#')) == elements &&
           (elements == 0 || text[text.size() - 5] == '"');
  }

  const std::string path = (std::filesystem::temp_directory_path() / ("trace-file-" + std::to_string(getpid()))).string();
  std::string problem;
  TraceFile file;
};

TEST_F(TraceFileTest, IsWholeAfterEveryElement) {
  ASSERT_TRUE(file.open(path, "{\"list\":[", problem)) << problem;
  EXPECT_TRUE(isWhole(text(), 0)) << text();
  for (size_t n = 1; n <= 50; ++n) {
    ASSERT_TRUE(file.append("\"#" + std::string(n * 7 % 40, 'x') + "\""));
    EXPECT_TRUE(isWhole(text(), n)) << text();
  }
}

TEST_F(TraceFileTest, GrowsPastItsWindow) {
  ASSERT_TRUE(file.open(path, "{\"list\":[", problem)) << problem;
  size_t bytes = 0, n = 0;
  for (; bytes < (size_t(5) << 20); ++n) {
    const std::string element = "\"#" + std::string(n * 7919 % 30'000, 'x') + "\"";
    ASSERT_TRUE(file.append(element));
    bytes += element.size();
    if (n % 50 == 0)
      ASSERT_TRUE(isWhole(text(), n + 1)) << n;
  }
  file.close();
  EXPECT_TRUE(isWhole(text(), n));
  EXPECT_EQ(std::filesystem::file_size(path), text().size()) << "blanks are left behind";
}

TEST_F(TraceFileTest, AnElementWithoutRoomLeavesItAsItWas) {
  ASSERT_TRUE(file.open(path, "{\"list\":[", problem)) << problem;
  ASSERT_TRUE(file.append("\"#\""));
  EXPECT_FALSE(file.append("\"#" + std::string(size_t(2) << 20, 'x') + "\""));
  EXPECT_TRUE(isWhole(text(), 1));
  EXPECT_TRUE(file.append("\"#\""));
  EXPECT_TRUE(isWhole(text(), 2));
}

TEST_F(TraceFileTest, SaysWhyItCannotBeMade) {
  EXPECT_FALSE(file.open("/proc/none/file", "{\"list\":[", problem));
  EXPECT_EQ(problem, "No such file or directory");
  EXPECT_FALSE(file.append("\"#\""));
}

} // namespace
} // namespace mx::rt
