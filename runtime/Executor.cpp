// The processor's way of running a program: step after step, each spread over the pool.
#include "runtime/BoundCall.h"

#include "runtime/base/Trace.h"

namespace mx::rt {

Status run(const CompiledProgram &program, const RunArgs &args) {
  TraceSpan span("program", program.name);
  BoundCall call(program, args);
  if (Status s = call.bind(); !s)
    return s;
  for (const Step &step : program.steps)
    if (Status s = call.runOnHost(step); !s) [[unlikely]] {
      call.dropOutputs();
      return s;
    }
  call.tellTimes();
  return {};
}

Status bindOutputs(const CompiledProgram &program, const RunArgs &args) { return BoundCall(program, args).bind(); }

} // namespace mx::rt
