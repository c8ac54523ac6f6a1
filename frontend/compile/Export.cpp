// export_kernels: a trace, compiled for each target, and what it captured, in one file. Inputs of a compiled program are the
// trace's; those that are not arguments become constants here, so that a program in a file takes what its callers pass.
#include "codegen/Dump.h"
#include "codegen/aot/CompileAhead.h"
#include "frontend/compile/Import.h"
#include "frontend/compile/TraceFunction.h"
#include "frontend/eval/Eval.h"
#include "frontend/include/mx/export.h"
#include "frontend/include/mx/ops.h"
#include "frontend/trace/Errors.h"
#include "runtime/base/Env.h"
#include "runtime/base/Files.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>

namespace mx {
namespace {

constexpr const char *kOp = "export_kernels";

/// What was traced, apart from the graph.
struct Traced {
  /// In this order: the module goes before its context.
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  bool exact = false;
  /// For each input of the module's function, the argument it is, or one past them and then the captured arrays.
  std::vector<size_t> inputs;
  std::vector<array> captured;
  std::vector<graph::TracedResult> results;
  std::optional<graph::FreeSizes> free;
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

void checkNames(const char *what, const std::vector<std::string> &names, size_t count) {
  if (!names.empty() && names.size() != count)
    graph::fail(kOp, std::to_string(names.size()) + " names for " + std::to_string(count) + " " + what + "; give one for each, or none");
  std::set<std::string> seen;
  for (const std::string &name : names)
    if (name.empty() || name.find_first_of("=/") != std::string::npos || !seen.insert(name).second)
      graph::fail(kOp, "the name '" + name + "' of " + what + " is empty, has a '=' or '/', or is there twice; name each differently");
}

Traced traceForExport(const graph::TraceFunction::Function &fun, const std::vector<array> &examples, const ExportOptions &options) {
  graph::TraceFunction function(kOp, fun, examples, options.shapeless);
  const graph::TraceFunction::Call call = function.call(function.shapes());
  checkNames("results", options.output_names, call.outputs.size());
  Traced traced;
  if (options.shapeless) {
    auto free = graph::findFreeSizes(function, call);
    if (!free)
      graph::fail(kOp, free.error().message + "; export it for each shape, or give sizes that vary values of their own in the examples");
    traced.free = std::move(*free);
  }
  traced.context = graph::newContext();
  std::unique_lock lock(graph::graphMutex());
  graph::Trace trace;
  graph::TraceFunction::trace(call.outputs, graph::Sizes::Static, trace);
  traced.exact = trace.passes.exact;
  for (graph::Node *node : trace.inputs) {
    if (node->kind == graph::NodeKind::Placeholder) {
      traced.inputs.push_back(node->index);
    } else if (!node->hostScalar) { // scalars are in the code
      traced.inputs.push_back(examples.size() + traced.captured.size());
      traced.captured.push_back(graph::toArray(node));
    }
  }
  traced.results = graph::TraceFunction::resultsOf(call.outputs, trace, traced.captured);
  traced.module = traced.free ? graph::importTrace(traced.context.get(), trace, *traced.free, options.name)
                              : graph::importTrace(traced.context.get(), trace, options.name);
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

/// The arguments as callers see them.
std::vector<rt::InputSpec> argumentsOf(const Traced &traced, const std::vector<array> &examples) {
  std::vector<rt::InputSpec> arguments;
  for (size_t i = 0; i < examples.size(); ++i) {
    const graph::Node &node = *graph::nodeOf(examples[i]);
    arguments.push_back({node.dtype, traced.free ? ir::toSizeExprs(traced.free->arguments[i])
                                                 : std::vector<rt::SizeExpr>(node.shape.begin(), node.shape.end())});
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
  file.signature.arguments = argumentsOf(traced, examples);
  file.signature.argumentNames = options.input_names;
  file.signature.resultNames = options.output_names;
  if (traced.free) {
    file.signature.numSymbols = uint32_t(traced.free->atLeast.size());
    file.signature.atLeast = traced.free->atLeast;
    file.signature.atMost = traced.free->atMost;
    for (const graph::FreeSizes::Fixed &fixed : traced.free->fixed)
      file.signature.fixed.push_back({fixed.size, fixed.reason});
  }
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
    bindCaptured(program, traced, file.signature.arguments, captured);
    file.variants.push_back(std::move(*variant));
  }
  const rt::CompiledProgram &program = file.variants.front().program;
  for (const graph::TracedResult &result : traced.results) {
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

void export_kernels(const std::string &dir, graph::TraceFunction::Function fun, const std::vector<array> &example_inputs,
                    const ExportOptions &options) {
  if (!fun)
    graph::fail(kOp, "the function is empty; pass one that takes and returns arrays");
  checkOptions(options);
  checkNames("inputs", options.input_names, example_inputs.size());
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
