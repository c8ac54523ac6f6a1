// The compiled functions and the loops around them.
#include "examples/char_gpt/Trainer.h"

#include <algorithm>
#include <numeric>

using namespace char_gpt;
using Arrays = std::vector<mx::array>;

namespace {

/// Draws of different purposes never share a key.
enum KeyPurpose : uint64_t { InitKeys, DropoutKeys, SampleKeys };

mx::array keyFor(uint64_t seed, KeyPurpose purpose, uint64_t counter) {
  return mx::random::key(mix(mix(seed, purpose), counter));
}

/// (parameters, tokens, targets) -> (mean loss), without dropout.
Arrays evaluateOnce(const Model &model, const Arrays &in) {
  Arrays parameters(in.begin(), in.end() - 2);
  return {model.loss(parameters, in.end()[-2], in.end()[-1])};
}

} // namespace

Arrays char_gpt::trainOnce(const Model &model, const OptimizerConfig &optimizer, const Arrays &in) {
  size_t count = model.parameters().size();
  auto at = in.begin();
  auto take = [&](size_t n) {
    Arrays taken(at, at + n);
    at += n;
    return taken;
  };
  Arrays parameters = take(count), moments = take(2 * count), schedule = take(numScheduleInputs);
  const mx::array &tokens = at[0], &targets = at[1], &key = at[2];

  std::vector<int> all(count);
  std::iota(all.begin(), all.end(), 0);
  auto lossAndGradients =
      mx::value_and_grad([&](const Arrays &p) { return model.loss(p, tokens, targets, key); }, all);
  auto [loss, gradients] = lossAndGradients(parameters);

  Arrays out = update(optimizer, parameters, moments, clipByGlobalNorm(gradients, optimizer.maxNorm), schedule);
  out.insert(out.begin(), loss);
  return out;
}

Arrays char_gpt::sampleOnce(const Model &model, const Arrays &in) {
  Arrays parameters(in.begin(), in.end() - 3);
  const mx::array &tokens = in.end()[-3], &position = in.end()[-2], &key = in.end()[-1];
  mx::array logits = mx::take(model.logits(parameters, tokens), position, 1);
  return {mx::astype(mx::random::categorical(logits, -1, key), mx::int32)};
}

Trainer::Trainer(const Model &model, const Text &text, TrainerConfig config)
    : model(model), text(text), settings(config),
      trainStep(mx::compile(mx::ArraysFn([&model, optimizer = config.optimizer](const Arrays &in) {
        return trainOnce(model, optimizer, in);
      }))),
      lossOf(mx::compile(mx::ArraysFn([&model](const Arrays &in) { return evaluateOnce(model, in); }))),
      nextCharacter(mx::compile(mx::ArraysFn([&model](const Arrays &in) { return sampleOnce(model, in); }))) {
  arrays = model.initialise(mix(config.seed, InitKeys));
  Arrays moments = initialMoments(arrays);
  arrays.insert(arrays.end(), moments.begin(), moments.end());
}

Arrays Trainer::parameters() const { return Arrays(arrays.begin(), arrays.begin() + model.parameters().size()); }

void Trainer::restore(Arrays state, int64_t stepsDone) {
  arrays = std::move(state);
  done = stepsDone;
}

float Trainer::step() {
  // The list becomes the only holder of the arrays, and is given away: the step may overwrite them.
  Arrays in = std::move(arrays);
  for (mx::array &value : scheduleAt(settings.optimizer, done, settings.totalSteps))
    in.push_back(std::move(value));
  Batch batch = text.trainingBatch(settings.seed, done, settings.batch, model.config().context);
  in.push_back(std::move(batch.inputs));
  in.push_back(std::move(batch.targets));
  in.push_back(keyFor(settings.seed, DropoutKeys, uint64_t(done)));

  Arrays out = trainStep(std::move(in));
  mx::array loss = std::move(out.front());
  arrays.assign(std::move_iterator(out.begin() + 1), std::move_iterator(out.end()));
  mx::eval(arrays);
  ++done;
  return loss.item<float>();
}

double Trainer::heldOutLoss() {
  int length = model.config().context;
  int64_t total = text.numHeldOutWindows(length);
  double sum = 0;
  for (int64_t first = 0; first < total; first += settings.batch) {
    int count = int(std::min<int64_t>(settings.batch, total - first));
    Batch batch = text.heldOutBatch(first, count, length);
    Arrays in = parameters();
    in.push_back(batch.inputs);
    in.push_back(batch.targets);
    sum += double(lossOf(in)[0].item<float>()) * count;
  }
  return sum / double(total);
}

std::string Trainer::sample(int count) {
  const std::vector<int32_t> &codePoints = text.vocabulary();
  auto newline = std::find(codePoints.begin(), codePoints.end(), '\n');
  int32_t character = newline == codePoints.end() ? 0 : int32_t(newline - codePoints.begin());

  // A window of fixed length, filled from the left: what stands right of `position` cannot be seen from there.
  std::vector<int32_t> window(model.config().context, 0);
  int position = -1;
  std::string out;
  for (int i = 0; i < count; ++i) {
    if (position + 1 < int(window.size()))
      ++position;
    else
      std::rotate(window.begin(), window.begin() + 1, window.end());
    window[position] = character;

    Arrays in = parameters();
    in.push_back(mx::array(window.begin(), {1, int32_t(window.size())}));
    in.push_back(mx::array(position));
    in.push_back(keyFor(settings.seed, SampleKeys, uint64_t(i)));
    character = nextCharacter(in)[0].item<int32_t>();
    out += toUtf8(codePoints[character]);
  }
  return out;
}
