// Learns handwritten digits with two convolutions. A convolution is a sum over the places of its kernel: the image moved to
// each, times that place's weights; the moved images are views, so that nothing is copied before the product.
#include "examples/common/Digits.h"

#include <cstdio>

using namespace examples;

namespace {

constexpr int kSide = 8, kKernel = 3;

/// images (n, side, side, in), weights (3 * 3 * in, out) -> (n, side, side, out), with zeros around.
mx::array convolve(const mx::array &images, const mx::array &weights) {
  const int n = images.shape(0), side = images.shape(1), channels = images.shape(3);
  mx::array padded = mx::pad(images, {{0, 0}, {1, 1}, {1, 1}, {0, 0}});
  Arrays moved;
  for (int y = 0; y < kKernel; ++y)
    for (int x = 0; x < kKernel; ++x)
      moved.push_back(mx::slice(padded, {0, y, x, 0}, {n, y + side, x + side, channels}));
  return mx::matmul(mx::concatenate(moved, 3), weights);
}

/// The largest of each 2 x 2 pixels: (n, side, side, c) -> (n, side / 2, side / 2, c).
mx::array pool(const mx::array &images) {
  const int n = images.shape(0), half = images.shape(1) / 2, channels = images.shape(3);
  return mx::max(mx::reshape(images, {n, half, 2, half, 2, channels}), std::vector<int>{2, 4});
}

} // namespace

int main(int argc, char **argv) {
  try {
    mx::random::seed(1);
    const DigitData data = DigitData::load(argc > 1 ? argv[1] : MX_EXAMPLE_DATA "/digits.npy");
    auto scores = [](const Arrays &p, const mx::array &pixels) {
      mx::array x = mx::reshape(pixels, {pixels.shape(0), kSide, kSide, 1});
      x = pool(mx::nn::relu(convolve(x, p[0]) + p[1]));
      x = pool(mx::nn::relu(convolve(x, p[2]) + p[3]));
      return mx::matmul(mx::reshape(x, {pixels.shape(0), 2 * 2 * 32}), p[4]) + p[5];
    };
    Arrays parameters{initialWeights(9, 16),        mx::zeros({16}),         initialWeights(9 * 16, 32),
                      mx::zeros({32}),              initialWeights(128, 10), mx::zeros({10})};
    const float right = trainOnDigits(data, scores, std::move(parameters), 3e-3f, 30);
    std::printf("held-out digits recognised: %.1f %%\n", 100 * right);
    return right > 0.92f ? 0 : 1;
  } catch (const std::exception &e) {
    std::fprintf(stderr, "convolution: %s\n", e.what());
    return 1;
  }
}
