// Runs programs: binds buffers, evaluates size expressions, plans the arena of dynamic programs and
// submits the steps.
#pragma once

#include "runtime/Buffer.h"
#include "runtime/CompiledProgram.h"
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
  /// Null unless they are wanted: gets the nanoseconds of every step, -1 for one that had nothing to do. For runs to
  /// completion only.
  std::vector<int64_t> *stepNs = nullptr;
};

/// Runs `program` to completion on the calling thread and the pool. In a steady state nothing is allocated
/// from the system. Thread-safe: several calls of one program may run at once.
/// On failure outputs that the executor allocated or took over are null again; donated buffers stay with the caller
/// unless a kernel failed.
Status run(const CompiledProgram &program, const RunArgs &args);

/// What run does before its first step: checks the arguments and gives every output a buffer.
Status bindOutputs(const CompiledProgram &program, const RunArgs &args);

} // namespace mx::rt
