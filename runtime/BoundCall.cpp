// The hot path of every call: outputs and arena come from the cache, pointer arrays lie on the stack.
#include "runtime/BoundCall.h"

#include "runtime/Allocator.h"
#include "runtime/Launch.h"
#include "runtime/Regions.h"
#include "runtime/ThreadPool.h"
#include "runtime/base/CheckedSize.h"
#include "runtime/base/Trace.h"

#include <algorithm>
#include <string>

namespace mx::rt {
namespace {

constexpr size_t kInlineBuffers = 16, kInlineScalars = 24, kInlineSlots = 32;

/// Padding that taking over a donated buffer may keep alive.
constexpr size_t kDonationSlack = 16 << 10;

} // namespace

Error BoundCall::fault(ErrorCode code, std::string what) const {
  return {code, "[" + (program.name.empty() ? "run" : program.name) + "] " + std::move(what)};
}

Status BoundCall::bind() {
  if (Status s = checkArguments(); !s)
    return s;
  if (Status s = allocateArena(); !s)
    return s;
  if (options.onHost && deviceCopies.load(std::memory_order_relaxed)) [[unlikely]]
    if (Status s = bringToHost(); !s)
      return s;
  return bindOutputs();
}

/// Inputs, and the buffers that outputs may take, are the host's from here on.
Status BoundCall::bringToHost() {
  for (void *input : args.inputs)
    if (Status s = hostAccess(input); !s)
      return s;
  for (auto buffers : {args.donated, args.outputs})
    for (const BufferPtr &b : buffers)
      if (b)
        if (Status s = hostAccess(b->data, HostUse::write); !s)
          return s;
  return {};
}

Status BoundCall::checkArguments() const {
  if (args.inputs.size() == program.inputs.size() && args.outputs.size() == program.outputs.size() &&
      args.symbols.size() >= program.numSymbols && (args.donated.empty() || args.donated.size() == args.inputs.size()))
      [[likely]]
    return {};
  return fault(ErrorCode::internal,
               "wrong number of arguments: " + std::to_string(args.inputs.size()) + " inputs for " +
                   std::to_string(program.inputs.size()) + ", " + std::to_string(args.outputs.size()) +
                   " outputs for " + std::to_string(program.outputs.size()) + ", " +
                   std::to_string(args.symbols.size()) + " symbols for " + std::to_string(program.numSymbols) + ", " +
                   std::to_string(args.donated.size()) + " donations");
}

Status BoundCall::allocateArena() {
  int64_t bytes = program.arenaBytes;
  if (!program.isStatic && !program.arena.empty()) {
    Result<int64_t> planned = planForCall();
    if (!planned)
      return planned.error();
    bytes = *planned;
  }
  if (bytes == 0)
    return {};
  Result<BufferPtr> memory = hostAllocator().allocate(std::max(static_cast<size_t>(bytes), options.smallestArena));
  if (!memory)
    return memory.error();
  arena = std::move(*memory);
  return {};
}

/// Finds or makes the layout for this call's sizes; returns the bytes of the arena.
Result<int64_t> BoundCall::planForCall() {
  const size_t n = program.arena.size();
  InlineArray<int64_t, kInlineSlots> sizes(n);
  for (size_t i = 0; i < n; ++i) {
    sizes[i] = program.arena[i].bytes.evaluate(args.symbols);
    if (sizes[i] < 0 || sizes[i] == SizeExpr::kOverflow) [[unlikely]]
      return fault(ErrorCode::overflow, "the size of a temporary leaves 63 bits");
  }
  layout = program.plans.find(sizes);
  if (layout) [[likely]]
    return layout->total;
  std::vector<ArenaInterval> intervals;
  for (size_t i = 0; i < n; ++i)
    intervals.push_back({sizes[i], program.arena[i].firstStep, program.arena[i].lastStep});
  Result<ArenaLayout> fresh = planArena(intervals);
  if (!fresh)
    return fresh.error();
  layout = std::make_shared<const ArenaLayout>(std::move(*fresh));
  program.plans.insert(sizes, layout);
  return layout->total;
}

/// True when the output may take over the buffer of the donated input.
bool BoundCall::canTakeDonation(const OutputSpec &spec, size_t bytes) const {
  if (spec.donor < 0 || static_cast<size_t>(spec.donor) >= args.donated.size())
    return false;
  const BufferPtr &b = args.donated[static_cast<size_t>(spec.donor)];
  // In-place execution was proved for an input that begins where the output does.
  return b && b.unique() && (b->owner || options.takeForeignDonations) && b->bytes >= options.smallestDonation &&
         b->data == args.inputs[static_cast<size_t>(spec.donor)] && b->bytes >= bytes &&
         b->bytes - bytes <= bytes / 4 + kDonationSlack;
}

/// True when an output before `end` waits for the same donation.
bool BoundCall::isPromised(int32_t donor, size_t end) const {
  for (size_t i = 0; i < end; ++i)
    if (!args.outputs[i] && program.outputs[i].donor == donor)
      return true;
  return false;
}

/// Gives every output a buffer. Donations come last: by then nothing else can fail.
Status BoundCall::bindOutputs() {
  bool donations = false;
  for (size_t i = 0; i < program.outputs.size(); ++i) {
    const OutputSpec &spec = program.outputs[i];
    int64_t bytes = spec.bytes.evaluate(args.symbols);
    if (bytes < 0 || bytes == SizeExpr::kOverflow) [[unlikely]] {
      dropOutputsBefore(i);
      return fault(ErrorCode::overflow, "the size of output " + std::to_string(i) + " leaves 63 bits");
    }
    if (Status s = bindOutput(i, static_cast<size_t>(bytes), donations); !s) [[unlikely]] {
      dropOutputsBefore(i);
      return s;
    }
  }
  if (donations)
    takeDonations();
  return {};
}

Status BoundCall::bindOutput(size_t i, size_t bytes, bool &donations) {
  BufferPtr &out = args.outputs[i];
  outputBytes[i] = kGiven;
  if (out) {
    if (out->bytes >= bytes)
      return {};
    return fault(ErrorCode::internal, "output " + std::to_string(i) + " needs " + std::to_string(bytes) +
                                          " bytes, the buffer given has " + std::to_string(out->bytes));
  }
  outputBytes[i] = static_cast<int64_t>(bytes);
  if (canTakeDonation(program.outputs[i], bytes) && !isPromised(program.outputs[i].donor, i)) {
    donations = true;
    return {};
  }
  Result<BufferPtr> memory = hostAllocator().allocate(bytes);
  if (!memory)
    return memory.error();
  out = std::move(*memory);
  return {};
}

/// Moves donated buffers to the outputs that are still without one.
void BoundCall::takeDonations() {
  for (size_t i = 0; i < program.outputs.size(); ++i)
    if (!args.outputs[i]) {
      args.outputs[i] = std::move(args.donated[static_cast<size_t>(program.outputs[i].donor)]);
      outputBytes[i] = kTaken;
    }
}

/// Releases what this call allocated or took over.
void BoundCall::dropOutputsBefore(size_t end) {
  for (size_t i = 0; i < end; ++i)
    if (outputBytes[i] != kGiven)
      args.outputs[i].reset();
}

int64_t BoundCall::bytes(BufferRef ref) const {
  switch (ref.kind) {
  case BufferRef::Input: break;
  case BufferRef::Output: return program.outputs[ref.index].bytes.evaluate(args.symbols);
  case BufferRef::Constant: return program.constants[ref.index].bytes;
  case BufferRef::Arena: return program.arena[ref.index].bytes.evaluate(args.symbols);
  }
  const InputSpec &input = program.inputs[ref.index];
  CheckedSize size = sizeOf(input.dtype);
  for (const SizeExpr &dim : input.dims)
    size *= dim.evaluate(args.symbols);
  return size.valueOr(SizeExpr::kOverflow);
}

Status BoundCall::evaluate(const Step &step, int64_t &units, int64_t *scalars) const {
  units = step.units.evaluate(args.symbols);
  bool fits = units >= 0 && units != SizeExpr::kOverflow;
  for (size_t i = 0; i < step.scalars.size(); ++i) {
    scalars[i] = step.scalars[i].evaluate(args.symbols);
    fits &= scalars[i] != SizeExpr::kOverflow;
  }
  if (!fits) [[unlikely]]
    return fault(ErrorCode::overflow, "a size of kernel " + step.entry.name + " leaves 63 bits");
  return {};
}

Status BoundCall::runOnHost(const Step &step) {
  if (!step.entry.fn) [[unlikely]]
    return fault(ErrorCode::internal, "kernel " + step.entry.name + " has no machine code");
  InlineArray<int64_t, kInlineScalars> scalars(step.scalars.size());
  int64_t units = 0;
  if (Status s = evaluate(step, units, scalars.data()); !s) [[unlikely]]
    return s;
  if (units == 0)
    return {};
  InlineArray<void *, kInlineBuffers> buffers(step.buffers.size());
  for (size_t i = 0; i < step.buffers.size(); ++i)
    buffers[i] = address(step.buffers[i]);
  if (tracing() || times) [[unlikely]]
    return launchWatched(step, buffers.data(), scalars.data(), units);
  return launch(step, buffers.data(), scalars.data(), units);
}

Status BoundCall::launchWatched(const Step &step, void *const *buffers, const int64_t *scalars, int64_t units) {
  TraceSpan span("kernel", step.entry.name);
  span.note("program", program.name);
  span.note("units", units);
  const int64_t start = traceClock();
  Status status = launch(step, buffers, scalars, units);
  if (times)
    times->stepNs[static_cast<size_t>(&step - program.steps.data())] = traceClock() - start;
  return status;
}

void BoundCall::tellWhoAsked() {
  if (program.times)
    program.times->add(*times);
  if (args.stepNs)
    *args.stepNs = std::move(times->stepNs);
}

Status BoundCall::launch(const Step &step, void *const *buffers, const int64_t *scalars, int64_t units) const {
  ThreadPool &pool = ThreadPool::instance();
  int64_t unitCost = step.unitCost.evaluate(args.symbols);
  mx_args kernelArgs{buffers, scalars, nullptr, 0};
  for (int64_t done = 0; done < units; done += kUnitsPerLaunch) {
    int64_t part = std::min(units - done, kUnitsPerLaunch);
    LaunchShape shape = shapeLaunch(part, unitCost, pool.numThreads());
    kernelArgs.unit_base = static_cast<uint64_t>(done);
    mx_fault where{};
    if (int r = pool.run(step.entry.fn, kernelArgs, static_cast<uint32_t>(part), shape.grain, step.entry.scratchBytes,
                         shape.parallel, &where)) [[unlikely]]
      return kernelFailure(step, r, where);
  }
  return {};
}

Error BoundCall::kernelFailure(const Step &step, int result, const mx_fault &where) const {
  if (result == MX_KERNEL_INDEX_OUT_OF_RANGE)
    return {ErrorCode::outOfRange, "[" + (where.op ? std::string(where.op) : program.name) + "] index " +
                                       std::to_string(where.index) + " at position " + std::to_string(where.position) +
                                       " is out of range for size " + std::to_string(where.size) + " (kernel " +
                                       step.entry.name + ")"};
  if (result == ThreadPool::kScratchFailed)
    return fault(ErrorCode::outOfMemory, "cannot allocate " + std::to_string(step.entry.scratchBytes) +
                                             " bytes of scratch for kernel " + step.entry.name);
  return fault(ErrorCode::internal, "kernel " + step.entry.name + " returned " + std::to_string(result));
}

} // namespace mx::rt
