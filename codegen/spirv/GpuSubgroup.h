// Invocations of one subgroup that work together and pass values round by shuffles, without a barrier.
#pragma once

#include "codegen/lowering/Emitter.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mx::codegen {

/// `size` neighbouring invocations, a power of two, of a subgroup.
struct SubgroupPart {
  /// Invocations of the subgroup and of the part.
  int64_t subgroup, size;
  /// The invocation's number in its part; the first of the part in the subgroup.
  Index member = {}, firstLane = {};

  /// Begins an entry: which of its workgroup's parts the invocation belongs to.
  Index start(Emitter &e, int64_t workgroup);
  /// The scalar `v` of another invocation, whatever its width.
  mlir::Value shuffled(Emitter &e, mlir::Value v, mlir::gpu::ShuffleMode mode, mlir::Value offset) const;
  /// That of the part's member `number`.
  mlir::Value ofMember(Emitter &e, mlir::Value v, int64_t number) const;
};

} // namespace mx::codegen
