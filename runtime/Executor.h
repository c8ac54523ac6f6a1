// Runs programs: binds buffers, evaluates size expressions, plans the arena of dynamic programs and
// submits the steps.
#pragma once

#include "runtime/Buffer.h"
#include "runtime/Program.h"
#include "runtime/base/Status.h"

#include <span>

namespace mx::rt {

/// What a call brings. `inputs[i]` points at the first element of input i.
struct RunArgs {
  std::span<void *const> inputs;
  std::span<const int64_t> symbols;
  /// donated[i] (may be null; the span may be empty): the buffer of input i, which nobody else holds and whose
  /// contents the call may overwrite. Taken over buffers are moved out of here.
  std::span<BufferPtr> donated;
  /// One per output of the program; null entries are allocated by the executor, others are written to.
  std::span<BufferPtr> outputs;
};

/// Runs `program` to completion on the calling thread and the pool. In a steady state nothing is allocated
/// from the system. Thread-safe: several calls of one program may run at once.
Status run(const Program &program, const RunArgs &args);

} // namespace mx::rt
