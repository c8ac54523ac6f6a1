// Packing of operand panels. An operand whose panel dim is contiguous is copied; one that is contiguous along k is
// transposed square by square in registers. Positions past the operand's edge are filled with whatever is cheap:
// the tiles they feed are never stored.
#include "codegen/kernels/MatmulEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mx::codegen::matmul {

using namespace mlir;

void Emitter::packPanels(Side side, Value batch, KRange k, Value first, Value count, Panels target) {
  const MatmulOperandTraits &traits = side == Side::Lhs ? plan.problem.lhs : plan.problem.rhs;
  const int kDim = side == Side::Lhs ? 1 : 0;
  loop(ix.constant(0), count, 1, [&](Value panel) {
    Value position = ix.mul(ix.add(first, panel), layout(side).width);
    Panels slot{target.memref, ix.add(target.offset, ix.mul(panel, side == Side::Lhs ? lhsStride : rhsStride))};
    if (traits.contiguousDim == kDim)
      transposePanel(side, batch, k, position, slot);
    else
      copyPanel(side, batch, k, position, slot);
  });
}

void Emitter::copyPanel(Side side, Value batch, KRange k, Value position, Panels target) {
  const PanelLayout &panel = layout(side);
  const int64_t span = int64_t(panel.vectors()) * panel.lanes;
  auto copy = [&](bool inside) {
    SmallVector<Value> starts, valid;
    for (int v = 0; v < panel.vectors(); ++v) {
      starts.push_back(ix.add(position, int64_t(v) * panel.lanes));
      valid.push_back(inside ? Value() : clipLanes(starts.back(), extent(side)));
    }
    loop(ix.constant(0), k.length, 1, [&](Value step) {
      Value row = ix.add(target.offset, ix.mul(step, panel.width));
      // Last vector first, k upwards: what overhangs is overwritten by the elements that belong there.
      for (int v = panel.vectors() - 1; v >= 0; --v) {
        Value element = load(side, batch, starts[v], ix.add(k.start, step), /*alongK=*/false, panel.lanes, valid[v]);
        b.create<vector::StoreOp>(loc, element, target.memref, ix.add(row, int64_t(v) * panel.lanes));
      }
    });
  };
  if (panelsAreFull(side) && panel.overhang() == 0)
    return copy(true);
  branch(ix.lessEqual(ix.add(position, span), extent(side)), [&] { copy(true); }, [&] { copy(false); });
}

void Emitter::transposePanel(Side side, Value batch, KRange k, Value position, Panels target) {
  const PanelLayout &panel = layout(side);
  const int lanes = panel.lanes;
  auto staticK = constantOf(K);
  const bool kIsFull = staticK && *staticK % lanes == 0;
  Value last = ix.sub(extent(side), ix.constant(1));
  Value kEnd = ix.add(k.start, k.length);
  Value zero = b.create<arith::ConstantOp>(loc, b.getZeroAttr(vectorType));
  loop(ix.constant(0), k.length, lanes, [&](Value step) {
    Value start = ix.add(k.start, step);
    Value valid = kIsFull ? Value() : clipLanes(start, kEnd);
    Value origin = ix.add(target.offset, ix.mul(step, panel.width));
    // The order of vectors is copyPanel's, for the same reason.
    for (int v = panel.vectors() - 1; v >= 0; --v) {
      SmallVector<Value> rows(lanes, zero);
      const int used = std::min(lanes, panel.width - v * lanes);
      for (int i = 0; i < used; ++i) {
        Value at = ix.add(position, int64_t(v) * lanes + i);
        if (!panelsAreFull(side))
          at = ix.min(at, last);
        rows[i] = load(side, batch, at, start, /*alongK=*/true, lanes, valid);
      }
      rows = transposeSquare(std::move(rows));
      for (int i = 0; i < lanes; ++i)
        b.create<vector::StoreOp>(loc, rows[i], target.memref,
                                  ix.add(origin, int64_t(i) * panel.width + int64_t(v) * lanes));
    }
  });
}

