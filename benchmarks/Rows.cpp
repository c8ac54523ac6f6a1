// Reporting of rows. The label carries what is no number: "other|>=|0.95".
#include "benchmarks/Rows.h"

#include <cstdio>

using namespace mx::bench;

namespace {

std::string barText(Bar bar) {
  if (bar.sense == Bar::None)
    return "||";
  char text[48];
  std::snprintf(text, sizeof(text), "|%s|%g", bar.sense == Bar::AtLeast ? ">=" : "<=", bar.value);
  return text;
}

/// Manual time is seconds of the one iteration.
void setTime(benchmark::State &state, const Timing &timing) {
  state.SetIterationTime(timing.minMs / 1e3);
  state.counters["min_ms"] = timing.minMs;
  state.counters["median_ms"] = timing.medianMs;
  state.counters["runs"] = timing.runs;
}

} // namespace

void mx::bench::addRow(const std::string &name, std::function<void(benchmark::State &)> body) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [body = std::move(body)](benchmark::State &state) {
                                 for (auto _ : state)
                                   body(state);
                               })
      ->Iterations(1)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

void mx::bench::reportLimit(benchmark::State &state, const Timing &timing, double value, const std::string &unit) {
  setTime(state, timing);
  state.counters["value"] = value;
  state.SetLabel(unit + "||");
}

void mx::bench::reportRatio(benchmark::State &state, const Timing &mine, const std::string &other,
                            const Timing &theirs, Bar bar) {
  setTime(state, mine);
  state.counters["other_min_ms"] = theirs.minMs;
  state.counters["other_median_ms"] = theirs.medianMs;
  state.counters["ratio"] = bar.sense == Bar::AtLeast ? theirs.minMs / mine.minMs : mine.minMs / theirs.minMs;
  state.SetLabel(other + barText(bar));
}

void mx::bench::reportTime(benchmark::State &state, const Timing &mine, Bar barUs) {
  setTime(state, mine);
  state.counters["ratio"] = mine.minMs * 1e3;
  state.SetLabel("microseconds" + barText(barUs));
}

void mx::bench::note(benchmark::State &state, const std::string &what, double value) {
  state.counters["note_" + what] = value;
}
