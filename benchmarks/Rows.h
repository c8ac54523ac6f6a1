// How a row of mx-bench reports: through Google Benchmark's counters, from which scripts/bench-table.py makes the table
// of docs/benchmarks.md. A row has a time, what it is compared with, the ratio, and the bar the ratio is held to.
#pragma once

#include "benchmarks/Harness.h"

#include <benchmark/benchmark.h>
#include <functional>
#include <string>

namespace mx::bench {

/// What a row's ratio has to be.
struct Bar {
  enum Sense { None, AtLeast, AtMost } sense = None;
  double value = 0;
};

/// Adds the row `name`; its body runs once and calls one of the functions below.
void addRow(const std::string &name, std::function<void(benchmark::State &)> body);

/// A measured limit of the machine: `value` in `unit`.
void reportLimit(benchmark::State &state, const Timing &timing, double value, const std::string &unit);

/// mx against `other`. The ratio of the minima is other/mx when the bar is AtLeast (a speed-up), mx/other when it is
/// AtMost (a cost).
void reportRatio(benchmark::State &state, const Timing &mine, const std::string &other, const Timing &theirs, Bar bar);

/// mx against a number: the bar is on the time in microseconds.
void reportTime(benchmark::State &state, const Timing &mine, Bar barUs);

/// A further number of the row, shown in its notes.
void note(benchmark::State &state, const std::string &what, double value);

// Each file of rows adds its own.
void addPeakRows();
void addMatmulRows();
void addElementwiseRows();
void addCallRows();
void addDeployRows();
void addTrainingRows();
/// Makes the GPU the default device. Throws when there is none.
void addGpuRows();

} // namespace mx::bench
