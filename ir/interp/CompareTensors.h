// Compares tensors: bit for bit, or within units in the last place. NaN equals NaN, and -0 differs from 0.
#pragma once

#include "ir/OpTable.h"
#include "ir/interp/Interpreter.h"

#include <string>

namespace mx::ir::interp {

/// How far floating-point results may lie from the interpreter's.
struct Tolerance {
  /// In units in the last place of the result's dtype.
  double ulps = 0;
  /// The units are those of the tensor's largest element: for sums, where terms cancel.
  bool ofLargest = false;
};

/// How far an element-wise op's results may lie from the interpreter's.
Tolerance toleranceOf(const OpRow &row);

/// The first element that is too far off, described; empty when all agree. `worst` grows to the largest error within bounds
/// that it meets, in the tolerance's units.
std::string firstDifference(const Tensor &actual, const Tensor &expected, Tolerance tolerance = {}, double *worst = nullptr);

} // namespace mx::ir::interp
