// State of the scopes, one per thread.
#include "frontend/trace/Tracing.h"

namespace mx::graph {

constinit thread_local int TracingScope::depth = 0;
constinit thread_local int64_t TracingScope::barriers = 0;
constinit thread_local uint64_t TracingScope::reads = 0;
constinit thread_local SizesSeen *AnySizesScope::current = nullptr;

} // namespace mx::graph
