// The training step of examples/char_gpt: time in a steady state, what it asks of the system over 100 steps, and how
// long its compilation takes. scripts/bench --peers puts PyTorch beside it.
#include "benchmarks/Rows.h"

#include "examples/char_gpt/Trainer.h"

#include <cstdio>
#include <sys/resource.h>
#include <unistd.h>

using namespace mx::bench;
using namespace char_gpt;

namespace {

constexpr const char *textPath = "/usr/share/common-licenses";

struct Run {
  ModelConfig config;
  Text text = Text::load(textPath, config.context);
  Model model{[this] {
    config.vocabulary = int(text.vocabulary().size());
    return config;
  }()};
  Trainer trainer{model, text, TrainerConfig()};
};

/// Address space of the process in KiB: grows with every mapping and every break of the heap.
double addressSpaceKib() {
  long pages = 0;
  if (std::FILE *file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld", &pages) != 1)
      pages = 0;
    std::fclose(file);
  }
  return double(pages) * double(sysconf(_SC_PAGESIZE)) / 1024;
}

long pageFaults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

/// Floating-point operations of one step: each weight takes part in 2 * 3 operations per token, and so does each
/// pair of positions in the two products of attention (all pairs counted, masked ones too).
double stepFlops(const Model &model, int batch) {
  const ModelConfig &config = model.config();
  double tokens = double(batch) * config.context, weights = 0;
  for (const ParameterSpec &spec : model.parameters())
    if (spec.shape.size() == 2 && spec.name != "tokens.weight" && spec.name != "positions.weight")
      weights += double(spec.shape[0]) * spec.shape[1];
  return 6 * tokens * (weights + 2.0 * config.blocks * config.context * config.width);
}

void stepRow(benchmark::State &state) {
  Run run;
  Side side{"step", [&] { benchmark::DoNotOptimize(run.trainer.step()); }, {}, {}};
  AlternateOptions options;
  options.runsPerTurn = 10;
  options.warmupMs = 250;
  Timing timing = alternate({side}, options)[0];
  int batch = run.trainer.config().batch;
  reportLimit(state, timing, double(batch) * run.config.context / timing.minMs * 1e3, "tokens/s");
  note(state, "GF/s", stepFlops(run.model, batch) / timing.minMs / 1e6);
}

void steadyStateRow(benchmark::State &state) {
  Run run;
  for (int i = 0; i < 20; ++i)
    run.trainer.step();
  mx::reset_peak_memory();
  double before = addressSpaceKib();
  long faults = pageFaults();
  AlternateOptions options;
  options.turns = 1;
  options.runsPerTurn = 100;
  options.warmupMs = 0;
  Timing timing = alternate({{"step", [&] { run.trainer.step(); }, {}, {}}}, options)[0];
  double grown = addressSpaceKib() - before;
  faults = pageFaults() - faults;
  reportLimit(state, timing, double(mx::get_peak_memory()) / double(1 << 20), "MiB peak");
  note(state, "address_space_growth_KiB", grown);
  note(state, "page_faults", double(faults));
  if (grown > 0)
    state.SkipWithError("a steady state asked the system for memory");
}

void compileRow(benchmark::State &state) {
  // Another program warms the compiler's context and leaves the caches without anything of the step.
  mx::compile(mx::ArraysFn([](const std::vector<mx::array> &in) {
    return std::vector<mx::array>{mx::softmax(mx::matmul(in[0], in[0]), -1)};
  }))({mx::ones({37, 37})})[0]
      .eval();
  Run run;
  run.trainer.step();
  mx::CompileStats stats = mx::compile_stats();
  Timing timing{stats.compile_ms, stats.compile_ms, 1};
  reportTime(state, timing, {Bar::AtMost, 1e6});
  note(state, "ops", stats.ops);
  note(state, "kernels", stats.kernels);
  note(state, "fused_groups", stats.fusions);
  note(state, "arena_MiB", double(stats.arena_bytes) / double(1 << 20));
  note(state, "arena_without_reuse_MiB", double(stats.arena_bytes_without_reuse) / double(1 << 20));
}

} // namespace

void mx::bench::addTrainingRows() {
  // Compiling comes first: later rows would find the step in the cache.
  addRow("compile/char_gpt_step", compileRow);
  addRow("train/char_gpt_step", stepRow);
  addRow("train/char_gpt_100_steps", steadyStateRow);
}
