// State of TracingScope, one per thread.
#include "frontend/trace/Tracing.h"

namespace mx::graph {

thread_local int TracingScope::depth = 0;
thread_local int64_t TracingScope::barriers = 0;

} // namespace mx::graph
