// The search for the first NaN. A program that is checked returns all its values of floating point in the order in which it
// computes them, so that the search needs nothing of kernels and is the same for every device.
#pragma once

#include "frontend/eval/Job.h"

namespace mx::graph {

/// Looks through the outputs of a job that has run: the first that has a NaN although nothing it was made from has one is
/// an error of kind invalidArgument that names op, element and line.
rt::Status findNan(const Job &job);

} // namespace mx::graph
