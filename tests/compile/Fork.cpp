// A process that has compiled forks, and the child compiles: threads of the parent are gone there.
#include "mx/mx.h"

#include <gtest/gtest.h>

#include <functional>
#include <sys/wait.h>
#include <unistd.h>

namespace mx {
namespace {

/// True when `check` holds in a forked process.
bool holdsInChild(const std::function<bool()> &check) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60); // a child that hangs dies
    _exit(check() ? 0 : 1);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Fork, TheChildCompilesAndRuns) {
  ASSERT_EQ(sum(arange(100000.0) - array(1.f)).item<float>(), 4999850000.f);
  EXPECT_TRUE(holdsInChild([] { return sum(arange(1000.0) * array(2.f)).item<float>() == 999000.f; }));
}

// What is being computed in the background is there in both processes, and both go on with it.
TEST(Fork, BackgroundWorkIsFinishedBefore) {
  array x = sum(exp(arange(300000.0) * array(0.f)));
  async_eval(x);
  auto holds = [&] {
    array y = x + array(1.f);
    async_eval(y);
    return x.item<float>() == 300000.f && y.item<float>() == 300001.f;
  };
  EXPECT_TRUE(holdsInChild(holds));
  EXPECT_TRUE(holds());
}

} // namespace
} // namespace mx
