// Loading and the loop over batches.
#include "examples/common/Digits.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <random>

namespace examples {
namespace {

constexpr int kTraining = 1500, kPixels = 64, kBatch = 100;

} // namespace

DigitData DigitData::load(const std::string &path) {
  mx::array all = mx::load(path);
  auto rows = [&](int from, int to) {
    mx::array part = mx::slice(all, {from, 0}, {to, kPixels + 1});
    return Digits{mx::astype(mx::slice(part, {0, 0}, {to - from, kPixels}), mx::float32) / 16.0f,
                  mx::astype(mx::squeeze(mx::slice(part, {0, kPixels}, {to - from, kPixels + 1}), 1), mx::int32)};
  };
  return {rows(0, kTraining), rows(kTraining, all.shape(0))};
}

float trainOnDigits(const DigitData &data, const Classifier &scores, Arrays parameters, float rate, int epochs) {
  Training training(
      std::move(parameters),
      [&](const Arrays &p, const Arrays &batch) { return mx::mean(mx::nn::cross_entropy(scores(p, batch[0]), batch[1])); }, rate);
  std::vector<int32_t> order(kTraining);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937 shuffling(1);
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    std::shuffle(order.begin(), order.end(), shuffling);
    float sum = 0;
    for (int first = 0; first < kTraining; first += kBatch) {
      mx::array chosen(order.data() + first, {kBatch}, mx::int32);
      sum += training.step({mx::take(data.training.images, chosen, 0), mx::take(data.training.labels, chosen, 0)});
    }
    if (epoch % 5 == 0)
      std::printf("epoch %2d: loss %.4f\n", epoch, sum / (kTraining / kBatch));
  }
  mx::array guessed = mx::argmax(scores(training.parameters(), data.heldOut.images), 1);
  return mx::mean(mx::equal(guessed, data.heldOut.labels)).item<float>();
}

} // namespace examples
