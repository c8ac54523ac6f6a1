// Trains a small character-level GPT on real text through mx::compile, evaluates it, samples from it and saves it.
// An interrupt ends the run after the current step with a checkpoint that --resume continues.
#include "examples/char_gpt/Checkpoint.h"
#include "examples/char_gpt/Options.h"
#include "examples/char_gpt/Progress.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <optional>
#include <stdexcept>

using namespace char_gpt;

namespace {

constexpr int64_t stepsPerCheckpoint = 100;
constexpr int sampledCharacters = 300;

volatile std::sig_atomic_t interrupted = 0;

double mebibytes(size_t bytes) { return double(bytes) / double(1 << 20); }

void printCompiled() {
  mx::CompileStats stats = mx::compile_stats();
  std::printf("compiled the training step: %d ops in, %d fused groups, %d different kernels out; arena %.1f MiB "
              "(%.1f MiB without reuse); %.2f s\n",
              stats.ops, stats.fusions, stats.kernels, mebibytes(stats.arena_bytes),
              mebibytes(stats.arena_bytes_without_reuse), stats.compile_ms / 1000);
  std::fflush(stdout);
}

/// Trains up to step `lastStep`, saving now and then. False when the loss is no longer a number.
bool train(Trainer &trainer, const Model &model, const Text &text, const Options &options, int64_t lastStep) {
  Progress progress(trainer.stepsDone(), trainer.config().totalSteps,
                    int64_t(trainer.config().batch) * model.config().context);
  std::ofstream losses;
  if (options.losses) {
    losses.open(*options.losses);
    losses.precision(9);
    if (!losses)
      throw std::runtime_error("cannot write " + *options.losses);
  }
  bool first = true;
  while (trainer.stepsDone() < lastStep && !interrupted) {
    float loss = trainer.step();
    if (std::exchange(first, false))
      printCompiled();
    progress.show(trainer.stepsDone(), loss);
    if (options.losses)
      losses << loss << std::endl;
    if (!std::isfinite(loss)) {
      progress.finish();
      std::fprintf(stderr, "char_gpt: the loss of step %lld is not finite; the last checkpoint is kept\n",
                   static_cast<long long>(trainer.stepsDone()));
      return false;
    }
    if (trainer.stepsDone() % stepsPerCheckpoint == 0)
      saveCheckpoint(options.checkpoint, trainer, model, text);
  }
  progress.finish();
  return true;
}

int run(const Options &options) {
  mx::set_default_device(options.device);
  std::optional<Checkpoint> checkpoint;
  if (options.resume)
    checkpoint.emplace(*options.resume);
  RunInfo info = checkpoint ? checkpoint->info() : RunInfo();
  info.totalSteps = options.steps.value_or(info.totalSteps);
  info.seed = options.seed.value_or(info.seed);
  info.dropout = options.dropout.value_or(info.dropout);

  ModelConfig config;
  Text text = Text::load(options.text, config.context);
  config.vocabulary = int(text.vocabulary().size());
  config.dropout = info.dropout;
  Model model(config);
  std::printf("text: %zu characters from %d files, %d different; %zu held out\n", text.size(), text.numFiles(),
              config.vocabulary, text.heldOutSize());
  std::printf("model: %lld parameters in %d blocks of width %d\n", static_cast<long long>(model.numParameters()),
              config.blocks, config.width);
  std::fflush(stdout);

  TrainerConfig training;
  training.seed = info.seed;
  training.totalSteps = info.totalSteps;
  Trainer trainer(model, text, training);
  if (checkpoint) {
    trainer.restore(checkpoint->state(model, text), info.stepsDone);
    checkpoint.reset(); // the trainer must be the only holder of its arrays
    std::printf("resumed after step %lld\n", static_cast<long long>(info.stepsDone));
  }

  int64_t lastStep = std::min(info.totalSteps, options.stopAfter.value_or(info.totalSteps));
  if (!train(trainer, model, text, options, lastStep))
    return 1;
  saveCheckpoint(options.checkpoint, trainer, model, text);
  std::printf("saved %s after step %lld; peak memory %.1f MiB\n", options.checkpoint.c_str(),
              static_cast<long long>(trainer.stepsDone()), mebibytes(mx::get_peak_memory()));
  if (interrupted) {
    std::printf("interrupted; continue with --resume %s\n", options.checkpoint.c_str());
    return 130;
  }

  std::printf("held-out loss: %.4f nats per character\n", trainer.heldOutLoss());
  std::printf("sample:\n%s\n", trainer.sample(sampledCharacters).c_str());
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  try {
    Options options = parseOptions(argc, argv);
    if (options.help) {
      std::printf("%s", usage);
      return 0;
    }
    std::signal(SIGINT, [](int) { interrupted = 1; });
    std::signal(SIGTERM, [](int) { interrupted = 1; });
    return run(options);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "char_gpt: %s\n", error.what());
    return 1;
  }
}
