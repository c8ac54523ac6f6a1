// Reverse and forward mode over the trace. Cotangents and tangents that are zero are not there: std::nullopt stands
// for them until somebody needs the zeros.
#pragma once

#include "frontend/trace/Node.h"

#include <optional>
#include <vector>

namespace mx::transforms {

/// What differentiation propagates for a value; none is zero.
using MaybeArray = std::optional<array>;

/// Fresh inputs for tracing: the same values, without history, flagged as tracers.
std::vector<array> traceInputs(const std::vector<array> &primals);

/// Cotangents of `inputs` (made by traceInputs) from those of `outputs`, with the inputs' shapes and dtypes.
std::vector<MaybeArray> pullBack(const std::vector<array> &inputs, const std::vector<array> &outputs,
                                 std::vector<MaybeArray> cotangents);
/// Tangents of `outputs` from those of `inputs`, with the outputs' shapes and dtypes.
std::vector<MaybeArray> pushForward(const std::vector<array> &inputs, const std::vector<array> &outputs,
                                    std::vector<MaybeArray> tangents);

} // namespace mx::transforms
