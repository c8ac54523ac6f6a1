// The model's mathematics. `Forward` walks the list of parameters in order: each layer takes the next ones.
#include "examples/char_gpt/Model.h"

#include <cmath>

using namespace char_gpt;

namespace {

constexpr float normEpsilon = 1e-5f;

/// One pass over the parameters.
class Forward {
public:
  Forward(const ModelConfig &config, const std::vector<mx::array> &parameters, const std::optional<mx::array> &key)
      : config(config), parameters(parameters), training(key && config.dropout > 0) {
    // Dropout after the embedding and twice a block; every place has a key of its own.
    if (training)
      keys = mx::split(mx::random::split(*key, numDropouts()), numDropouts(), 0);
  }

  mx::array run(const mx::array &tokens) {
    int length = tokens.shape(1);
    mx::array tokenTable = next(), positionTable = next();
    mx::array x = mx::take(tokenTable, tokens, 0) + mx::slice(positionTable, {0, 0}, {length, config.width});
    x = dropout(x);
    for (int i = 0; i < config.blocks; ++i) {
      x = x + dropout(attention(norm(x)));
      x = x + dropout(mlp(norm(x)));
    }
    x = norm(x);
    return mx::matmul(x, next());
  }

private:
  int numDropouts() const { return 1 + 2 * config.blocks; }
  const mx::array &next() { return parameters[nextParameter++]; }

  mx::array norm(const mx::array &x) {
    const mx::array &weight = next(), &bias = next();
    return mx::fast::layer_norm(x, weight, bias, normEpsilon);
  }

  mx::array attention(const mx::array &x) {
    int windows = x.shape(0), length = x.shape(1), headWidth = config.width / config.heads;
    std::vector<mx::array> qkv = mx::split(mx::matmul(x, next()), 3, -1);
    for (mx::array &part : qkv)
      part = mx::transpose(mx::reshape(part, {windows, length, config.heads, headWidth}), {0, 2, 1, 3});
    mx::array mixed = mx::fast::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2],
                                                             1.0f / std::sqrt(float(headWidth)), "causal");
    mixed = mx::reshape(mx::transpose(mixed, {0, 2, 1, 3}), {windows, length, config.width});
    return mx::matmul(mixed, next());
  }

  mx::array mlp(const mx::array &x) {
    const mx::array &up = next(), &upBias = next(), &down = next(), &downBias = next();
    return mx::matmul(mx::nn::gelu_approx(mx::matmul(x, up) + upBias), down) + downBias;
  }

  /// Zeroes elements with probability `dropout` and scales the others, so that the mean stays.
  mx::array dropout(const mx::array &x) {
    if (!training)
      return x;
    float keep = 1.0f - config.dropout;
    mx::array key = mx::reshape(keys[nextKey++], {2});
    return mx::where(mx::random::bernoulli(keep, x.shape(), key), x / keep, mx::array(0.0f));
  }

  const ModelConfig &config;
  const std::vector<mx::array> &parameters;
  bool training;
  std::vector<mx::array> keys;
  size_t nextParameter = 0, nextKey = 0;
};

} // namespace

Model::Model(ModelConfig config) : settings(config) {
  int width = config.width;
  auto addNorm = [&](const std::string &name) {
    specs.push_back({name + ".weight", {width}, Init::Ones});
    specs.push_back({name + ".bias", {width}, Init::Zeros});
  };
  specs.push_back({"tokens.weight", {config.vocabulary, width}, Init::Normal});
  specs.push_back({"positions.weight", {config.context, width}, Init::Normal});
  for (int i = 0; i < config.blocks; ++i) {
    std::string block = "blocks." + std::to_string(i) + ".";
    addNorm(block + "norm1");
    specs.push_back({block + "qkv.weight", {width, 3 * width}, Init::Normal});
    specs.push_back({block + "projection.weight", {width, width}, Init::Normal});
    addNorm(block + "norm2");
    specs.push_back({block + "up.weight", {width, 4 * width}, Init::Normal});
    specs.push_back({block + "up.bias", {4 * width}, Init::Zeros});
    specs.push_back({block + "down.weight", {4 * width, width}, Init::Normal});
    specs.push_back({block + "down.bias", {width}, Init::Zeros});
  }
  addNorm("norm");
  specs.push_back({"head.weight", {width, config.vocabulary}, Init::Normal});
}

int64_t Model::numParameters() const {
  int64_t total = 0;
  for (const ParameterSpec &spec : specs) {
    int64_t size = 1;
    for (int32_t dim : spec.shape)
      size *= dim;
    total += size;
  }
  return total;
}

std::vector<mx::array> Model::initialise(uint64_t seed) const {
  constexpr float deviation = 0.02f;
  mx::array keys = mx::random::split(mx::random::key(seed), int(specs.size()));
  std::vector<mx::array> parameters;
  for (size_t i = 0; i < specs.size(); ++i) {
    const ParameterSpec &spec = specs[i];
    switch (spec.init) {
    case Init::Normal:
      parameters.push_back(mx::random::normal(spec.shape, 0.0f, deviation, mx::take(keys, int(i), 0)));
      break;
    case Init::Zeros:
      parameters.push_back(mx::zeros(spec.shape));
      break;
    case Init::Ones:
      parameters.push_back(mx::ones(spec.shape));
      break;
    }
  }
  mx::eval(parameters);
  return parameters;
}

mx::array Model::logits(const std::vector<mx::array> &parameters, const mx::array &tokens,
                        const std::optional<mx::array> &key) const {
  return Forward(settings, parameters, key).run(tokens);
}

mx::array Model::loss(const std::vector<mx::array> &parameters, const mx::array &tokens, const mx::array &targets,
                      const std::optional<mx::array> &key) const {
  return mx::mean(mx::nn::cross_entropy(logits(parameters, tokens, key), targets));
}
