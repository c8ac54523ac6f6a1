// A process that has compiled forks, and the child compiles: threads of the parent are gone there.
#include "mx/mx.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

namespace mx {
namespace {

TEST(Fork, TheChildCompilesAndRuns) {
  ASSERT_EQ(sum(arange(100000.0) - array(1.f)).item<float>(), 4999850000.f);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(60); // a child that hangs dies
    _exit(sum(arange(1000.0) * array(2.f)).item<float>() == 999000.f ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

} // namespace
} // namespace mx
