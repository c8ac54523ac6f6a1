// mx::compile: traces per input signature, their programs, and the call.
#include "frontend/include/mx/compile.h"

#include "frontend/compile/CompileStats.h"
#include "frontend/eval/Eval.h"
#include "frontend/eval/Placement.h"
#include "frontend/eval/Programs.h"
#include "frontend/eval/Recording.h"
#include "frontend/include/mx/ops.h"
#include "frontend/include/mx/random.h"
#include "frontend/trace/Errors.h"
#include "frontend/trace/KeySource.h"
#include "frontend/trace/LiveArrays.h"
#include "frontend/trace/Tracing.h"
#include "runtime/base/Env.h"
#include "runtime/base/Trace.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <shared_mutex>

namespace mx {
namespace {

std::atomic<CompileMode> &compileMode() {
  static std::atomic<CompileMode> mode{rt::envFlag(rt::EnvVar::DisableCompile) ? CompileMode::disabled : CompileMode::enabled};
  return mode;
}

graph::Passes passesOf(CompileMode mode) { return {mode != CompileMode::no_simplify, mode != CompileMode::no_fuse}; }

std::mutex statsMutex;
CompileStats lastStats;

// Implicit draws while tracing: each is an input of shape {2} after the user's.
class TracedKeys final : public graph::KeySource {
public:
  explicit TracedKeys(uint32_t firstInput) : firstInput(firstInput) {}
  array next() override { return graph::makePlaceholder({2}, rt::DType::uint32, firstInput + draws++); }
  uint32_t draws = 0;

private:
  uint32_t firstInput;
};

} // namespace

namespace detail {

/// One trace: a program and where its inputs and outputs come from.
struct Specialisation {
  struct Source {
    enum Kind : uint8_t { Argument, Key, Captured } kind;
    uint32_t index;
    /// An argument that is not a result itself.
    bool donatable = false;
  };
  struct Result {
    enum Kind : uint8_t { Program, Argument, Captured } kind;
    uint32_t index;
    Shape shape;
    rt::DType dtype;
  };
  std::vector<std::pair<Shape, rt::DType>> signature;
  /// The default device when it was traced: ops that name none are on it.
  Device defaultDevice{Device::cpu};
  graph::Passes passes;
  /// The trace holds for other sizes of the same ranks: nothing in it was computed from a size.
  bool anySizes = false;
  /// Null when the function computes nothing; a function that is shapeless or uses several devices has a recording in its
  /// place.
  graph::ProgramPtr program;
  rt::Device *device = nullptr;
  std::optional<graph::Recording> recording;
  std::vector<Source> inputs;
  std::vector<Result> results;
  std::vector<array> captured;
  uint32_t draws = 0;
};

class Compiled {
public:
  Compiled(ArraysFn fun, bool shapeless) : fun(std::move(fun)), shapeless(shapeless) {}
  std::vector<array> call(std::vector<array> &inputs, bool donate);

private:
  using Ptr = std::shared_ptr<const Specialisation>;
  Ptr find(const std::vector<array> &inputs, graph::Passes passes) const;
  Ptr trace(const std::vector<array> &inputs, graph::Passes passes);
  void record(Specialisation &s, const std::vector<array> &outputs) const;
  std::vector<array> run(const Specialisation &s, std::vector<array> &inputs, bool donate);
  std::vector<array> replay(const Specialisation &s, const std::vector<array> &inputs);

