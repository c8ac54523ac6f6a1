// A traced graph as data: which ops, on which values, with which attributes. Replaying builds lazy nodes over other
// inputs; their shapes follow from the ops' own rules, so only attributes that hold sizes tie a recording to the
// sizes it was traced with.
#pragma once

#include "frontend/eval/Trace.h"

namespace mx::graph {

/// Independent of the nodes it was made from; replayed by several threads at once.
class Recording {
public:
  /// Records `trace`. The caller holds graphMutex.
  explicit Recording(const Trace &trace);

  /// True when an op carries sizes or offsets: the function may have made them from the sizes of its inputs.
  bool holdsSizes() const;
  /// The outputs of the trace over `inputs`, one for each of the trace's, in order. Lazy, on the default streams of the ops' devices.
  /// Throws what the ops do on inputs that do not fit.
  std::vector<array> replay(std::span<const array> inputs) const;

private:
  struct Op {
    ir::OpKind kind;
    uint32_t number;
    void *source;
    Device device;
    ir::Attrs attrs;
    SmallVector<uint32_t, 3> operands;
  };

  size_t numValues;
  std::vector<uint32_t> inputs, outputs;
  std::vector<Op> ops;
};

} // namespace mx::graph
