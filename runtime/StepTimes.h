// Measured times of a program's steps, for programs that are dumped: kept while the program runs and written next to its
// dump. They are of the sizes of the latest call; a call of other sizes starts anew.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace mx::rt {

/// What one call of a program took.
struct CallTimes {
  std::vector<int64_t> symbols;
  /// By step, -1 for one that had nothing to do.
  std::vector<int64_t> stepNs;
};

/// Times of one program. Thread-safe.
class StepTimes {
public:
  /// `file` receives the times: after calls 1, 2, 4, 8 ... and when the process ends.
  StepTimes(std::string file, size_t numSteps);
  ~StepTimes();
  StepTimes(const StepTimes &) = delete;
  StepTimes &operator=(const StepTimes &) = delete;

  /// A call has ended.
  void add(const CallTimes &call);
  /// Writes the file; one that cannot be written is left alone.
  void write() const;

private:
  struct Times {
    int64_t count = 0, totalNs = 0, minNs = 0;
  };

  const std::string file;
  mutable std::mutex mutex;
  std::vector<int64_t> symbols;
  std::vector<Times> steps;
  int64_t calls = 0;
};

} // namespace mx::rt