  ArraysFn fun;
  bool shapeless;
  mutable std::shared_mutex mutex;
  /// Serialises tracing: the user's function is not called from two threads at once.
  std::recursive_mutex tracing;
  std::vector<Ptr> known;
};

static bool matches(const Specialisation &s, const std::vector<array> &inputs, graph::Passes passes) {
  if (s.signature.size() != inputs.size() || s.passes != passes || s.defaultDevice != default_device())
    return false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const graph::Node &node = *graph::nodeOf(inputs[i]);
    if (s.signature[i].second != node.dtype)
      return false;
    if (s.anySizes ? s.signature[i].first.size() != node.shape.size() : s.signature[i].first != node.shape)
      return false;
  }
  return true;
}

Compiled::Ptr Compiled::find(const std::vector<array> &inputs, graph::Passes passes) const {
  std::shared_lock lock(mutex);
  for (const Ptr &s : known)
    if (matches(*s, inputs, passes))
      return s;
  return nullptr;
}

Compiled::Ptr Compiled::trace(const std::vector<array> &inputs, graph::Passes passes) {
  std::lock_guard lock(tracing);
  if (Ptr s = find(inputs, passes))
    return s;
  rt::TraceSpan span("trace", "trace a function");
  auto s = std::make_shared<Specialisation>();
  s->passes = passes;
  s->defaultDevice = default_device();
  std::vector<array> placeholders;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const graph::Node &node = *graph::nodeOf(inputs[i]);
    s->signature.push_back({node.shape, node.dtype});
    placeholders.push_back(graph::makePlaceholder(node.shape, node.dtype, i));
  }
  TracedKeys keys(inputs.size());
  std::vector<array> outputs;
  const uint64_t sizeReads = graph::TracingScope::sizeReads();
  {
    graph::TracingScope scope;
    graph::KeySourceScope source(&keys);
    outputs = fun(placeholders);
  }
  s->anySizes = shapeless && graph::TracingScope::sizeReads() == sizeReads;
  s->draws = keys.draws;
  record(*s, outputs);
  std::unique_lock write(mutex);
  // Bounded: the oldest signature goes first.
  constexpr size_t kSignatures = 1024;
  if (known.size() >= kSignatures)
    known.erase(known.begin());
  known.push_back(s);
  return s;
}

// Turns what the function returned into a program or recording, and says where its inputs and outputs come from.
void Compiled::record(Specialisation &s, const std::vector<array> &outputs) const {
  const size_t numArguments = s.signature.size();
  auto isComputed = [](const graph::Node &node) { return node.kind == graph::NodeKind::Op && node.unscheduled(); };
  graph::LazyProgramPtr program;
  std::unique_lock lock(graph::graphMutex());
  std::vector<graph::Node *> roots;
  for (const array &a : outputs)
    if (graph::Node *node = graph::nodeOf(a); isComputed(*graph::resolve(node)))
      roots.push_back(node);
  graph::Trace trace;
  graph::traceGraph(roots, graph::Sizes::Static, /*keepHeld=*/false, trace, s.passes);
  const bool replays = shapeless || !graph::onOneDevice(trace.ops);
  for (graph::Node *node : trace.inputs) {
    if (node->kind == graph::NodeKind::Placeholder) {
      const bool own = node->index < numArguments;
      s.inputs.push_back({own ? Specialisation::Source::Argument : Specialisation::Source::Key,
                          own ? node->index : node->index - uint32_t(numArguments)});
    } else if (replays || !node->hostScalar) { // a program has scalars as constants
      s.inputs.push_back({Specialisation::Source::Captured, uint32_t(s.captured.size())});
      s.captured.push_back(graph::toArray(node));
    }
  }
  for (const array &a : outputs) {
    graph::Node *node = graph::resolve(graph::nodeOf(a));
    Specialisation::Result r{Specialisation::Result::Program, 0, node->shape, node->dtype};
    if (isComputed(*node)) {
      r.index = std::find(trace.outputs.begin(), trace.outputs.end(), node) - trace.outputs.begin();
    } else if (node->kind == graph::NodeKind::Placeholder && node->index < numArguments) {
      r.kind = Specialisation::Result::Argument;
      r.index = node->index;
    } else if (node->kind == graph::NodeKind::Placeholder) {
      graph::fail("compile", "a key drawn inside the function cannot be its result as it is; return a split of it");
    } else {
      r.kind = Specialisation::Result::Captured;
      r.index = s.captured.size();
      s.captured.push_back(graph::toArray(node));
    }
    s.results.push_back(r);
  }
  for (auto &source : s.inputs)
    source.donatable = source.kind == Specialisation::Source::Argument && std::none_of(s.results.begin(), s.results.end(), [&](const auto &r) {
                         return r.kind == Specialisation::Result::Argument && r.index == source.index;
                       });
  if (replays) {
    s.recording.emplace(trace);
    s.anySizes = s.anySizes && !s.recording->holdsSizes();
  } else if (!trace.outputs.empty()) {
    program = graph::programFor(trace, "compiled", graph::deviceFor(trace, trace.ops[0]->stream.device));
    s.device = &program->device;
  }
  lock.unlock();
  if (program) {
    auto compiled = program->get();
    if (!compiled)
      graph::raise(compiled.error());
    s.program = *compiled;
  }
  for (const array &a : s.captured)
    graph::settle(*graph::nodeOf(a));
}

