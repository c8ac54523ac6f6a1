// Which sizes of a function's inputs may differ from call to call, and what everything else is in terms of them. C++ code sees
// sizes as numbers, so it cannot be traced with symbols: it is traced at many sizes instead. Sizes are free when every trace
// does the same work, and every number in it follows from them. What one would get wrong: a function may choose by a size
// ("above 500 do this"), so traces at many other sizes are held against the answer, most where the function reads sizes itself.
#pragma once

#include "frontend/compile/TraceFunction.h"
#include "frontend/compile/SizeFit.h"
#include "runtime/base/Status.h"

#include <optional>
#include <string>
#include <vector>

namespace mx::graph {

struct FreeSizes {
  /// A size of the examples that every call has to have too.
  struct Fixed {
    int32_t size;
    std::string reason;
  };

  /// The shapes of the arguments. Each symbol stands alone as a size of some argument.
  std::vector<ir::Dims> arguments;
  /// By symbol: the smallest and the largest size that the trace is known to hold for.
  std::vector<int64_t> atLeast, atMost;
  /// The numbers and scalars of the trace (TraceContent). A scalar that follows from no size is captured.
  std::vector<ir::Dim> numbers;
  std::vector<std::optional<SizeFit::Scalar>> scalars;
  std::vector<Fixed> fixed;
};

/// Finds the free sizes: all sizes of the examples but 0 and 1, equal ones together, as far as the function allows. `call` is
/// the one with the examples' shapes. Fails when none is free, with the reason.
rt::Result<FreeSizes> findFreeSizes(TraceFunction &function, const TraceFunction::Call &call);

} // namespace mx::graph
