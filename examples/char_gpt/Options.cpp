// Parsing of the command line; `--name value` and `--name=value` are the same.
#include "examples/char_gpt/Options.h"

#include <charconv>
#include <stdexcept>

using namespace char_gpt;

const char *const char_gpt::usage =
    R"(usage: char_gpt [--text FILE|DIR] [--steps N] [--seed S] [--dropout P] [--resume FILE] [--checkpoint FILE]
                [--stop-after N] [--device NAME] [--losses FILE]
  --text        text to learn: a file, or the regular files of a folder (default: /usr/share/common-licenses)
  --steps       length of the schedule (default: 600)
  --seed        of weights, batches, dropout and samples (default: 0)
  --dropout     probability, 0 to 1 without 1 (default: 0)
  --resume      continues a checkpoint bit for bit; takes steps, seed and dropout from it unless they are given
  --checkpoint  where to save (default: the resumed file, else char_gpt.safetensors)
  --stop-after  ends the run after N steps of the schedule, as an interrupt (Ctrl-C) does, and saves
  --device      where to compute: cpu (default), gpu, or automatic, which picks one for each program
  --losses      writes the loss of every step to a file, one line each
)";

namespace {

template <typename T> T parseNumber(const std::string &name, const std::string &text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument(name + " takes a number, not '" + text + "'");
  return value;
}

mx::Device parseDevice(const std::string &text) {
  if (text == "cpu")
    return mx::Device::cpu;
  if (text == "gpu")
    return mx::Device::gpu;
  if (text == "automatic")
    return mx::Device::automatic;
  throw std::invalid_argument("--device takes cpu, gpu or automatic, not '" + text + "'");
}

} // namespace

Options char_gpt::parseOptions(int argc, char **argv) {
  Options options;
  std::optional<std::string> checkpoint;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    if (name == "--help" || name == "-h") {
      options.help = true;
      continue;
    }
    std::optional<std::string> value;
    if (size_t equals = name.find('='); equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    auto take = [&]() -> std::string {
      if (value)
        return *value;
      if (i + 1 == argc)
        throw std::invalid_argument(name + " needs a value");
      return argv[++i];
    };
    if (name == "--text")
      options.text = take();
    else if (name == "--steps")
      options.steps = parseNumber<int64_t>(name, take());
    else if (name == "--seed")
      options.seed = parseNumber<uint64_t>(name, take());
    else if (name == "--dropout")
      options.dropout = parseNumber<float>(name, take());
    else if (name == "--resume")
      options.resume = take();
    else if (name == "--checkpoint")
      checkpoint = take();
    else if (name == "--stop-after")
      options.stopAfter = parseNumber<int64_t>(name, take());
    else if (name == "--device")
      options.device = parseDevice(take());
    else if (name == "--losses")
      options.losses = take();
    else
      throw std::invalid_argument("unknown option " + name + "; --help lists them");
  }
  if (options.steps && *options.steps < 1)
    throw std::invalid_argument("--steps must be at least 1, not " + std::to_string(*options.steps));
  if (options.stopAfter && *options.stopAfter < 1)
    throw std::invalid_argument("--stop-after must be at least 1, not " + std::to_string(*options.stopAfter));
  if (options.dropout && !(*options.dropout >= 0 && *options.dropout < 1))
    throw std::invalid_argument("--dropout must be in [0, 1), not " + std::to_string(*options.dropout));
  options.checkpoint = checkpoint ? *checkpoint : options.resume.value_or(options.checkpoint);
  return options;
}
