// A character-level GPT: token and position embedding, pre-norm blocks of causal attention and a tanh-GELU MLP, final
// norm and head. Parameters live outside, as a list in the order of `parameters()`, so that one compiled function can
// take them, return them and own their memory.
#pragma once

#include "mx/mx.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace char_gpt {

struct ModelConfig {
  int vocabulary = 0;
  int width = 128;
  int heads = 4;
  int blocks = 4;
  int context = 128;
  float dropout = 0;
};

/// How a parameter starts.
enum class Init { Normal, Zeros, Ones };

struct ParameterSpec {
  std::string name;
  mx::Shape shape;
  Init init;
};

class Model {
public:
  explicit Model(ModelConfig config);

  const ModelConfig &config() const { return settings; }
  /// Every parameter, in the order in which the functions below take them. Weights are (inputs, outputs).
  const std::vector<ParameterSpec> &parameters() const { return specs; }
  int64_t numParameters() const;
  /// Weights from normal(0, 0.02), biases 0, norms 1.
  std::vector<mx::array> initialise(uint64_t seed) const;

  /// Logits (windows, length, vocabulary) of the character that follows each position of tokens (windows, length).
  /// `key` is needed when the model has dropout and this is training; without one nothing is dropped.
  mx::array logits(const std::vector<mx::array> &parameters, const mx::array &tokens,
                   const std::optional<mx::array> &key = std::nullopt) const;
  /// Mean cross-entropy in nats per character.
  mx::array loss(const std::vector<mx::array> &parameters, const mx::array &tokens, const mx::array &targets,
                 const std::optional<mx::array> &key = std::nullopt) const;

private:
  ModelConfig settings;
  std::vector<ParameterSpec> specs;
};

} // namespace char_gpt
