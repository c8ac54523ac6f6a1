// An LSTM that adds: of a sequence of numbers between 0 and 1 two are marked, and after the last it tells their sum. Whoever
// forgets guesses 1 and is off by 1/6 in the mean square. The 30 steps are unrolled; forward, backward and Adam are one program.
// Source of cell and task: Hochreiter, Schmidhuber: Long Short-Term Memory, Neural Computation 9(8), 1997.
#include "examples/common/Training.h"

#include <cmath>
#include <cstdio>

using namespace examples;

namespace {

constexpr int kLength = 30, kHidden = 32, kBatch = 64, kSteps = 1500;

/// Sequences (batch, length, 2) of numbers and marks, and the sums (batch).
Arrays sequences() {
  mx::array numbers = mx::random::uniform({kBatch, kLength});
  // One mark in each half.
  mx::array first = mx::random::randint(0, kLength / 2, {kBatch, 1}), second = mx::random::randint(kLength / 2, kLength, {kBatch, 1});
  mx::array place = mx::reshape(mx::arange(kLength), {1, kLength});
  mx::array marks = mx::astype(mx::logical_or(mx::equal(place, first), mx::equal(place, second)), mx::float32);
  return {mx::stack({numbers, marks}, 2), mx::sum(numbers * marks, 1)};
}

/// What the network says after the last number: (batch).
mx::array answer(const Arrays &p, const mx::array &inputs) {
  mx::array hidden = mx::zeros({kBatch, kHidden}), cell = hidden;
  // Products with the inputs need no order: one for all steps.
  mx::array fromInputs = mx::matmul(inputs, p[0]) + p[2];
  for (int t = 0; t < kLength; ++t) {
    Arrays gates = mx::split(mx::take(fromInputs, t, 1) + mx::matmul(hidden, p[1]), 4, 1);
    cell = mx::sigmoid(gates[1]) * cell + mx::sigmoid(gates[0]) * mx::tanh(gates[2]);
    hidden = mx::sigmoid(gates[3]) * mx::tanh(cell);
  }
  return mx::squeeze(mx::matmul(hidden, p[3]) + p[4], 1);
}

} // namespace

int main() {
  mx::random::seed(1);
  auto weights = [](int in, int out) { return mx::random::normal({in, out}, 0.0f, 1 / std::sqrt(float(in))); };
  // Gates in the order input, forget, candidate, output; forgetting starts low.
  mx::array bias = mx::concatenate({mx::zeros({kHidden}), mx::ones({kHidden}), mx::zeros({2 * kHidden})}, 0);
  Arrays parameters{weights(2, 4 * kHidden), weights(kHidden, 4 * kHidden), bias, weights(kHidden, 1), mx::zeros({1})};
  Training training(
      std::move(parameters),
      [](const Arrays &p, const Arrays &batch) { return mx::mean(mx::square(answer(p, batch[0]) - batch[1])); }, 3e-3f);
  float recent = 0;
  for (int i = 1; i <= kSteps; ++i) {
    const float loss = training.step(sequences());
    recent = i == 1 ? loss : 0.98f * recent + 0.02f * loss;
    if (i % 250 == 0)
      std::printf("step %4d: mean square error %.4f\n", i, recent);
  }
  return recent < 0.02f ? 0 : 1;
}
