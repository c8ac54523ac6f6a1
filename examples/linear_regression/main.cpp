// Fits a line in ten dimensions by gradient descent: the gradient step is one compiled function.
#include "mx/mx.h"

#include <cstdio>

int main() {
  constexpr int numFeatures = 10, numExamples = 1000, numSteps = 200;
  constexpr float rate = 0.1f;
  mx::array keys = mx::random::split(mx::random::key(7), 3);

  // Examples X @ truth with a little noise.
  mx::array truth = mx::random::normal({numFeatures}, mx::take(keys, 0, 0));
  mx::array X = mx::random::normal({numExamples, numFeatures}, mx::take(keys, 1, 0));
  mx::array noise = mx::random::normal({numExamples}, 0.0f, 0.01f, mx::take(keys, 2, 0));
  mx::array y = mx::matmul(X, truth) + noise;

  auto step = mx::compile([](mx::array w, mx::array X, mx::array y) {
    auto loss = [&](const mx::array &w) { return mx::mean(mx::square(mx::matmul(X, w) - y)) / 2.0f; };
    return w - rate * mx::grad(loss)(w);
  });

  mx::array w = mx::zeros({numFeatures});
  for (int i = 0; i < numSteps; ++i)
    w = step(w, X, y);

  float distance = mx::sqrt(mx::sum(mx::square(w - truth))).item<float>();
  std::printf("distance to the true weights after %d steps: %.4f\n", numSteps, distance);
  return distance < 0.05f ? 0 : 1;
}
