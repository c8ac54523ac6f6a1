// AdamW with clipping by the global norm, and the schedule of its rate. Decay is decoupled from the gradient, as in
// Loshchilov, Hutter: Decoupled Weight Decay Regularization, ICLR 2019.
#pragma once

#include "mx/mx.h"

#include <cstdint>
#include <vector>

namespace char_gpt {

struct OptimizerConfig {
  float peakRate = 3e-3f;
  float finalFraction = 0.1f; ///< of the peak rate, at the last step
  int64_t warmupSteps = 50;
  float beta1 = 0.9f, beta2 = 0.99f;
  float epsilon = 1e-8f;
  float decay = 0.1f;
  float maxNorm = 1.0f; ///< gradients are scaled down to this global norm
};

/// What changes from step to step, as arrays, so that one compiled step serves all: the rate and the corrections
/// 1 / (1 - beta^t) of the two moments. `step` counts from 0.
std::vector<mx::array> scheduleAt(const OptimizerConfig &config, int64_t step, int64_t totalSteps);
/// Number of arrays scheduleAt returns.
constexpr size_t numScheduleInputs = 3;

/// Moments of zero for every parameter: the first moments, then the second.
std::vector<mx::array> initialMoments(const std::vector<mx::array> &parameters);

/// Gradients scaled so that their global norm is at most `maxNorm`.
std::vector<mx::array> clipByGlobalNorm(const std::vector<mx::array> &gradients, float maxNorm);

/// One AdamW update. `moments` as initialMoments gives them; returns the new parameters followed by the new moments.
std::vector<mx::array> update(const OptimizerConfig &config, const std::vector<mx::array> &parameters,
                              const std::vector<mx::array> &moments, const std::vector<mx::array> &gradients,
                              const std::vector<mx::array> &schedule);

} // namespace char_gpt
