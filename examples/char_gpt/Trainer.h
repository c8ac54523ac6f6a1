// Training, evaluation and sampling, each one compiled function. The training step takes parameters, moments, schedule
// and batch and returns the new parameters and moments; it owns the old ones, so the compiler updates them in place.
#pragma once

#include "examples/char_gpt/Data.h"
#include "examples/char_gpt/Model.h"
#include "examples/char_gpt/Optimizer.h"

#include <string>

namespace char_gpt {

/// A compiled function over lists of arrays.
using Compiled = mx::CompiledFunction<std::vector<mx::array>(const std::vector<mx::array> &)>;

struct TrainerConfig {
  OptimizerConfig optimizer;
  int batch = 16;
  uint64_t seed = 0;
  int64_t totalSteps = 600;
};

/// The whole training step: forward, backward, clipping, AdamW.
/// (parameters, moments, schedule, tokens, targets, key) -> (loss, parameters, moments)
std::vector<mx::array> trainOnce(const Model &model, const OptimizerConfig &optimizer, const std::vector<mx::array> &in);
/// (parameters, tokens of one window, position, key) -> (character after the position)
std::vector<mx::array> sampleOnce(const Model &model, const std::vector<mx::array> &in);

class Trainer {
public:
  /// `model` and `text` must outlive the trainer.
  Trainer(const Model &model, const Text &text, TrainerConfig config);
  Trainer(const Trainer &) = delete;
  Trainer &operator=(const Trainer &) = delete;

  /// Trains one step; returns its loss in nats per character.
  float step();
  /// Steps done since the first, those before a checkpoint counted.
  int64_t stepsDone() const { return done; }
  /// Mean loss over all windows of the held-out text.
  double heldOutLoss();
  /// `count` characters drawn from the model, as UTF-8.
  std::string sample(int count);

  /// Parameters, then first moments, then second moments; what a checkpoint keeps.
  const std::vector<mx::array> &state() const { return arrays; }
  /// Continues from a checkpoint.
  void restore(std::vector<mx::array> state, int64_t stepsDone);
  const TrainerConfig &config() const { return settings; }

private:
  std::vector<mx::array> parameters() const;

  const Model &model;
  const Text &text;
  TrainerConfig settings;
  std::vector<mx::array> arrays;
  int64_t done = 0;
  Compiled trainStep, lossOf, nextCharacter;
};

} // namespace char_gpt
