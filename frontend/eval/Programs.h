// Programs by trace key: bounded, shared by threads. Compiling is behind a function of frontend/compile, so that
// nothing here sees MLIR.
#pragma once

#include "frontend/eval/Trace.h"
#include "runtime/Program.h"

#include <memory>

namespace mx::graph {

using ProgramPtr = std::shared_ptr<const rt::Program>;

/// Compiles a trace; defined in frontend/compile. The program's inputs, symbols and outputs are the trace's, in order.
rt::Result<ProgramPtr> compileTrace(const Trace &trace, std::string_view name);

/// The program of a trace, compiled unless one with its key is cached.
rt::Result<ProgramPtr> programFor(const Trace &trace, std::string_view name);

/// Number of programs held, for tests.
size_t cachedPrograms();
void clearPrograms();

} // namespace mx::graph
