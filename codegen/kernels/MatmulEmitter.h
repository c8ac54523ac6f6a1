// Shared state of the matmul emission: index arithmetic that folds, and the layout of packed panels. Private to
// the Matmul*.cpp files. Both operands pack the same way: a panel holds, for each k, `width` elements side by side.
#pragma once

#include "codegen/kernels/Matmul.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinTypes.h"

#include <optional>

namespace mx::codegen::matmul {

/// Which operand.
enum class Side : uint8_t { Lhs, Rhs };

inline int64_t roundUp(int64_t value, int64_t unit) { return (value + unit - 1) / unit * unit; }

/// Packed panels of one operand. Element (k, i) of panel p lies at p * stride(depth) + k * width + i.
struct PanelLayout {
  /// Rows of the left operand or columns of the right one in a panel.
  int width;
  int lanes;

  /// Vectors that cover one k of a panel; the last may overhang.
  int vectors() const { return int(roundUp(width, lanes)) / lanes; }
  /// Vectors are stored whole: the last one of a panel may write this many elements past it.
  int overhang() const { return vectors() * lanes - width; }
};

/// Panels start at multiples of this many elements, a cache line of f32.
constexpr int64_t kPanelAlignment = 16;

/// Emits index arithmetic at the builder's insertion point; constants and identities fold.
class IndexOps {
public:
  IndexOps(mlir::OpBuilder &builder, mlir::Location loc) : b(builder), loc(loc) {}

  mlir::Value constant(int64_t value);
  mlir::Value value(mlir::OpFoldResult size);
  mlir::Value add(mlir::Value x, mlir::Value y);
  mlir::Value add(mlir::Value x, int64_t y) { return add(x, constant(y)); }
  mlir::Value sub(mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::Value x, int64_t y) { return mul(x, constant(y)); }
  mlir::Value min(mlir::Value x, mlir::Value y);
  mlir::Value max(mlir::Value x, mlir::Value y);
  mlir::Value floorDiv(mlir::Value x, mlir::Value y);
  mlir::Value ceilDiv(mlir::Value x, mlir::Value y);
  mlir::Value rem(mlir::Value x, mlir::Value y);
  mlir::Value lessThan(mlir::Value x, mlir::Value y);
  mlir::Value lessEqual(mlir::Value x, mlir::Value y);
  mlir::Value equal(mlir::Value x, mlir::Value y);
  mlir::Value both(mlir::Value x, mlir::Value y);

  mlir::OpBuilder &b;
  mlir::Location loc;
};

/// The constant behind a size or an index value.
std::optional<int64_t> constantOf(mlir::Value value);

/// Panels one packing unit handles: about 64 KiB.
int64_t packGroup(const MatmulConfig &config, int panelWidth);

/// Emits the loops of one entry.
class Emitter {
public:
  Emitter(mlir::OpBuilder &builder, mlir::Location loc, const MatmulPlan &plan, const MatmulBody &body);

  void emitPackEntry();
  void emitComputeEntry();

private:
  using BodyFn = llvm::function_ref<void(mlir::Value)>;

  /// A k block.
  struct KRange {
    mlir::Value start, length;
  };

  /// Where packed panels begin.
  struct Panels {
    mlir::Value memref, offset;
  };

  /// for (i = begin; i < end; i += step) emit(i); a single iteration known at compile time gets no loop.
  void loop(mlir::Value begin, mlir::Value end, int64_t step, BodyFn emit);
  void branch(mlir::Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise);

  const PanelLayout &layout(Side side) const { return side == Side::Lhs ? lhsLayout : rhsLayout; }
  /// Rows of the left operand, columns of the right one.
  mlir::Value extent(Side side) const { return side == Side::Lhs ? M : N; }
  /// True when every panel lies inside the operand for all sizes.
  bool panelsAreFull(Side side) const;
  mlir::Value panelStride(const PanelLayout &panel, mlir::Value depth);
  KRange kRange(mlir::Value block);
  /// The panels of one (batch, k block) in shared scratch, from panel `first` on.
  Panels sharedPanels(Side side, mlir::Value batch, mlir::Value block, mlir::Value first);
  mlir::Value load(Side side, mlir::Value batch, mlir::Value position, mlir::Value k, bool alongK, int lanes,
                   mlir::Value valid);
  /// Lanes from `position` up to `extent`, at most one vector.
  mlir::Value clipLanes(mlir::Value position, mlir::Value extent);

  /// Packs panels [first, first + count) over one k block to `offset` of `memref`.
  void packPanels(Side side, mlir::Value batch, KRange k, mlir::Value first, mlir::Value count, Panels target);
  void copyPanel(Side side, mlir::Value batch, KRange k, mlir::Value position, Panels target);
  void transposePanel(Side side, mlir::Value batch, KRange k, mlir::Value position, Panels target);
  /// Transposes a square of vectors in registers.
  llvm::SmallVector<mlir::Value> transposeSquare(llvm::SmallVector<mlir::Value> rows);

  /// One register tile over one k block.
  struct Tile {
    mlir::Value batch, row, col;
    KRange k;
    Panels lhs, rhs;
    /// Offset of the tile's accumulators in thread scratch.
    mlir::Value partial;
    /// Whether this is the first and the last k block (i1).
    mlir::Value isFirst, isLast;
  };

  /// A unit's block of tiles, first to last k block.
  void emitUnit(mlir::Value unit);
  void emitTile(const Tile &tile);
  llvm::SmallVector<mlir::Value> loadPartials(const Tile &tile);
  void storePartials(const Tile &tile, mlir::ValueRange acc);
  /// The k loop.
  llvm::SmallVector<mlir::Value> accumulate(const Tile &tile, mlir::ValueRange init);
  /// Runs the epilogue on a tile that lies inside the result, straight from registers.
  void storeFromRegisters(const Tile &tile, mlir::ValueRange acc);
  /// Runs the epilogue on the part of a tile inside the result, from its spilled accumulators.
  void storeFromScratch(const Tile &tile);

  const MatmulPlan &plan;
  const MatmulConfig &config;
  const MatmulBody &body;
  IndexOps ix;
  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::VectorType vectorType;
  PanelLayout lhsLayout, rhsLayout;
  mlir::Value batches, M, N, K;
  mlir::Value rowTiles, colTiles, kBlocks;
  /// Elements between two packed panels.
  mlir::Value lhsStride, rhsStride;
};

} // namespace mx::codegen::matmul
