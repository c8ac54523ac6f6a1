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
  mlir::Value load(Emitter &e, mlir::Value memory, const Index &linear, mlir::Value mask, int depth) override;
  void store(Emitter &e, mlir::Value memory, const Index &linear, mlir::Value v) override;

private:
  friend class PairedLoads;
  mlir::Value loadFromPair(Emitter &e, mlir::Value memory, const Index &linear, int depth);
  bool pairs = false;
};

/// While it lives, aligned pairs of runs of 32-bit elements are loaded at once, as four words of 64 bits: for code that
/// reads both of each pair, on devices that pay by the load.
class PairedLoads {
public:
  PairedLoads(Emitter &e, bool wanted) : memory(static_cast<GpuLaneMemory &>(*e.laneMemory)), outer(memory.pairs) { memory.pairs = wanted; }
  ~PairedLoads() { memory.pairs = outer; }
  PairedLoads(const PairedLoads &) = delete;
  PairedLoads &operator=(const PairedLoads &) = delete;

private:
  GpuLaneMemory &memory;
  const bool outer;
};

} // namespace mx::codegen
