// The command line of char_gpt.
#pragma once

#include "mx/device.h"

#include <cstdint>
#include <optional>
#include <string>

namespace char_gpt {

struct Options {
  std::string text = "/usr/share/common-licenses";
  std::string checkpoint = "char_gpt.safetensors"; ///< written at the end and every 100 steps
  std::optional<std::string> resume;
  // Without a value: what the resumed checkpoint says, else the default.
  std::optional<int64_t> steps;
  std::optional<uint64_t> seed;
  std::optional<float> dropout;
  std::optional<int64_t> stopAfter; ///< ends the run after this many steps of the schedule
  mx::Device device{mx::Device::cpu};
  std::optional<std::string> losses; ///< file that gets a line per step
  bool help = false;
};

/// Throws std::invalid_argument that names the argument.
Options parseOptions(int argc, char **argv);

/// What --help prints.
extern const char *const usage;

} // namespace char_gpt
