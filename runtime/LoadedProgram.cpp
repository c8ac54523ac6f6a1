// The call is short: sizes are compared or solved for, the program runs into fresh buffers, and results that are no output of
// it are copied. What one would get wrong: a size that stands alone in an argument's shape defines its symbol at the first
// place and is a condition at all others.
#include "runtime/LoadedProgram.h"

#include "runtime/Allocator.h"
#include "runtime/Regions.h"
#include "runtime/ShaderNeeds.h"
#include "runtime/base/CheckedSize.h"
#include "runtime/base/InlineArray.h"
#include "runtime/cpu/CpuFeatures.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace mx::rt {
namespace {

std::string joined(std::span<const std::string> words) {
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string joined(const std::vector<ProgramFileReader::Variant> &variants) {
  std::vector<std::string> names;
  for (const auto &variant : variants)
    names.push_back(variant.target);
  return names.empty() ? "no target" : joined(names);
}

std::string shapeText(std::span<const int32_t> shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

/// `s0`, `(s0 * 3)`, as dumps write sizes.
std::string sizeText(const SizeExpr &size) {
  if (size.isConstant())
    return std::to_string(size.value());
  std::vector<std::string> operands;
  for (const SizeExpr::Instr &instr : size.instructions()) {
    using enum SizeExpr::Op;
    if (instr.op == Const || instr.op == Symbol) {
      operands.push_back((instr.op == Symbol ? "s" : "") + std::to_string(instr.arg));
      continue;
    }
    const std::string right = std::move(operands.back());
    operands.pop_back();
    std::string &left = operands.back();
    if (instr.op == Max || instr.op == Min) {
      left = (instr.op == Max ? "max(" : "min(") + left + ", " + right + ")";
      continue;
    }
    const char *sign = instr.op == Add ? " + " : instr.op == Sub ? " - " : instr.op == Mul ? " * " : instr.op == Mod ? " mod " : instr.op == FloorDiv ? " floordiv " : " ceildiv ";
    left = "(" + left + sign + right + ")";
  }
  return operands.back();
}

/// Why a device cannot run the variant, as far as the file says; empty when it can.
std::string obstacle(const ProgramFileReader::Variant &variant, const GpuProperties *gpu) {
  if (gpu) {
    const std::string subgroups = subgroupFeature(gpu->subgroupSize);
    for (const std::string &feature : variant.features)
      if (feature != subgroups)
        return gpu->name + " lacks " + feature;
    return {};
  }
  const std::vector<std::string> missing = missingCpuFeatures(variant.features);
  return missing.empty() ? "" : "this processor lacks " + joined(missing);
}

std::string obstacle(const CompiledProgram &program, const GpuProperties &device) {
  for (const Step &step : program.steps)
    if (step.entry.shader)
      if (std::string missing = missingFor(*step.entry.shader->words, device); !missing.empty())
        return device.name + " lacks " + missing;
  return {};
}

/// True when every step has what the device runs.
bool suits(const CompiledProgram &program, DeviceKind kind) {
  return std::all_of(program.steps.begin(), program.steps.end(),
                     [&](const Step &step) { return bool(step.entry.shader) == (kind == DeviceKind::gpu); });
}

Error noTarget(const ProgramFileReader &file, DeviceKind kind, const std::string &reasons) {
  return {ErrorCode::device, std::string("no program of the file runs on ") + (kind == DeviceKind::gpu ? "the gpu" : "this processor") + ": it was made for " +
                                 joined(file.variants()) + reasons};
}

struct Choice {
  const ProgramFileReader::Variant *variant;
  CompiledProgram program;
};

Result<Choice> choose(const ProgramFileReader &file, const LoadOptions &options, const Device &device) {
  const bool gpu = options.device == DeviceKind::gpu;
  std::vector<const ProgramFileReader::Variant *> candidates;
  std::string reasons;
  for (const auto &variant : file.variants()) {
    if (!options.target.empty() ? variant.target != options.target : !variant.target.starts_with(gpu ? "spirv:" : "cpu:"))
      continue;
    // The variant that uses most of the machine; the first of equals.
    auto usesMore = [](auto *a, auto *b) { return a->features.size() > b->features.size(); };
    if (std::string why = obstacle(variant, device.gpu()); !why.empty())
      reasons += "; " + variant.target + ": " + why;
    else
      candidates.insert(std::upper_bound(candidates.begin(), candidates.end(), &variant, usesMore), &variant);
  }
  for (const auto *variant : candidates) {
    auto program = file.program(*variant, /*copyConstants=*/gpu);
    if (!program)
      return program.error();
    if (!suits(*program, options.device)) {
      reasons += "; " + variant->target + " is for another kind of device";
      continue;
    }
    if (gpu)
      if (std::string why = obstacle(*program, *device.gpu()); !why.empty()) {
        reasons += "; " + variant->target + ": " + why;
        continue;
      }
    return Choice{variant, std::move(*program)};
  }
  return noTarget(file, options.device, options.target.empty() || !reasons.empty() ? reasons : ", not for " + options.target);
}

} // namespace

std::string shapeText(std::span<const SizeExpr> dims) {
  std::string text = "(";
  for (size_t i = 0; i < dims.size(); ++i) {
    text += (i ? ", " : "") + sizeText(dims[i]);
  }
  return text + (dims.size() == 1 ? ",)" : ")");
}

Result<LoadedProgram> LoadedProgram::load(ProgramFileReader file, const LoadOptions &options) {
  Device *device = findDevice(options.device);
  if (!device)
    return Error{ErrorCode::device, "there is no gpu: " + gpuReason()};
  auto choice = choose(file, options, *device);
  if (!choice)
    return choice.error();
  std::string target = choice->variant->target;
  return LoadedProgram(std::move(file), std::move(target), std::move(choice->program), *device);
}

Result<LoadedProgram> LoadedProgram::load(const std::string &path, const LoadOptions &options) {
  auto mapped = mapFile(path);
  if (!mapped)
    return mapped.error();
  auto in = [&](const Error &e) { return Error{e.code, "file " + path + ": " + e.message}; };
  auto file = ProgramFileReader::open(mapped->bytes, mapped->owner);
  if (!file)
    return in(file.error());
  auto loaded = load(std::move(*file), options);
  return loaded ? std::move(loaded) : in(loaded.error());
}

Error LoadedProgram::fault(std::string what) const {
  return {ErrorCode::invalidArgument, "[" + (signature().name.empty() ? "program" : signature().name) + "] " + std::move(what)};
}

std::string LoadedProgram::nameOfInput(size_t i) const {
  const std::vector<std::string> &names = signature().argumentNames;
  return "input " + std::to_string(i) + (names.empty() ? "" : " '" + names[i] + "'");
}

// What a caller whose shape differs can do about it.
Error LoadedProgram::wrongShape(size_t i, std::span<const int32_t> shape) const {
  const InputSpec &spec = signature().arguments[i];
  std::string text = nameOfInput(i) + " has shape " + shapeText(shape) + ", not " + rt::shapeText(spec.dims);
  for (size_t axis = 0; axis < spec.dims.size() && shape.size() == spec.dims.size(); ++axis)
    for (const FixedSize &fixed : signature().fixed)
      if (spec.dims[axis].isConstant() && fixed.size == spec.dims[axis].value() && shape[axis] != fixed.size)
        return fault(text + "; " + std::to_string(fixed.size) + " is part of the program, because " + fixed.reason + "; export one for this shape");
  return fault(text + (signature().numSymbols ? "; sizes of one name are equal, others are part of the program: export one for this shape"
                                              : "; export a program for this shape, or a shapeless one"));
}

Status LoadedProgram::bindSizes(std::span<const TensorView> arguments, std::span<int64_t> symbols) const {
  const std::vector<InputSpec> &specs = signature().arguments;
  if (arguments.size() != specs.size())
    return fault("takes " + std::to_string(specs.size()) + " inputs, not " + std::to_string(arguments.size()) + "; pass them in the order of the export");
  std::fill(symbols.begin(), symbols.end(), -1);
  for (size_t i = 0; i < specs.size(); ++i) {
    const InputSpec &spec = specs[i];
    const TensorView &argument = arguments[i];
    if (argument.dtype != spec.dtype)
      return fault(nameOfInput(i) + " is " + std::string(nameOf(argument.dtype)) + ", not " + std::string(nameOf(spec.dtype)) + "; convert it before the call");
    bool fits = argument.shape.size() == spec.dims.size();
    for (size_t axis = 0; fits && axis < spec.dims.size(); ++axis) {
      const int64_t size = argument.shape[axis];
      if (auto code = spec.dims[axis].instructions(); code.size() == 1 && symbols[static_cast<size_t>(code[0].arg)] < 0)
        symbols[static_cast<size_t>(code[0].arg)] = size;
      else if (code.size() <= 1)
        fits = spec.dims[axis].evaluate(symbols) == size;
      fits &= size >= 0;
    }
    if (!fits)
      return wrongShape(i, argument.shape);
    if (!argument.data && std::find(argument.shape.begin(), argument.shape.end(), 0) == argument.shape.end())
      return fault(nameOfInput(i) + " has no data; point it at its elements");
  }
  // Sizes that are computed from others: by now all symbols are known.
  if (!symbols.empty())
    for (size_t i = 0; i < specs.size(); ++i)
      for (size_t axis = 0; axis < specs[i].dims.size(); ++axis)
        if (specs[i].dims[axis].evaluate(symbols) != arguments[i].shape[axis])
          return wrongShape(i, arguments[i].shape);
  for (size_t symbol = 0; symbol < signature().atMost.size(); ++symbol)
    if (symbols[symbol] > signature().atMost[symbol])
      return fault("the size s" + std::to_string(symbol) + " is " + std::to_string(symbols[symbol]) + ", and the program holds up to " +
                   std::to_string(signature().atMost[symbol]) + "; export one for this shape");
  for (size_t symbol = 0; symbol < signature().atLeast.size(); ++symbol)
    if (symbols[symbol] < signature().atLeast[symbol])
      return fault("the size s" + std::to_string(symbol) + " is " + std::to_string(symbols[symbol]) + ", and the program holds from " +
                   std::to_string(signature().atLeast[symbol]) + " on; export one for this shape");
  return {};
}

Status LoadedProgram::run(std::span<const TensorView> arguments, std::vector<TensorValue> &results, std::vector<int64_t> *stepNs) const {
  InlineArray<int64_t, 8> symbols(signature().numSymbols);
  const std::span<int64_t> sizes(symbols.data(), symbols.size());
  if (Status s = bindSizes(arguments, sizes); !s)
    return s;
  InlineArray<void *, 16> inputs(arguments.size());
  for (size_t i = 0; i < arguments.size(); ++i)
    inputs[i] = const_cast<void *>(arguments[i].data);
  results.resize(signature().results.size());
  std::vector<BufferPtr> outputs(code.outputs.size());
  for (size_t i = 0; i < results.size(); ++i)
    if (const ResultSpec &spec = signature().results[i]; spec.source == ResultSpec::Output && results[i].buffer.unique())
      if (const int64_t bytes = code.outputs[spec.index].bytes.evaluate(sizes); bytes >= 0 && results[i].buffer->bytes >= static_cast<size_t>(bytes))
        outputs[spec.index] = std::move(results[i].buffer);
  if (Status s = device->run(code, {{inputs.data(), inputs.size()}, sizes, {}, outputs, stepNs}); !s)
    return s;
  return collect(arguments, sizes, outputs, results);
}

Status LoadedProgram::collect(std::span<const TensorView> arguments, std::span<const int64_t> symbols, std::span<BufferPtr> outputs,
                              std::vector<TensorValue> &results) const {
  for (size_t i = 0; i < results.size(); ++i) {
    const ResultSpec &spec = signature().results[i];
    TensorValue &result = results[i];
    result.dtype = spec.dtype;
    result.shape.resize(spec.dims.size());
    CheckedSize bytes = sizeOf(spec.dtype);
    for (size_t axis = 0; axis < spec.dims.size(); ++axis) {
      const int64_t size = spec.dims[axis].evaluate(symbols);
      if (size < 0 || size > INT32_MAX)
        return Error{ErrorCode::overflow, fault("result " + std::to_string(i) + " has an axis of " + std::to_string(size)).message};
      result.shape[axis] = static_cast<int32_t>(size);
      bytes *= size;
    }
    if (spec.source == ResultSpec::Output) {
      result.buffer = outputs[spec.index];
      if (Status s = hostAccess(result.buffer->data); !s)
        return s;
      continue;
    }
    const void *from = spec.source == ResultSpec::Argument ? arguments[spec.index].data : file.constants()[spec.index].data->data;
    auto copy = hostAllocator().allocate(static_cast<size_t>(bytes.valueOr(0)));
    if (!copy)
      return copy.error();
    if (bytes.valueOr(0))
      std::memcpy((*copy)->data, from, static_cast<size_t>(bytes.valueOr(0)));
    result.buffer = std::move(*copy);
  }
  return {};
}

} // namespace mx::rt
