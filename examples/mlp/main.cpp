// Learns handwritten digits with two layers: the training step with its optimiser is one compiled function.
#include "examples/common/Digits.h"

#include <cstdio>

using namespace examples;

int main(int argc, char **argv) {
  try {
    mx::random::seed(1);
    const DigitData data = DigitData::load(argc > 1 ? argv[1] : MX_EXAMPLE_DATA "/digits.npy");
    auto scores = [](const Arrays &p, const mx::array &images) {
      mx::array hidden = mx::nn::relu(mx::matmul(images, p[0]) + p[1]);
      return mx::matmul(hidden, p[2]) + p[3];
    };
    Arrays parameters{initialWeights(64, 128), mx::zeros({128}), initialWeights(128, 10), mx::zeros({10})};
    const float right = trainOnDigits(data, scores, std::move(parameters), 3e-3f, 30);
    std::printf("held-out digits recognised: %.1f %%\n", 100 * right);
    return right > 0.9f ? 0 : 1;
  } catch (const std::exception &e) {
    std::fprintf(stderr, "mlp: %s\n", e.what());
    return 1;
  }
}
