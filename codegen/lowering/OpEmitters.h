// How the ops that are functions of their index compute an element: one method per op, by family in
// Views.cpp, Creation.cpp and Indexing.cpp. The point arrives cut as the op's localCuts ask.
#pragma once

#include "codegen/lowering/Emitter.h"

namespace mx::codegen {

struct OpEmitters {
  Emitter &e;

  mlir::Value emit(mlir::Operation *op, const Point &p);

  // Views: the operand at another point.
  mlir::Value reshape(mlir::Operation *op, const Point &p);
  mlir::Value transpose(mlir::Operation *op, const Point &p);
  mlir::Value broadcastTo(mlir::Operation *op, const Point &p);
  mlir::Value slice(mlir::Operation *op, const Point &p);
  mlir::Value asStrided(mlir::Operation *op, const Point &p);
  mlir::Value view(mlir::Operation *op, const Point &p);
  // Creation.
  mlir::Value constant(mlir::Operation *op);
  mlir::Value iota(mlir::Operation *op, const Point &p);
  mlir::Value size(mlir::Operation *op);
  mlir::Value randomBits(mlir::Operation *op, const Point &p);
  // Indexing.
  mlir::Value concatenate(mlir::Operation *op, const Point &p);
  mlir::Value pad(mlir::Operation *op, const Point &p);
  mlir::Value sliceUpdate(mlir::Operation *op, const Point &p);
  mlir::Value gather(mlir::Operation *op, const Point &p);
  mlir::Value takeAlongAxis(mlir::Operation *op, const Point &p);

  // Shared pieces.
  /// An index, or one per lane, as a number of the op's dtype.
  mlir::Value asNumber(mlir::Operation *op, mlir::Value index);
  /// What an op reads from an index tensor, for an axis of `size`: the entry at `p`, which is legal when it lies in
  /// [0, room) once negative ones have been counted from the end.
  struct IndexRead {
    mlir::Operation *op;
    mlir::Value indices;
    Point p;
    ir::Dim size, room;
  };
  /// The entry with negative ones wrapped; out of range it may be anything, and the kernel fails when it checks.
  Index wrappedIndex(const IndexRead &read);
  /// The same, clamped to [0, room).
  Index clampedIndex(const IndexRead &read);
  /// Makes the kernel fail where `wrapped` is out of range; `entry` is as the program gave it.
  void failOutside(const IndexRead &read, const Index &entry, const Index &wrapped);
  /// `i` clamped to [0, last], unless it runs along the lanes and a mask keeps it inside.
  Index legal(const Index &i, const Index &last);
  /// condition ? a : b, on scalars or lanes; a null condition is true.
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value both(mlir::Value a, mlir::Value b);
};

} // namespace mx::codegen
