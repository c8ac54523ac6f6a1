// Lanes of an invocation in storage buffers. A buffer is an array of elements and, by a second variable on the same
// binding, one of vectors: SPIR-V has no loads of other alignments.
#pragma once

#include "codegen/lowering/Emitter.h"

namespace mx::codegen {

/// Elements that an invocation works on at a time where it works on several: SPIR-V's widest vector.
inline constexpr int64_t kGpuLanes = 4;

/// Aligned runs of elements move as vectors of up to 16 bytes, everything else one element after the other.
class GpuLaneMemory : public LaneMemory {
public:
  /// Aligned pairs of runs of 32-bit elements are loaded at once, as four words of 64 bits: for who reads both of each
  /// pair. A device that runs invocations one after the other pays by the load.
  bool pairs = false;

  mlir::Value load(Emitter &e, mlir::Value memory, const Index &linear, mlir::Value mask, int depth) override;
  void store(Emitter &e, mlir::Value memory, const Index &linear, mlir::Value v) override;

private:
  mlir::Value loadFromPair(Emitter &e, mlir::Value memory, const Index &linear, int depth);
};

} // namespace mx::codegen
