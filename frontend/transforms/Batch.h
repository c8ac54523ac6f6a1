// Mapping a function over a batch.
#pragma once

#include "mx/transforms.h"

namespace mx::transforms {

/// The axis of something that is not mapped.
inline constexpr int kUnmapped = -1;

/// Outputs of a mapped function: the mapped ones have the batch as axis 0, the others depend on no mapped input.
struct Batched {
  std::vector<array> outputs;
  std::vector<char> mapped;
};
/// Calls `fun` once for unbatched arguments and replays its graph on the batch. `axes` has the mapped axis of each
/// input, or kUnmapped; the mapped ones have size `batch`.
Batched mapOver(const ArraysFn &fun, const std::vector<array> &inputs, const std::vector<int> &axes, int32_t batch);
/// `a` repeated `batch` times along a new axis 0.
array repeatAlongBatch(const array &a, int32_t batch);

} // namespace mx::transforms
