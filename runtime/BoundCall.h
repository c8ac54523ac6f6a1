// One call of a program on any device: the checked arguments, a buffer for every output, the arena, and what the
// operands of steps refer to. Nothing that can fail comes after the first donated buffer is taken, so that a failed
// call leaves its caller's buffers alone unless a kernel itself failed.
#pragma once

#include "runtime/Executor.h"
#include "runtime/base/InlineArray.h"

#include <optional>

namespace mx::rt {

/// What devices differ in when a call is bound.
struct BindOptions {
  /// The host runs the steps: what only a device has is brought to it first.
  bool onHost = true;
  /// Memory of the user's may be taken over when it is donated.
  bool takeForeignDonations = true;
  /// Smaller donations are not taken over.
  size_t smallestDonation = 0;
  /// An arena has so many bytes at least.
  size_t smallestArena = 0;
};

/// The program and the arguments outlive it.
class BoundCall {
public:
  BoundCall(const CompiledProgram &program, const RunArgs &args, const BindOptions &options = {})
      : program(program), args(args), options(options), outputBytes(program.outputs.size()) {
    if (program.times || args.stepNs) [[unlikely]]
      times.emplace(CallTimes{{args.symbols.begin(), args.symbols.end()}, std::vector<int64_t>(program.steps.size(), -1)});
  }

  /// Checks the arguments and gives all outputs their buffers.
  Status bind();
  /// Releases the outputs that bind made or took over: for a call that fails later.
  void dropOutputs() { dropOutputsBefore(program.outputs.size()); }

  /// The first byte of an operand.
  void *address(BufferRef ref) const {
    switch (ref.kind) {
    case BufferRef::Input: return args.inputs[ref.index];
    case BufferRef::Output: return args.outputs[ref.index]->data;
    case BufferRef::Constant: return program.constants[ref.index].data->data;
    case BufferRef::Arena: break;
    }
    if (!arena)
      return nullptr;
    int64_t offset = layout ? layout->offsets[ref.index] : program.arena[ref.index].offset;
    return static_cast<std::byte *>(arena->data) + offset;
  }
  /// The temporaries' memory, null when there is none: for a device that goes on with the call when this object is gone.
  BufferPtr takeArena() { return std::move(arena); }
  /// True when bind has allocated the output: its contents mean nothing yet.
  bool isFresh(size_t output) const { return outputBytes[output] >= 0; }
  /// How many bytes an operand has.
  int64_t bytes(BufferRef ref) const;

  /// Evaluates a step's units and scalars (one per scalar of the step). Fails when one leaves 63 bits.
  Status evaluate(const Step &step, int64_t &units, int64_t *scalars) const;
  /// Runs a step that has machine code, on the calling thread and the pool.
  Status runOnHost(const Step &step);
  /// To be called when all steps have run: hands their times to those who want them.
  void tellTimes() {
    if (times) [[unlikely]]
      tellWhoAsked();
  }
  /// A failure of this call: `[program] what`.
  [[gnu::noinline]] Error fault(ErrorCode code, std::string what) const;
  /// What a kernel's result other than MX_KERNEL_OK means.
  Error kernelFailure(const Step &step, int result, const mx_fault &where) const;

  const CompiledProgram &program;
  const RunArgs &args;
  /// Where those who run a step put its time, for a call whose times somebody wants.
  std::optional<CallTimes> times;

private:
  Status checkArguments() const;
  Status allocateArena();
  Status bringToHost();
  Result<int64_t> planForCall();
  bool canTakeDonation(const OutputSpec &spec, size_t bytes) const;
  bool isPromised(int32_t donor, size_t end) const;
  Status bindOutputs();
  Status bindOutput(size_t i, size_t bytes, bool &donations);
  void takeDonations();
  void dropOutputsBefore(size_t end);
  [[gnu::noinline]] void tellWhoAsked();
  /// Launches, for the trace and the call's times.
  [[gnu::noinline]] Status launchWatched(const Step &step, void *const *buffers, const int64_t *scalars, int64_t units);
  Status launch(const Step &step, void *const *buffers, const int64_t *scalars, int64_t units) const;

  /// In outputBytes: the caller brought the buffer; it was taken over from an input.
  static constexpr int64_t kGiven = -1, kTaken = -2;
  static constexpr size_t kInlineOutputs = 8;

  const BindOptions options;
  InlineArray<int64_t, kInlineOutputs> outputBytes;
  BufferPtr arena;
  /// Set for dynamic programs.
  std::shared_ptr<const ArenaLayout> layout;
};

} // namespace mx::rt