std::vector<array> Compiled::run(const Specialisation &s, std::vector<array> &inputs, bool donate) {
  std::vector<array> rowMajor; // copies of strided arguments, by use
  SmallVector<void *, 16> pointers;
  std::vector<rt::BufferPtr> donated;
  std::vector<graph::Node *> donors;
  if (donate && s.program) {
    donated.resize(s.inputs.size());
    donors.resize(s.inputs.size());
  }
  std::optional<array> keys;
  if (s.draws) {
    keys = random::KeySequence::default_().next(s.draws);
  }
  rowMajor.reserve(s.inputs.size());
  for (size_t i = 0; i < s.inputs.size(); ++i) {
    const auto &source = s.inputs[i];
    if (source.kind == Specialisation::Source::Key) {
      pointers.push_back(static_cast<char *>(graph::dataOf(*graph::nodeOf(*keys))) + 8 * source.index);
      continue;
    }
    graph::Node *node = graph::nodeOf(source.kind == Specialisation::Source::Argument ? inputs[source.index] : s.captured[source.index]);
    if (!node->hostScalar && !graph::layoutOf(*node).rowContiguous) {
      rowMajor.push_back(contiguous(graph::toArray(node)));
      rowMajor.back().eval();
      node = graph::nodeOf(rowMajor.back());
    }
    pointers.push_back(graph::dataOf(*node));
    if (donate && source.donatable && node->refs.load(std::memory_order_acquire) == 1 && node->buffer.unique())
      donors[i] = node;
  }
  std::vector<array> results;
  std::vector<rt::BufferPtr> outputs;
  if (s.program) {
    outputs.resize(s.program->outputs.size());
    // A donor's node lets go, so that the donated reference is the last one.
    for (size_t i = 0; i < donors.size(); ++i)
      if (donors[i]) {
        graph::noteGone(*donors[i]);
        donated[i] = std::move(donors[i]->buffer);
      }
    rt::RunArgs args{{pointers.data(), pointers.size()}, {}, donated, outputs};
    if (rt::Status status = s.device->run(*s.program, args); !status) {
      for (size_t i = 0; i < donors.size(); ++i)
        if (donors[i]) {
          donors[i]->buffer = std::move(donated[i]);
          graph::noteLive(*donors[i]);
        }
      graph::raise(graph::withLiveArrays(status.error()));
    }
  }
  results.reserve(s.results.size());
  for (const auto &r : s.results)
    results.push_back(r.kind == Specialisation::Result::Program    ? graph::makeLeaf(r.shape, r.dtype, outputs[r.index])
                      : r.kind == Specialisation::Result::Argument ? inputs[r.index]
                                                                   : s.captured[r.index]);
  return results;
}

