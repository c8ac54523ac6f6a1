#include "frontend/trace/Tracing.h"

namespace mx::trace {

thread_local int TracingScope::depth = 0;

} // namespace mx::trace
