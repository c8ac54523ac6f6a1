// Whether this thread is inside a transformation's trace. Nodes flagged as tracers keep their inputs when evaluated
// only while it is: afterwards the graph is free to go, or a training loop would hold its whole history.
#pragma once

namespace mx::trace {

/// Open while a transformation traces a function and walks the result.
class TracingScope {
public:
  TracingScope() noexcept { ++depth; }
  ~TracingScope() { --depth; }
  TracingScope(const TracingScope &) = delete;
  TracingScope &operator=(const TracingScope &) = delete;

  /// True while a scope is open on this thread.
  static bool active() noexcept { return depth != 0; }

private:
  static thread_local int depth;
};

} // namespace mx::trace
