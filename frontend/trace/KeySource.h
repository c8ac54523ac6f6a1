// Where implicit random draws get their keys from while a function is traced for compilation. Without a
// source on the thread they come from the process-wide random::KeySequence.
#pragma once

#include "frontend/include/mx/array.h"

namespace mx::graph {

/// A supply of keys. A compiled function makes one that derives keys from a hidden input, and at every call
/// binds that input to the state of the process-wide sequence and then advances the sequence by the number of
/// draws (see random::detail in frontend/lib/KeySequence.h), so that a call draws what the same code run
/// eagerly would.
class KeySource {
public:
  virtual ~KeySource() = default;
  /// The key of the next implicit draw: uint32 of shape {2}.
  virtual array next() = 0;
};

/// The source of this thread; null outside a trace.
extern thread_local KeySource *currentKeySource;

/// Makes `source` the thread's source for a scope; null restores the process-wide sequence inside a trace.
class KeySourceScope {
public:
  explicit KeySourceScope(KeySource *source) noexcept : outer(currentKeySource) { currentKeySource = source; }
  ~KeySourceScope() { currentKeySource = outer; }
  KeySourceScope(const KeySourceScope &) = delete;
  KeySourceScope &operator=(const KeySourceScope &) = delete;

private:
  KeySource *outer;
};

} // namespace mx::graph
