// The handwritten digits of examples/data, and a classifier's training on them.
#pragma once

#include "examples/common/Training.h"

namespace examples {

/// Pixels (n, 64), float32 from 0 to 1, and the digits (n), int32.
struct Digits {
  mx::array images, labels;
};

/// The data in its two parts. Throws FileError when it cannot be read.
struct DigitData {
  static DigitData load(const std::string &path);
  Digits training, heldOut;
};

/// (parameters, images) -> scores (n, 10).
using Classifier = std::function<mx::array(const Arrays &, const mx::array &)>;

/// Trains on shuffled batches, prints the loss of each fifth epoch, and returns the fraction of held-out digits it gets right.
float trainOnDigits(const DigitData &data, const Classifier &scores, Arrays parameters, float rate, int epochs);

} // namespace examples
