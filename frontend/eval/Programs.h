// Programs by trace key: bounded, shared by threads. Compiling is behind a function of frontend/compile, so that
// nothing here sees MLIR. A miss only imports the trace; whoever first needs the program compiles it.
#pragma once

#include "frontend/eval/Trace.h"
#include "runtime/Device.h"

#include <functional>
#include <memory>

namespace mx::graph {

using ProgramPtr = std::shared_ptr<const rt::CompiledProgram>;
/// Compiles what was imported. Called once, by any thread.
using ProgramMaker = std::function<rt::Result<ProgramPtr>()>;

/// Copies of a trace what compiling for `device` takes; defined in frontend/compile. The program's inputs, symbols and
/// outputs are the trace's, in order. `byAddress`: operands may be larger than what the device can bind. The caller holds
/// graphMutex.
ProgramMaker importProgram(const Trace &trace, std::string_view name, rt::Device &device, bool byAddress);

/// A program that is compiled when it is first asked for.
class LazyProgram {
public:
  LazyProgram(ProgramMaker make, rt::Device &device) : device(device), make(std::move(make)) {}
  /// Where it runs.
  rt::Device &device;
  /// The program. The first caller compiles it, others wait for that; how it ended is the same for all.
  rt::Result<ProgramPtr> get();
  /// True when compiling failed.
  bool failed() const { return state.load(std::memory_order_acquire) == State::Failed; }

private:
  enum class State : uint8_t { Imported, Compiled, Failed };
  std::atomic<State> state{State::Imported};
  std::mutex compiling;
  ProgramMaker make;
  ProgramPtr program;
  rt::Error error{};
};
using LazyProgramPtr = std::shared_ptr<LazyProgram>;

/// The program of a trace on `device`, imported unless one is cached. The caller holds graphMutex.
LazyProgramPtr programFor(const Trace &trace, std::string_view name, rt::Device &device);

/// Number of programs held, for tests.
size_t cachedPrograms();

} // namespace mx::graph
