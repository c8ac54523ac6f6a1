// Reading text and cutting windows from it.
#include "examples/char_gpt/Data.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

using namespace char_gpt;
namespace fs = std::filesystem;

namespace {

std::string readFile(const fs::path &path) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    throw std::runtime_error("cannot read " + path.string());
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// The file itself, or the regular files of the folder sorted by name. Links are not followed: they would repeat text.
std::vector<fs::path> filesOf(const fs::path &path) {
  if (!fs::exists(path))
    throw std::runtime_error("no such file or folder: " + path.string());
  if (!fs::is_directory(path))
    return {path};
  std::vector<fs::path> found;
  for (const fs::directory_entry &entry : fs::directory_iterator(path))
    if (fs::is_regular_file(entry.symlink_status()))
      found.push_back(entry.path());
  std::sort(found.begin(), found.end(),
            [](const fs::path &a, const fs::path &b) { return a.filename().native() < b.filename().native(); });
  return found;
}

} // namespace

uint64_t char_gpt::mix(uint64_t seed, uint64_t counter) {
  uint64_t z = seed + (counter + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::string char_gpt::toUtf8(int32_t codePoint) {
  if (codePoint < 0x80)
    return std::string(1, char(codePoint));
  // Latin-1 has nothing past two bytes.
  return {char(0xc0 | (codePoint >> 6)), char(0x80 | (codePoint & 0x3f))};
}

Text Text::load(const std::string &path, int length) {
  Text text;
  std::string bytes;
  for (const fs::path &file : filesOf(path)) {
    bytes += readFile(file);
    ++text.files;
  }
  text.cut = bytes.size() * 9 / 10;
  if (bytes.size() - text.cut <= size_t(length))
    throw std::runtime_error(path + " has " + std::to_string(bytes.size()) + " characters; its last tenth must hold " +
                             std::to_string(length + 1));

  std::array<int32_t, 256> number{};
  for (unsigned char c : bytes)
    number[c] = 1;
  for (int c = 0; c < 256; ++c)
    if (number[c]) {
      number[c] = int32_t(text.codePoints.size());
      text.codePoints.push_back(c);
    }
  text.characters.reserve(bytes.size());
  for (unsigned char c : bytes)
    text.characters.push_back(number[c]);
  return text;
}

Batch Text::windowsAt(const std::vector<size_t> &starts, int length) const {
  std::vector<int32_t> inputs, targets;
  inputs.reserve(starts.size() * length);
  targets.reserve(starts.size() * length);
  for (size_t start : starts) {
    auto first = characters.begin() + start;
    inputs.insert(inputs.end(), first, first + length);
    targets.insert(targets.end(), first + 1, first + 1 + length);
  }
  mx::Shape shape{int32_t(starts.size()), length};
  return {mx::array(inputs.begin(), shape), mx::array(targets.begin(), shape)};
}

Batch Text::trainingBatch(uint64_t seed, int64_t step, int windows, int length) const {
  std::vector<size_t> starts(windows);
  for (int i = 0; i < windows; ++i)
    starts[i] = mix(seed, uint64_t(step) * windows + i) % (cut - length);
  return windowsAt(starts, length);
}

int64_t Text::numHeldOutWindows(int length) const { return int64_t(heldOutSize() - 1) / length; }

Batch Text::heldOutBatch(int64_t first, int count, int length) const {
  std::vector<size_t> starts(count);
  for (int i = 0; i < count; ++i)
    starts[i] = cut + size_t(first + i) * length;
  return windowsAt(starts, length);
}