SmallVector<Value> Emitter::transposeSquare(SmallVector<Value> rows) {
  // Every shuffle is one x86 instruction: unpacks inside 128-bit quarters, then moves of whole quarters.
  const int lanes = int(rows.size());
  const int quarter = 128 / int(vectorType.getElementTypeBitWidth());
  auto shuffle = [&](Value x, Value y, ArrayRef<int64_t> mask) -> Value {
    return b.create<vector::ShuffleOp>(loc, x, y, mask);
  };
  // Squares of `quarter` rows, transposed inside each quarter: chunks of `grain` elements interleave.
  for (int grain = 1; grain < quarter; grain *= 2) {
    SmallVector<int64_t> low, high;
    for (int base = 0; base < lanes; base += quarter)
      for (int chunk = 0; chunk < quarter / 2; chunk += grain)
        for (int source : {0, lanes})
          for (int i = 0; i < grain; ++i) {
            low.push_back(source + base + chunk + i);
            high.push_back(source + base + quarter / 2 + chunk + i);
          }
    SmallVector<Value> next(lanes);
    for (int base = 0; base < lanes; base += 2 * grain)
      for (int i = 0; i < grain; ++i) {
        // Outputs lie so that the next stage pairs neighbours again.
        next[base + 2 * i] = shuffle(rows[base + i], rows[base + grain + i], low);
        next[base + 2 * i + 1] = shuffle(rows[base + i], rows[base + grain + i], high);
      }
    rows = std::move(next);
  }
  // rows[g * quarter + c] holds in its quarter q rows g * quarter ... of column q * quarter + c: transpose (g, q).
  SmallVector<int64_t> even, odd;
  for (int source : {0, lanes})
    for (int q = 0; q < lanes; q += 2 * quarter)
      for (int i = 0; i < quarter; ++i) {
        even.push_back(source + q + i);
        odd.push_back(source + q + quarter + i);
      }
  const int groups = lanes / quarter;
  for (int width = 1; width < groups; width *= 2) {
    SmallVector<Value> next(lanes);
    for (int pair = 0; pair < groups / 2; ++pair)
      for (int c = 0; c < quarter; ++c) {
        Value x = rows[2 * pair * quarter + c], y = rows[(2 * pair + 1) * quarter + c];
        next[pair * quarter + c] = shuffle(x, y, even);
        next[(pair + groups / 2) * quarter + c] = shuffle(x, y, odd);
      }
    rows = std::move(next);
  }
  return rows;
}

void Emitter::emitPackEntry() {
  const bool packsLhs = config.lhs == MatmulPacking::Shared, packsRhs = config.rhs == MatmulPacking::Shared;
  auto emitSide = [&](Side side, Value unit) {
    Value tiles = side == Side::Lhs ? rowTiles : colTiles;
    Value group = ix.constant(packGroup(config, layout(side).width));
    Value groups = ix.ceilDiv(tiles, group);
    Value block = ix.floorDiv(unit, groups);
    Value first = ix.mul(ix.rem(unit, groups), group);
    Value batch = ix.floorDiv(block, kBlocks);
    KRange k = kRange(ix.rem(block, kBlocks));
    packPanels(side, batch, k, first, ix.min(group, ix.sub(tiles, first)),
               sharedPanels(side, batch, ix.rem(block, kBlocks), first));
  };
  loop(body.begin, body.end, 1, [&](Value unit) {
    if (packsLhs && packsRhs) {
      Value group = ix.constant(packGroup(config, lhsLayout.width));
      Value lhsUnits = ix.mul(ix.mul(batches, kBlocks), ix.ceilDiv(rowTiles, group));
      branch(ix.lessThan(unit, lhsUnits), [&] { emitSide(Side::Lhs, unit); },
             [&] { emitSide(Side::Rhs, ix.sub(unit, lhsUnits)); });
    } else {
      emitSide(packsLhs ? Side::Lhs : Side::Rhs, unit);
    }
  });
}

} // namespace mx::codegen::matmul
