// Where in a tensor: coordinates on groups of neighbouring axes. A group of axes that nothing splits is one
// linear index, so contiguous work needs no division, and reshapes cost nothing.
#pragma once

#include "codegen/lowering/Indices.h"

#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/SmallVector.h"

namespace mx::codegen {

/// The linear index within axes [first, first + count) of a shape, row-major.
struct Coord {
  unsigned first, count;
  Index index;
};

/// One coordinate per group, groups in order, together covering every axis. A rank-0 tensor has none.
struct Point {
  llvm::SmallVector<Coord, 4> coords;
};

/// Boundaries between axes: bit i set means axes i-1 and i lie in different groups. Bits 0 and rank are not used.
using Cuts = llvm::SmallBitVector;

/// The axis groups that `cuts` leaves of a shape of this rank, as (first, count).
llvm::SmallVector<std::pair<unsigned, unsigned>> groupsOf(unsigned rank, const Cuts &cuts);
/// Product of the sizes of axes [first, first + count).
ir::Dim groupSize(const ir::Dims &dims, unsigned first, unsigned count);

/// Axis pairs (i, j) where the axes from i on of `a` and from j on of `b` hold the same number of elements: where a
/// reshape between the two can be cut. Starts with (0, 0), ends with the ranks.
llvm::SmallVector<std::pair<unsigned, unsigned>> commonBoundaries(const ir::Dims &a, const ir::Dims &b);

} // namespace mx::codegen
