// Index operands of gather and scatter under vmap.
#pragma once

#include "frontend/rules/Rules.h"

namespace mx::rules {

/// The index operands of a gather or scatter, mapped ones with the batch in front of `rank` axes.
struct BatchedIndices {
  /// Operands `first` and on are indices.
  BatchedIndices(const VmapArgs &op, int first);
  /// The index of each element in the batch, for operands whose axis 0 is the batch.
  array ofBatch(int32_t batch) const;

  std::vector<array> arrays;
  /// Rank that the unbatched indices broadcast to.
  int rank = 0;
  /// True when some index array is mapped.
  bool mapped = false;
};

} // namespace mx::rules
