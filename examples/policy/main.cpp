// Learns to balance a pole on a cart from rewards alone. The policy is called once for each step of the simulation: what counts
// is the time of a small compiled call. Source of the cart: Barto, Sutton, Anderson: Neuronlike Adaptive Elements, IEEE Trans.
// SMC 13(5), 1983; of the rule: Williams: REINFORCE, Machine Learning 8, 1992.
#include "examples/common/Training.h"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

using namespace examples;

namespace {

constexpr int kHidden = 32, kLongest = 500, kBatch = 2048, kUpdates = 60;
constexpr float kDiscount = 0.99f;

/// Position, velocity, angle and angular velocity, in SI units.
using State = std::array<float, 4>;

class Cart {
public:
  State state{};
  int steps = 0;

  void reset() {
    mx::array start = mx::random::uniform(-0.05f, 0.05f, {4});
    start.eval();
    std::copy_n(start.data<float>(), 4, state.begin());
    steps = 0;
  }
  /// Pushes left (0) or right (1) for 20 ms; false when the pole has fallen, the cart has left its track or time is up.
  bool push(int action) {
    constexpr float gravity = 9.8f, cart = 1.0f, pole = 0.1f, half = 0.5f, seconds = 0.02f, total = cart + pole;
    auto &[x, v, angle, turning] = state;
    const float force = action ? 10.0f : -10.0f, s = std::sin(angle), c = std::cos(angle);
    const float rest = (force + pole * half * turning * turning * s) / total;
    const float turningRate = (gravity * s - c * rest) / (half * (4.0f / 3.0f - pole * c * c / total));
    const float acceleration = rest - pole * half * turningRate * c / total;
    x += seconds * v;
    v += seconds * acceleration;
    angle += seconds * turning;
    turning += seconds * turningRate;
    return std::abs(x) < 2.4f && std::abs(angle) < 0.2095f && ++steps < kLongest;
  }
};

/// Scores of both actions: (n, 4) -> (n, 2).
mx::array scores(const Arrays &p, const mx::array &states) {
  return mx::matmul(mx::tanh(mx::matmul(states, p[0]) + p[1]), p[2]) + p[3];
}

/// What was seen and done, and what it was worth: rewards to come, less their mean, in units of their deviation.
struct Experience {
  std::vector<float> states, worth;
  std::vector<int32_t> actions;

  /// Values the steps of the episode that began at `first`: each step is worth 1.
  void endEpisode(size_t first) {
    float toCome = 0;
    worth.resize(actions.size());
    for (size_t i = actions.size(); i-- > first;)
      worth[i] = toCome = 1 + kDiscount * toCome;
  }
  Arrays batch() const {
    mx::array value(worth.data(), {kBatch}, mx::float32);
    value = (value - mx::mean(value)) / (mx::std(value) + 1e-6f);
    return {mx::array(states.data(), {kBatch, 4}, mx::float32), mx::array(actions.data(), {kBatch}, mx::int32), value};
  }
};

} // namespace

int main() {
  mx::random::seed(3);
  Arrays parameters{initialWeights(4, kHidden), mx::zeros({kHidden}), initialWeights(kHidden, 2) * 0.1f, mx::zeros({2})};
  Training training(
      std::move(parameters),
      [](const Arrays &p, const Arrays &batch) {
        return mx::mean(mx::nn::cross_entropy(scores(p, batch[0]), batch[1]) * batch[2]);
      },
      1e-2f);
  // (parameters, state, random number) -> action
  auto policy = mx::compile(mx::ArraysFn([](const Arrays &in) -> Arrays {
    mx::array s = scores(Arrays(in.begin(), in.end() - 2), in.end()[-2]);
    mx::array right = mx::sigmoid(mx::slice(s, {0, 1}, {1, 2}) - mx::slice(s, {0, 0}, {1, 1}));
    return {mx::astype(mx::less(in.end()[-1], right), mx::int32)};
  }));

  Cart cart;
  float averageLength = 0;
  double policySeconds = 0;
  int64_t calls = 0;
  for (int update = 1; update <= kUpdates; ++update) {
    Experience seen;
    mx::array draws = mx::random::uniform({kBatch});
    draws.eval();
    const float *draw = draws.data<float>();
    Arrays in = training.parameters();
    in.insert(in.end(), {mx::array(0.0f), mx::array(0.0f)});
    size_t first = 0;
    int episodes = 0;
    cart.reset();
    while (seen.actions.size() < kBatch) {
      const auto begin = std::chrono::steady_clock::now();
      in.end()[-2] = mx::array(cart.state.data(), {1, 4}, mx::float32);
      in.end()[-1] = mx::array(draw[seen.actions.size()]);
      const int action = policy(in)[0].item<int32_t>();
      policySeconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      ++calls;
      seen.states.insert(seen.states.end(), cart.state.begin(), cart.state.end());
      seen.actions.push_back(action);
      if (!cart.push(action) || seen.actions.size() == kBatch) {
        seen.endEpisode(first);
        first = seen.actions.size();
        ++episodes;
        cart.reset();
      }
    }
    averageLength = float(kBatch) / float(episodes);
    training.step(seen.batch());
    if (update % 10 == 0)
      std::printf("update %2d: episodes of %.0f steps\n", update, averageLength);
  }
  std::printf("the policy took %.1f us a step\n", 1e6 * policySeconds / double(calls));
  return averageLength > 150 ? 0 : 1;
}
