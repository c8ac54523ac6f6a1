// The non-temporal stream kernels as a side of a comparison: copy moves one array in and one out, add two in and one
// out. The floor of every memory-bound row.
#pragma once

#include "benchmarks/Harness.h"

#include <memory>

namespace mx::bench {

/// Elements of the arrays of element-wise rows: 4096 x 4096.
constexpr size_t streamFloats = size_t(4096) * 4096;

class StreamSide {
public:
  enum Kind { Copy, Add };
  /// `count` is a multiple of 256.
  StreamSide(Kind kind, size_t count, int threads);
  /// Refers to this object.
  Side side();
  /// Bytes one run moves.
  size_t bytes() const;

private:
  Kind kind;
  int threads;
  Buffer a, b, out;
  std::unique_ptr<Crew> crew;
};

} // namespace mx::bench
