// Names of tensors: a parameter's own, `moment1.` and `moment2.` before it for its moments, and `vocabulary` for the
// code points. Numbers of the run are metadata; the float is kept by its bits.
#include "examples/char_gpt/Checkpoint.h"

#include <bit>
#include <charconv>
#include <stdexcept>

using namespace char_gpt;

namespace {

const char *const prefixes[] = {"", "moment1.", "moment2."};
constexpr const char *format = "mx.char_gpt.1";

template <typename T> T number(const mx::SafetensorsLoad &file, const std::string &path, const char *name) {
  auto found = file.second.find(name);
  T value{};
  if (found != file.second.end()) {
    const std::string &text = found->second;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size())
      return value;
  }
  throw std::runtime_error(path + ": no checkpoint of char_gpt: its metadata has no number `" + name + "`");
}

} // namespace

void char_gpt::saveCheckpoint(const std::string &path, const Trainer &trainer, const Model &model, const Text &text) {
  std::unordered_map<std::string, mx::array> tensors;
  auto value = trainer.state().begin();
  for (const char *prefix : prefixes)
    for (const ParameterSpec &spec : model.parameters())
      tensors.insert({prefix + spec.name, *value++});
  tensors.insert({"vocabulary", mx::array(text.vocabulary().begin(), {int32_t(text.vocabulary().size())})});
  mx::save_safetensors(path, tensors,
                       {{"format", format},
                        {"step", std::to_string(trainer.stepsDone())},
                        {"steps", std::to_string(trainer.config().totalSteps)},
                        {"seed", std::to_string(trainer.config().seed)},
                        {"dropout_bits", std::to_string(std::bit_cast<uint32_t>(model.config().dropout))}});
}

Checkpoint::Checkpoint(const std::string &path) : path(path), file(mx::load_safetensors(path)) {
  auto found = file.second.find("format");
  if (found == file.second.end() || found->second != format)
    throw std::runtime_error(path + ": no checkpoint of char_gpt: its metadata has no format " + format);
  run.stepsDone = number<int64_t>(file, path, "step");
  run.totalSteps = number<int64_t>(file, path, "steps");
  run.seed = number<uint64_t>(file, path, "seed");
  run.dropout = std::bit_cast<float>(number<uint32_t>(file, path, "dropout_bits"));
}

const mx::array &Checkpoint::tensor(const std::string &name) const {
  auto found = file.first.find(name);
  if (found == file.first.end())
    throw std::runtime_error(path + ": has no tensor `" + name + "`");
  return found->second;
}

std::vector<mx::array> Checkpoint::state(const Model &model, const Text &text) const {
  const mx::array &vocabulary = tensor("vocabulary");
  mx::array expected(text.vocabulary().begin(), {int32_t(text.vocabulary().size())});
  if (vocabulary.dtype() != mx::int32 || vocabulary.shape() != expected.shape() ||
      !mx::array_equal(vocabulary, expected).item<bool>())
    throw std::runtime_error(path + ": was trained on a text with other characters (" +
                             std::to_string(vocabulary.size()) + ", this one has " + std::to_string(expected.size()) +
                             "); give the same --text");
  std::vector<mx::array> state;
  for (const char *prefix : prefixes)
    for (const ParameterSpec &spec : model.parameters()) {
      const mx::array &value = tensor(prefix + spec.name);
      if (value.dtype() != mx::float32 || value.shape() != spec.shape)
        throw std::runtime_error(path + ": tensor `" + prefix + spec.name + "` is not of this model's shape");
      state.push_back(value);
    }
  return state;
}
