// Checkpoints: parameters, moments and what else a run needs to continue as if it had never stopped, in one
// safetensors file. mx writes such a file beside its place and renames it, so the old one is never half overwritten.
#pragma once

#include "examples/char_gpt/Trainer.h"

#include <string>

namespace char_gpt {

/// What a checkpoint says about its run; by default, a run that has not begun.
struct RunInfo {
  int64_t stepsDone = 0, totalSteps = TrainerConfig().totalSteps;
  uint64_t seed = 0;
  float dropout = 0;
};

/// Writes the trainer's state to `path`. Throws mx::FileError.
void saveCheckpoint(const std::string &path, const Trainer &trainer, const Model &model, const Text &text);

/// A checkpoint that has been read.
class Checkpoint {
public:
  /// Throws mx::FileError for a damaged file, std::runtime_error for one that is no checkpoint of this program.
  explicit Checkpoint(const std::string &path);
  const RunInfo &info() const { return run; }
  /// The trainer's state. Throws std::runtime_error when model or text are not the checkpoint's.
  std::vector<mx::array> state(const Model &model, const Text &text) const;

private:
  const mx::array &tensor(const std::string &name) const;

  std::string path;
  mx::SafetensorsLoad file;
  RunInfo run;
};

} // namespace char_gpt
