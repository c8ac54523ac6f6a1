// Adam over a list of arrays. The step's number is an input, or each step would be compiled anew.
#include "examples/common/Training.h"

#include <cmath>
#include <numeric>

namespace examples {
namespace {

constexpr float kMeanDecay = 0.9f, kSquareDecay = 0.999f, kEpsilon = 1e-8f;

} // namespace

Training::Training(Arrays parameters, Loss lossOf, float rate)
    : current(std::move(parameters)), loss(std::move(lossOf)), rate(rate),
      compiled(mx::compile(mx::ArraysFn([this](const Arrays &in) { return update(in); }))) {
  for (const mx::array &p : current) {
    means.push_back(mx::zeros_like(p));
    squares.push_back(mx::zeros_like(p));
  }
}

/// (rate of this step, parameters, means, squares, batch) -> (loss, parameters, means, squares)
Arrays Training::update(const Arrays &in) const {
  const size_t count = current.size();
  auto part = [&](size_t i) { return Arrays(in.begin() + 1 + i * count, in.begin() + 1 + (i + 1) * count); };
  Arrays p = part(0), m = part(1), v = part(2), batch(in.begin() + 1 + 3 * count, in.end());
  std::vector<int> all(count);
  std::iota(all.begin(), all.end(), 0);
  auto [value, gradients] = mx::value_and_grad([&](const Arrays &q) { return loss(q, batch); }, all)(p);
  for (size_t i = 0; i < count; ++i) {
    m[i] = kMeanDecay * m[i] + (1 - kMeanDecay) * gradients[i];
    v[i] = kSquareDecay * v[i] + (1 - kSquareDecay) * mx::square(gradients[i]);
    p[i] = p[i] - in[0] * m[i] / (mx::sqrt(v[i]) + kEpsilon);
  }
  Arrays out{value};
  for (const Arrays *list : {&p, &m, &v})
    out.insert(out.end(), list->begin(), list->end());
  return out;
}

float Training::step(const Arrays &batch) {
  ++stepsDone;
  const float corrected = rate * std::sqrt(1 - std::pow(kSquareDecay, float(stepsDone))) / (1 - std::pow(kMeanDecay, float(stepsDone)));
  Arrays in{mx::array(corrected)};
  // The call becomes the only holder of the old values, and may overwrite them.
  for (Arrays *list : {&current, &means, &squares})
    in.insert(in.end(), std::move_iterator(list->begin()), std::move_iterator(list->end()));
  in.insert(in.end(), batch.begin(), batch.end());
  Arrays out = compiled(std::move(in));
  auto next = out.begin() + 1;
  for (Arrays *list : {&current, &means, &squares}) {
    std::move(next, next + list->size(), list->begin());
    next += list->size();
  }
  return out[0].item<float>();
}

mx::array initialWeights(int inputs, int outputs) {
  return mx::random::normal({inputs, outputs}, 0.0f, std::sqrt(2.0f / float(inputs)));
}

} // namespace examples
