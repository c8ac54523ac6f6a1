// How training shows its progress: one line redrawn in place on a terminal, plain lines now and then elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace char_gpt {

class Progress {
public:
  /// Counts from `firstStep` (more than 0 after a resume) to `totalSteps`, `tokensPerStep` each.
  Progress(int64_t firstStep, int64_t totalSteps, int64_t tokensPerStep);
  /// After a step: `stepsDone` of all, with its loss.
  void show(int64_t stepsDone, float loss);
  /// Ends the line that is redrawn.
  void finish();

private:
  using Clock = std::chrono::steady_clock;

  int64_t firstStep, totalSteps, tokensPerStep;
  bool onTerminal;
  /// The first step compiles: speed is counted from its end.
  Clock::time_point afterFirst, lastShown;
  double meanLoss = 0;
};

/// Seconds as `0:07` or `1:02:03`.
std::string formatDuration(double seconds);

} // namespace char_gpt
