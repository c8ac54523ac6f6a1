// A compiled program as plain data: what the compiler hands to the runtime. Nothing here knows how the
// kernels came to be; the same object is filled by the compiler and from a program file.
#pragma once

#include "runtime/Buffer.h"
#include "runtime/KernelAbi.h"
#include "runtime/PlanCache.h"
#include "runtime/Shader.h"
#include "runtime/StepTimes.h"
#include "runtime/base/DType.h"
#include "runtime/base/SizeExpr.h"
#include "runtime/cpu/MachineCode.h"

#include <memory>
#include <string>
#include <vector>

namespace mx::rt {

/// One entry point of a kernel: machine code or a shader. A kernel with phases (pack, compute) has several.
struct KernelEntry {
  std::string name;
  mx_kernel fn = nullptr;
  std::shared_ptr<const Shader> shader;
  /// Bytes of private scratch the entry needs per thread.
  int64_t scratchBytes = 0;
};

/// Which buffer a kernel operand is.
struct BufferRef {
  enum Kind : uint8_t { Input, Output, Arena, Constant } kind;
  /// Into the list of that kind in the program.
  uint32_t index;
};

/// Bytes in the program's arena, alive from the first to the last step that touches them, inclusive.
struct ArenaSlot {
  SizeExpr bytes;
  uint32_t firstStep = 0, lastStep = 0;
  /// Byte offset when the plan is static; -1 when the executor has to plan for the call's sizes.
  int64_t offset = -1;
};

/// A result of the program.
struct OutputSpec {
  DType dtype;
  std::vector<SizeExpr> dims;
  SizeExpr bytes;
  /// Input whose buffer this output may take over when the caller donates it, -1 for none. The planner
  /// proved that in-place execution is safe.
  int32_t donor = -1;
};

/// An argument of the program.
struct InputSpec {
  DType dtype;
  std::vector<SizeExpr> dims;
};

/// Data that belongs to the program (captured or folded).
struct ConstantSpec {
  BufferPtr data;
  int64_t bytes = 0;
};

/// One parallel launch. Steps run in order; a step sees all that earlier steps wrote.
struct Step {
  KernelEntry entry;
  std::vector<BufferRef> buffers;
  /// Values for mx_args.scalars, evaluated over the call's symbols.
  std::vector<SizeExpr> scalars;
  /// Number of independent work units; of a shader, of workgroups.
  SizeExpr units;
  /// Rough cost of one unit in nanoseconds on one core; decides whether other threads are woken.
  SizeExpr unitCost;
  /// The step is launched so many times, each after all of the one before and told its number: what keeps loops of
  /// shaders short. Kernels of processors run once.
  SizeExpr passes = 1;
  /// At most so many loop iterations run in one invocation of a shader.
  SizeExpr loopIterations = 0;
};

/// What the memory plan achieved.
struct ArenaStats {
  /// Arena size, the same without reuse, and the largest sum of live slots: bytes, 0 when sizes are dynamic.
  int64_t planned = 0, withoutReuse = 0, maxLive = 0;
};

/// What the executor runs. Immutable once it is built; shared by threads.
struct CompiledProgram {
  std::string name;
  std::vector<InputSpec> inputs;
  std::vector<OutputSpec> outputs;
  std::vector<ArenaSlot> arena;
  std::vector<ConstantSpec> constants;
  std::vector<Step> steps;
  /// Symbols the caller passes to run: sizes and offsets.
  uint32_t numSymbols = 0;
  /// True when every size is a constant, so that offsets, units and costs are final.
  bool isStatic = true;
  /// Size of the arena of a static program.
  int64_t arenaBytes = 0;
  ArenaStats arenaStats;
  /// Keeps the machine code alive.
  std::vector<std::shared_ptr<const MachineCode>> code;
  /// Where the times of its steps go; null unless the program was dumped.
  std::shared_ptr<StepTimes> times;
  /// Arena layouts of a dynamic program, filled by the executor.
  PlanCache plans;
};

} // namespace mx::rt