// The recorded graph on new inputs; evaluation finds the program of its class, whose sizes are run-time arguments.
std::vector<array> Compiled::replay(const Specialisation &s, const std::vector<array> &inputs) {
  std::optional<array> keys;
  if (s.draws)
    keys = random::KeySequence::default_().next(s.draws);
  std::vector<array> arguments;
  arguments.reserve(s.inputs.size());
  for (const auto &source : s.inputs) {
    if (source.kind == Specialisation::Source::Key)
      arguments.push_back(graph::makeView(*keys, {2}, {{1}, 2 * int64_t(source.index), 2, true, true, true}));
    else
      arguments.push_back(source.kind == Specialisation::Source::Argument ? inputs[source.index] : s.captured[source.index]);
  }
  const std::vector<array> computed = s.recording->replay(arguments);
  graph::evaluate(computed, s.passes);
  std::vector<array> results;
  results.reserve(s.results.size());
  for (const auto &r : s.results)
    results.push_back(r.kind == Specialisation::Result::Program    ? computed[r.index]
                      : r.kind == Specialisation::Result::Argument ? inputs[r.index]
                                                                   : s.captured[r.index]);
  return results;
}

std::vector<array> Compiled::call(std::vector<array> &inputs, bool donate) {
  bool traced = graph::TracingScope::active();
  if (traced) {
    traced = false;
    for (const array &a : inputs)
      traced |= a.is_tracer();
  }
  // Inside another transformation's trace the function itself is traced; compilation is the outer one's.
  const CompileMode mode = compileMode().load(std::memory_order_relaxed);
  if (traced || mode == CompileMode::disabled)
    return fun(inputs);
  if (graph::checkingNans()) {
    std::vector<array> results = fun(inputs);
    graph::evaluate(results);
    return results;
  }
  for (const array &a : inputs)
    if (!graph::nodeOf(a)->available()) {
      graph::evaluate(inputs);
      break;
    }
  const graph::Passes passes = passesOf(mode);
  Ptr s = find(inputs, passes);
  if (!s)
    s = trace(inputs, passes);
  return s->recording ? replay(*s, inputs) : run(*s, inputs, donate);
}

std::shared_ptr<Compiled> make_compiled(ArraysFn fun, bool shapeless) {
  return std::make_shared<Compiled>(std::move(fun), shapeless);
}

std::vector<array> call_compiled(Compiled &fun, const std::vector<array> &inputs) {
  std::vector<array> copy = inputs;
  return fun.call(copy, /*donate=*/false);
}

std::vector<array> call_compiled(Compiled &fun, std::vector<array> &&inputs) {
  std::vector<array> own = std::move(inputs);
  return fun.call(own, /*donate=*/true);
}

} // namespace detail

CompiledFunction<std::vector<array>(const std::vector<array> &)> compile(ArraysFn fun, bool shapeless) {
  if (!fun && compileMode().load(std::memory_order_relaxed) != CompileMode::disabled)
    graph::fail("compile", "the function is empty; pass a callable");
  return CompiledFunction<std::vector<array>(const std::vector<array> &)>(detail::make_compiled(std::move(fun), shapeless));
}

CompiledFunction<std::vector<array>(const std::vector<array> &)> compile(std::vector<array> (*fun)(const std::vector<array> &),
                                                                         bool shapeless) {
  return compile(fun ? ArraysFn(fun) : ArraysFn(), shapeless);
}

CompiledFunction<std::vector<array>(const std::vector<array> &)> compile(std::nullptr_t, bool shapeless) {
  return compile(ArraysFn(), shapeless);
}

void disable_compile() { set_compile_mode(CompileMode::disabled); }
void enable_compile() { set_compile_mode(CompileMode::enabled); }
void set_compile_mode(CompileMode mode) { compileMode().store(mode, std::memory_order_relaxed); }

CompileStats compile_stats() {
  std::lock_guard lock(statsMutex);
  return lastStats;
}

void graph::recordStats(std::string name, int ops, int fusions, int kernels, const rt::ArenaStats &arena, double milliseconds) {
  std::lock_guard lock(statsMutex);
  lastStats = {std::move(name), ops, fusions, kernels, size_t(arena.planned), size_t(arena.withoutReuse), milliseconds};
}

} // namespace mx
