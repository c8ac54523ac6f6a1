// Text as numbers: files, vocabulary, training batches and held-out windows. Which batch a step sees is a function
// of seed and step alone, so that a resumed run continues with the same data.
#pragma once

#include "mx/mx.h"

#include <cstdint>
#include <string>
#include <vector>

namespace char_gpt {

/// A batch of windows: inputs and the characters that follow them, int32 of shape (windows, length).
struct Batch {
  mx::array inputs, targets;
};

/// A text whose characters are numbered 0, 1, ... in the order of their code points; its last tenth is held out.
class Text {
public:
  /// Reads one file, or the regular files of a folder sorted by name, as latin-1. Throws std::runtime_error with the
  /// path when nothing can be read or there is too little text for windows of `length`.
  static Text load(const std::string &path, int length);

  /// Code point of each character number.
  const std::vector<int32_t> &vocabulary() const { return codePoints; }
  size_t size() const { return characters.size(); }
  size_t heldOutSize() const { return characters.size() - cut; }
  int numFiles() const { return files; }

  /// Random windows of the training part.
  Batch trainingBatch(uint64_t seed, int64_t step, int windows, int length) const;
  /// Number of windows of `length` that lie side by side in the held-out part.
  int64_t numHeldOutWindows(int length) const;
  /// The windows [first, first + count) of these.
  Batch heldOutBatch(int64_t first, int count, int length) const;

private:
  Batch windowsAt(const std::vector<size_t> &starts, int length) const;

  std::vector<int32_t> characters; ///< numbers, training part first
  std::vector<int32_t> codePoints;
  size_t cut = 0; ///< where the held-out part begins
  int files = 0;
};

/// A code point as UTF-8.
std::string toUtf8(int32_t codePoint);

/// Mixes a seed and a counter into 64 bits without pattern (the finaliser of splitmix64: Steele, Lea, Flood: Fast
/// Splittable Pseudorandom Number Generators, OOPSLA 2014).
uint64_t mix(uint64_t seed, uint64_t counter);

} // namespace char_gpt
