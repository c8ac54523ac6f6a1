// Blocking of a matmul kernel: the facts a heuristic looks at, the config it returns. A config changes speed and
// scratch, never a bit of the result: every result element is one chain over k whatever the tiles are.
#pragma once

#include "ir/shape/Dim.h"

#include <cstdint>

namespace mx::codegen {

/// What the matmul heuristic has to know about the processor.
struct MatmulTarget {
  /// Architectural vector registers: 32 (AVX-512) or 16.
  int vectorRegisters = 32;
  /// Width of one vector register: 512, 256 or 128.
  int vectorBits = 512;
  int64_t l1Bytes = 32 << 10;
  int64_t l2Bytes = 1 << 20;
  /// Threads that will share the units.
  int threads = 1;
  /// Fused multiply-add is one instruction.
  bool fma = true;
};

/// What is known about one operand before any code exists.
struct MatmulOperandTraits {
  /// The dim (0 rows, 1 columns) along which memory has unit stride; -1 for neither.
  int contiguousDim = 1;
  /// True when a load is one memory access, without conversion or fused producer: cheap enough to repeat.
  bool plain = true;
};

/// One `[batch, M, K] @ [batch, K, N]`, sizes constant or symbolic.
struct MatmulProblem {
  ir::Dim batch, M, N, K;
  MatmulOperandTraits lhs, rhs;
  /// Size of an accumulator: 4 (f32) or 8 (f64).
  int accumulatorBytes = 4;
  /// Rough number of operations of the epilogue per element; a bare store is 0.
  int epilogueOps = 0;
};

/// Where the inner loop reads an operand from.
enum class MatmulPacking : uint8_t {
  /// The operand itself.
  Direct,
  /// A block packed into the thread's scratch by the unit that uses it.
  Local,
  /// Panels packed by all threads into shared scratch by an entry that runs before.
  Shared,
};

/// The schedule of one matmul kernel.
struct MatmulConfig {
  /// Elements of one virtual vector: 16 for f32 with AVX-512 (one register) and AVX2 (two), 8 otherwise.
  int lanes = 16;
  /// The register tile: `tileRows` rows of `tileVectors` vectors.
  int tileRows = 14;
  int tileVectors = 2;
  /// Length of a k block. When K is longer, partial sums wait in the thread's scratch.
  int64_t kBlock = 512;
  /// Work unit in register tiles: rows and columns of them.
  int64_t unitRowTiles = 8;
  int64_t unitColTiles = 8;
  MatmulPacking lhs = MatmulPacking::Local;
  MatmulPacking rhs = MatmulPacking::Shared;
  /// Inner tile loop runs down the rows (a panel of columns stays in L1) or along the columns.
  bool rowTilesInner = true;
  /// Products and sums round once (fused multiply-add) or, on processors without it, twice.
  bool fma = true;
  /// Full tiles store from registers: the epilogue is emitted once per vector of the tile.
  bool inlineEpilogue = true;

  int tileCols() const { return lanes * tileVectors; }
  bool operator==(const MatmulConfig &) const = default;
};

/// Picks a schedule. Pure: the same problem and target give the same config.
MatmulConfig chooseMatmulConfig(const MatmulProblem &problem, const MatmulTarget &target);

} // namespace mx::codegen
