// Drawing of the progress line.
#include "examples/char_gpt/Progress.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

using namespace char_gpt;

Progress::Progress(int64_t firstStep, int64_t totalSteps, int64_t tokensPerStep)
    : firstStep(firstStep), totalSteps(totalSteps), tokensPerStep(tokensPerStep), onTerminal(isatty(STDOUT_FILENO)) {}

std::string char_gpt::formatDuration(double seconds) {
  long whole = long(seconds + 0.5);
  char text[32];
  if (whole >= 3600)
    std::snprintf(text, sizeof(text), "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  else
    std::snprintf(text, sizeof(text), "%ld:%02ld", whole / 60, whole % 60);
  return text;
}

void Progress::show(int64_t stepsDone, float loss) {
  Clock::time_point now = Clock::now();
  int64_t timed = stepsDone - firstStep - 1;
  meanLoss = timed == 0 ? loss : 0.9 * meanLoss + 0.1 * loss;
  if (timed == 0)
    afterFirst = now;
  bool last = stepsDone == totalSteps;
  if (onTerminal) {
    if (!last && timed != 0 && now - lastShown < std::chrono::milliseconds(100))
      return;
  } else if (!last && timed != 0 && stepsDone % 20 != 0) {
    return;
  }
  lastShown = now;

  double seconds = std::chrono::duration<double>(now - afterFirst).count();
  double tokensPerSecond = timed ? double(timed * tokensPerStep) / seconds : 0;
  std::string left = timed ? formatDuration(seconds / double(timed) * double(totalSteps - stepsDone)) : "-:--";
  char numbers[128];
  std::snprintf(numbers, sizeof(numbers), "step %lld/%lld  loss %.3f  %.0f tokens/s  %s left",
                static_cast<long long>(stepsDone), static_cast<long long>(totalSteps), meanLoss, tokensPerSecond,
                left.c_str());
  if (onTerminal) {
    constexpr int64_t width = 30;
    int64_t filled = totalSteps ? std::min(width, width * stepsDone / totalSteps) : width;
    std::string bar = std::string(filled, '=') + std::string(width - filled, ' ');
    std::printf("\r\033[K[%s] %s", bar.c_str(), numbers);
  } else {
    std::printf("%s\n", numbers);
  }
  std::fflush(stdout);
}

void Progress::finish() {
  if (onTerminal)
    std::printf("\n");
}
