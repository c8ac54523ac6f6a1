// export_kernels: a trace, compiled for each target, and what it captured, in one file. Inputs of a compiled program are the
// trace's; those that are not arguments become constants here, so that a program in a file takes what its callers pass.
#include "codegen/Dump.h"
#include "codegen/aot/CompileAhead.h"
#include "frontend/compile/Import.h"
#include "frontend/eval/Eval.h"
#include "frontend/eval/Recording.h"
#include "frontend/include/mx/export.h"
#include "frontend/include/mx/ops.h"
#include "frontend/trace/Errors.h"
#include "frontend/trace/KeySource.h"
#include "frontend/trace/Tracing.h"
#include "runtime/base/Env.h"
#include "runtime/base/Files.h"
#include "runtime/base/Hash.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>

namespace mx {
namespace {

constexpr const char *kOp = "export_kernels";

// A program in a file has no state: keys are inputs.
class NoKeys final : public graph::KeySource {
public:
  array next() override {
    graph::fail(kOp, "the function draws random numbers without a key; give it one as an input: random::uniform(..., key)");
  }
};

/// What was traced, apart from the graph.
struct Traced {
  /// In this order: the module goes before its context.
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  bool exact = false;
  /// For each input of the module's function, the argument it is, or one past them and then the captured arrays.
  std::vector<size_t> inputs;
  std::vector<array> captured;
  struct Result {
    rt::ResultSpec::Source source;
    uint32_t index;
  };
  std::vector<Result> results;
};

/// The constant of a captured array: the memory its program reads, from the lowest address on.
rt::ConstantSpec constantOf(const array &a) {
  const graph::Node &node = *graph::nodeOf(a);
  const bool rowMajor = graph::isRowMajor(node);
  const int64_t elements = rowMajor ? node.size() : graph::layoutOf(node).dataSize;
  auto *first = static_cast<std::byte *>(graph::dataOf(node)) - (rowMajor ? 0 : graph::elementsBefore(node) * rt::sizeOf(node.dtype));
  const int64_t bytes = elements * rt::sizeOf(node.dtype);
  return {rt::wrapForeign(first, static_cast<size_t>(bytes), [a](void *) {}), bytes};
}

void checkNoSizesInAttributes(const graph::Trace &trace) {
  for (const graph::Node *node : trace.ops)
    for (const ir::AttrSpec &spec : ir::rowOf(node->op).attrs)
      if (spec.kind == ir::AttrKind::Shape || spec.kind == ir::AttrKind::Offsets)
        graph::fail(kOp, "a shapeless export of a function with '" + std::string(ir::rowOf(node->op).api) +
                             "', whose sizes hold for the example inputs only; export it for each shape");
}

bool isLazy(const graph::Node &value) { return value.kind == graph::NodeKind::Op && value.unscheduled(); }

/// What the function captured before it was computed, and results that no argument has a part in: lazy, held by users, and
/// out of the arguments' reach. The caller holds graphMutex.
std::vector<array> lazyCaptures(std::span<graph::Node *const> roots) {
  std::vector<array> found;
  std::unordered_map<const graph::Node *, bool> reachesArgument;
  auto note = [&](graph::Node *node) {
    graph::Node *value = graph::resolve(node);
    if (isLazy(*value) && !reachesArgument[value] && (node->handles.load(std::memory_order_relaxed) || value->handles.load(std::memory_order_relaxed)))
      found.push_back(graph::toArray(node));
  };
  struct Frame {
    graph::Node *value;
    size_t next;
  };
  std::vector<Frame> stack;
  for (graph::Node *root : roots) {
    stack.push_back({graph::resolve(root), 0});
    while (!stack.empty()) {
      auto [value, next] = stack.back();
      if (!isLazy(*value) || reachesArgument.contains(value)) {
        reachesArgument.try_emplace(value, value->kind == graph::NodeKind::Placeholder);
        stack.pop_back();
      } else if (next < value->inputs.size()) {
        ++stack.back().next;
        stack.push_back({graph::resolve(value->inputs[next]), 0});
      } else {
        bool reaches = false;
        for (graph::Node *in : value->inputs) {
          reaches |= reachesArgument[graph::resolve(in)];
          note(in);
        }
        reachesArgument[value] = reaches;
        stack.pop_back();
      }
    }
    note(root);
  }
  return found;
}

/// Where the values that `fun` returned come from.
std::vector<Traced::Result> resultsOf(const std::vector<array> &outputs, const graph::Trace &trace, std::vector<array> &captured) {
  std::vector<Traced::Result> results;
  for (const array &a : outputs) {
    graph::Node *node = graph::resolve(graph::nodeOf(a));
    if (isLazy(*node)) {
      results.push_back({rt::ResultSpec::Output, uint32_t(std::find(trace.outputs.begin(), trace.outputs.end(), node) - trace.outputs.begin())});
    } else if (node->kind == graph::NodeKind::Placeholder) {
      results.push_back({rt::ResultSpec::Argument, node->index});
    } else {
      results.push_back({rt::ResultSpec::Constant, uint32_t(captured.size())});
      captured.push_back(graph::toArray(node));
    }
  }
  return results;
}

using Function = std::function<std::vector<array>(const std::vector<array> &)>;

std::vector<array> callTraced(const Function &fun, const std::vector<Shape> &shapes, const std::vector<array> &examples) {
  std::vector<array> placeholders;
  for (size_t i = 0; i < examples.size(); ++i)
    placeholders.push_back(graph::makePlaceholder(shapes[i], graph::nodeOf(examples[i])->dtype, uint32_t(i)));
  NoKeys keys;
  graph::TracingScope scope;
  graph::KeySourceScope source(&keys);
  return fun(placeholders);
}

/// Computes the lazy captures of what was returned; lets go of the lock meanwhile.
void evaluateCaptures(const std::vector<array> &outputs, std::unique_lock<std::recursive_mutex> &lock) {
  std::vector<graph::Node *> roots;
  for (const array &a : outputs)
    roots.push_back(graph::nodeOf(a));
  const std::vector<array> captures = lazyCaptures(roots);
  if (captures.empty())
    return;
  lock.unlock();
  graph::evaluate(captures);
  lock.lock();
}

void traceOutputs(const std::vector<array> &outputs, bool shapeless, graph::Trace &trace) {
  std::vector<graph::Node *> roots;
  for (const array &a : outputs)
    if (graph::Node *node = graph::nodeOf(a); isLazy(*graph::resolve(node)))
      roots.push_back(node);
  graph::traceGraph(roots, shapeless ? graph::Sizes::Dynamic : graph::Sizes::Static, /*keepHeld=*/false, trace);
}

/// All of a trace that may have come from the sizes of its inputs: ops and attributes, which the key covers, and numbers.
rt::Hash128 contentOf(const graph::Trace &trace, const std::vector<array> &outputs) {
  rt::Hasher hash;
  hash.add(trace.key);
  auto scalar = [&](const graph::Node &node) {
    if (node.hostScalar)
      hash.addBytes(node.scalar, size_t(rt::sizeOf(node.dtype)));
  };
  for (graph::Node *node : trace.inputs) {
    scalar(*node);
    // An array may be made of sizes.
    if (!node->hostScalar && node->kind != graph::NodeKind::Placeholder && node->available() && graph::isRowMajor(*node))
      hash.addBytes(graph::hostDataOf(*node, rt::HostUse::read), size_t(node->size()) * size_t(rt::sizeOf(node->dtype)));
  }
  for (const array &a : outputs)
    scalar(*graph::resolve(graph::nodeOf(a)));
  return hash.finish();
}

/// The same shapes with other sizes, except those that are fixed. Sizes that are equal stay so.
std::vector<Shape> withOtherSizes(std::vector<Shape> shapes, const graph::Trace &trace, int32_t first, int32_t step) {
  std::set<int32_t> fixed{0, 1};
  for (const graph::Node *node : trace.inputs)
    if (node->kind != graph::NodeKind::Placeholder)
      fixed.insert(node->shape.begin(), node->shape.end());
  std::map<int32_t, int32_t> others;
  for (Shape &shape : shapes)
    for (int32_t &size : shape)
      if (!fixed.contains(size)) {
        auto [it, fresh] = others.try_emplace(size, first);
        for (; fresh && fixed.contains(it->second);)
          ++it->second;
        if (fresh)
          first = it->second + step;
        size = it->second;
      }
  return shapes;
}

Traced traceForExport(const Function &fun, const std::vector<array> &examples, const ExportOptions &options) {
  std::vector<Shape> shapes;
  for (const array &a : examples)
    shapes.push_back(graph::nodeOf(a)->shape);
  const std::vector<array> outputs = callTraced(fun, shapes, examples);
  Traced traced;
  traced.context = graph::newContext();
  std::unique_lock lock(graph::graphMutex());
  evaluateCaptures(outputs, lock);
  graph::Trace trace;
  traceOutputs(outputs, options.shapeless, trace);
  if (options.shapeless) {
    checkNoSizesInAttributes(trace);
    // What the function makes of sizes shows when it is traced with others: with large ones, which none is likely to come upon
    // otherwise but whose products stay small, and with the least, for what it does up to a size.
    const rt::Hash128 content = contentOf(trace, outputs);
    for (auto [first, step] : {std::pair(101, 14), std::pair(2, 1)}) {
      const std::vector<Shape> otherShapes = withOtherSizes(shapes, trace, first, step);
      lock.unlock();
      const std::vector<array> otherOutputs = callTraced(fun, otherShapes, examples);
      lock.lock();
      evaluateCaptures(otherOutputs, lock);
      graph::Trace other;
      traceOutputs(otherOutputs, true, other);
      if (contentOf(other, otherOutputs) != content)
        graph::fail(kOp, "a shapeless export of a function that computes with the sizes of its inputs; export it for each shape");
      traceOutputs(outputs, true, trace);
    }
  }
  traced.exact = trace.passes.exact;
  for (graph::Node *node : trace.inputs) {
    if (node->kind == graph::NodeKind::Placeholder) {
      traced.inputs.push_back(node->index);
    } else if (options.shapeless || !node->hostScalar) { // static programs have scalars in their code
      traced.inputs.push_back(examples.size() + traced.captured.size());
      traced.captured.push_back(graph::toArray(node));
    }
  }
  traced.results = resultsOf(outputs, trace, traced.captured);
  if (options.shapeless) {
    auto module = graph::importShapeless(traced.context.get(), trace, options.name);
    if (!module)
      graph::raise(module.error());
    traced.module = std::move(*module);
  } else {
    traced.module = graph::importTrace(traced.context.get(), trace, options.name);
  }
  lock.unlock();
  for (const array &a : traced.captured)
    graph::settle(*graph::nodeOf(a));
  return traced;
}

/// Turns the inputs of the trace into arguments and constants.
void bindCaptured(rt::CompiledProgram &program, const Traced &traced, std::span<const rt::InputSpec> arguments, std::span<const rt::ConstantSpec> captured) {
  std::vector<rt::BufferRef> places;
  for (size_t input : traced.inputs) {
    const bool own = input < arguments.size();
    places.push_back(own ? rt::BufferRef{rt::BufferRef::Input, uint32_t(input)} : rt::BufferRef{rt::BufferRef::Constant, uint32_t(program.constants.size())});
    if (!own)
      program.constants.push_back(captured[input - arguments.size()]);
  }
  for (rt::Step &step : program.steps)
    for (rt::BufferRef &ref : step.buffers)
      if (ref.kind == rt::BufferRef::Input)
        ref = places[ref.index];
  for (rt::OutputSpec &output : program.outputs)
    if (output.donor >= 0)
      output.donor = places[size_t(output.donor)].kind == rt::BufferRef::Input ? int32_t(places[size_t(output.donor)].index) : -1;
  program.inputs.assign(arguments.begin(), arguments.end());
}

/// The arguments as callers see them: sizes as the program has them. Those that it does not read are free in a shapeless export
/// too, equal ones by one symbol, of which `numSymbols` counts more.
std::vector<rt::InputSpec> argumentsOf(const Traced &traced, const rt::CompiledProgram &program, const std::vector<array> &examples, bool shapeless,
                                       uint32_t &numSymbols) {
  std::vector<rt::InputSpec> arguments;
  for (const array &a : examples) {
    const graph::Node &node = *graph::nodeOf(a);
    arguments.push_back({node.dtype, std::vector<rt::SizeExpr>(node.shape.begin(), node.shape.end())});
  }
  std::map<int32_t, rt::SizeExpr> known{{0, 0}, {1, 1}};
  for (const array &a : traced.captured)
    for (int32_t size : graph::nodeOf(a)->shape)
      known.emplace(size, size);
  std::vector<bool> read(arguments.size());
  for (size_t i = 0; i < traced.inputs.size(); ++i)
    if (const size_t input = traced.inputs[i]; input < arguments.size()) {
      read[input] = true;
      arguments[input].dims = program.inputs[i].dims;
      for (size_t axis = 0; axis < arguments[input].dims.size(); ++axis)
        known.emplace(graph::nodeOf(examples[input])->shape[axis], arguments[input].dims[axis]);
    }
  for (size_t i = 0; shapeless && i < arguments.size(); ++i)
    for (size_t axis = 0; !read[i] && axis < arguments[i].dims.size(); ++axis) {
      auto [at, fresh] = known.try_emplace(graph::nodeOf(examples[i])->shape[axis]);
      if (fresh)
        at->second = rt::SizeExpr::symbol(numSymbols++);
      arguments[i].dims[axis] = at->second;
    }
  return arguments;
}

/// `cpu-x86-64-v3`.
std::string folderOf(std::string target) {
  std::replace(target.begin(), target.end(), ':', '-');
  return target;
}

rt::ProgramFile compileAll(Traced &traced, const std::vector<array> &examples, const ExportOptions &options, const std::string &dumpFolder) {
  std::vector<rt::ConstantSpec> captured;
  for (const array &a : traced.captured)
    captured.push_back(constantOf(a));
  codegen::AheadOptions ahead;
  ahead.exact = traced.exact;
  ahead.checkIndices = rt::envFlag(rt::EnvVar::Check);
  const bool folders = !dumpFolder.empty() && options.targets.size() > 1;
  if (folders)
    if (rt::Status cleared = codegen::Dump::clear(dumpFolder); !cleared)
      graph::raise(cleared.error());
  rt::ProgramFile file;
  file.signature.name = options.name;
  for (const std::string &target : options.targets) {
    ahead.compile.dumpFolder = folders ? dumpFolder + "/" + folderOf(target) : dumpFolder;
    codegen::CompileStats stats;
    auto variant = codegen::compileAhead(*traced.module, options.name, target, ahead, stats);
    if (stats.crashed) {
      // The context may hold locks: it stays as it is.
      (void)traced.module.release();
      (void)traced.context.release();
    }
    if (!variant)
      graph::raise({variant.error().code, std::string("[") + kOp + "] " + variant.error().message});
    rt::CompiledProgram &program = variant->program;
    file.signature.numSymbols = std::max(file.signature.numSymbols, program.numSymbols);
    if (file.variants.empty())
      file.signature.arguments = argumentsOf(traced, program, examples, options.shapeless, file.signature.numSymbols);
    bindCaptured(program, traced, file.signature.arguments, captured);
    file.variants.push_back(std::move(*variant));
  }
  const rt::CompiledProgram &program = file.variants.front().program;
  for (const Traced::Result &result : traced.results) {
    rt::ResultSpec spec{{}, {}, result.source, result.index};
    if (result.source == rt::ResultSpec::Output) {
      spec.dtype = program.outputs[result.index].dtype;
      spec.dims = program.outputs[result.index].dims;
    } else if (result.source == rt::ResultSpec::Argument) {
      spec.dtype = file.signature.arguments[result.index].dtype;
      spec.dims = file.signature.arguments[result.index].dims;
    } else {
      array whole = contiguous(traced.captured[result.index]);
      whole.eval();
      const graph::Node &node = *graph::nodeOf(whole);
      spec.dtype = node.dtype;
      spec.dims.assign(node.shape.begin(), node.shape.end());
      spec.index = uint32_t(file.constants.size());
      file.constants.push_back(constantOf(whole));
    }
    file.signature.results.push_back(std::move(spec));
  }
  return file;
}

void checkOptions(const ExportOptions &options) {
  if (options.name.empty() || options.name == "." || options.name == ".." || options.name.find('/') != std::string::npos)
    graph::fail(kOp, "the name '" + options.name + "' is no file name; folders belong to the directory");
  if (options.targets.empty())
    graph::fail(kOp, "there is no target; cpu:native is this machine");
  for (size_t i = 0; i < options.targets.size(); ++i) {
    if (rt::Status known = codegen::checkTarget(options.targets[i]); !known)
      graph::fail(kOp, known.error().message);
    if (std::find(options.targets.begin(), options.targets.begin() + std::ptrdiff_t(i), options.targets[i]) != options.targets.begin() + std::ptrdiff_t(i))
      graph::fail(kOp, "the target '" + options.targets[i] + "' is named twice; name each once");
  }
}

} // namespace

void export_kernels(const std::string &dir, Function fun, const std::vector<array> &example_inputs,
                    const ExportOptions &options) {
  if (!fun)
    graph::fail(kOp, "the function is empty; pass one that takes and returns arrays");
  checkOptions(options);
  const std::filesystem::path folder = dir.empty() ? "." : dir;
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  if (ec)
    graph::raise({rt::ErrorCode::file, std::string("[") + kOp + "] cannot create " + folder.string() + ": " + ec.message()});
  Traced traced = traceForExport(fun, example_inputs, options);
  const rt::ProgramFile file = compileAll(traced, example_inputs, options, options.dump ? (folder / options.name).string() : "");
  const std::vector<std::byte> bytes = rt::serialize(file);
  if (auto read = rt::ProgramFileReader::open(bytes, nullptr); !read)
    graph::fail(kOp, "the program cannot be called from a file: " + read.error().message + "; export it for each shape");
  const std::span<const std::byte> parts[] = {bytes};
  if (rt::Status written = rt::writeFile((folder / (options.name + ".mxe")).string(), parts); !written)
    graph::raise({written.error().code, std::string("[") + kOp + "] " + written.error().message});
}

} // namespace mx
