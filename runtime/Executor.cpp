// The processor's way of running a program: step after step, each spread over the pool.
#include "runtime/BoundCall.h"

namespace mx::rt {

Status run(const Program &program, const RunArgs &args) {
  BoundCall call(program, args);
  if (Status s = call.bind(); !s)
    return s;
  for (const Step &step : program.steps)
    if (Status s = call.runOnHost(step); !s) [[unlikely]] {
      call.dropOutputs();
      return s;
    }
  return {};
}

Status bindOutputs(const Program &program, const RunArgs &args) { return BoundCall(program, args).bind(); }

} // namespace mx::rt
