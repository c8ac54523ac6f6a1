// The update rule, as operations on arrays: inside the compiled step each parameter's update is one kernel.
#include "examples/char_gpt/Optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace char_gpt;

std::vector<mx::array> char_gpt::scheduleAt(const OptimizerConfig &config, int64_t step, int64_t totalSteps) {
  double rate = config.peakRate;
  if (step < config.warmupSteps) {
    rate *= double(step + 1) / double(config.warmupSteps);
  } else {
    double length = double(std::max<int64_t>(1, totalSteps - config.warmupSteps));
    double progress = std::min(1.0, double(step - config.warmupSteps) / length);
    double cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
    rate *= config.finalFraction + (1.0 - config.finalFraction) * cosine;
  }
  auto correction = [&](double beta) { return mx::array(float(1.0 / (1.0 - std::pow(beta, double(step + 1))))); };
  return {mx::array(float(rate)), correction(config.beta1), correction(config.beta2)};
}

std::vector<mx::array> char_gpt::initialMoments(const std::vector<mx::array> &parameters) {
  std::vector<mx::array> moments;
  for (int which = 0; which < 2; ++which)
    for (const mx::array &parameter : parameters)
      moments.push_back(mx::zeros(parameter.shape()));
  mx::eval(moments);
  return moments;
}

std::vector<mx::array> char_gpt::clipByGlobalNorm(const std::vector<mx::array> &gradients, float maxNorm) {
  mx::array squares(0.0f);
  for (const mx::array &gradient : gradients)
    squares = squares + mx::sum(mx::square(gradient));
  mx::array scale = mx::minimum(maxNorm / (mx::sqrt(squares) + 1e-6f), mx::array(1.0f));
  std::vector<mx::array> clipped;
  for (const mx::array &gradient : gradients)
    clipped.push_back(gradient * scale);
  return clipped;
}

std::vector<mx::array> char_gpt::update(const OptimizerConfig &config, const std::vector<mx::array> &parameters,
                                        const std::vector<mx::array> &moments,
                                        const std::vector<mx::array> &gradients,
                                        const std::vector<mx::array> &schedule) {
  const mx::array &rate = schedule[0], &correction1 = schedule[1], &correction2 = schedule[2];
  size_t count = parameters.size();
  std::vector<mx::array> newParameters, firsts, seconds;
  for (size_t i = 0; i < count; ++i) {
    const mx::array &gradient = gradients[i];
    mx::array first = config.beta1 * moments[i] + (1 - config.beta1) * gradient;
    mx::array second = config.beta2 * moments[count + i] + (1 - config.beta2) * mx::square(gradient);
    mx::array direction = first * correction1 / (mx::sqrt(second * correction2) + config.epsilon);
    newParameters.push_back(parameters[i] * (1.0f - rate * config.decay) - rate * direction);
    firsts.push_back(first);
    seconds.push_back(second);
  }
  std::vector<mx::array> result = std::move(newParameters);
  result.insert(result.end(), firsts.begin(), firsts.end());
  result.insert(result.end(), seconds.begin(), seconds.end());
  return result;
}
