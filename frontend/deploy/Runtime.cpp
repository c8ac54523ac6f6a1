// mx/runtime.h, the public face, over rt::LoadedProgram: what goes in is checked there, what fails is thrown here as its typed exception.
#include "runtime/LoadedProgram.h"

#include "frontend/include/mx/runtime.h"
#include "frontend/trace/Exceptions.h"

namespace mx {

// Nothing is traced here, so no error has a line of the user's.
std::string Error::where() const { return {}; }

namespace rt {
namespace {

Dtype publicDtype(DType t) { return Dtype(static_cast<Dtype::Val>(t), static_cast<uint8_t>(sizeOf(t))); }

TensorSpec specOf(DType dtype, std::span<const SizeExpr> dims, const std::vector<std::string> &names, size_t i) {
  TensorSpec spec{publicDtype(dtype), {}, names.empty() ? "" : names[i]};
  for (const SizeExpr &dim : dims)
    spec.shape.push_back(dim.isConstant() ? static_cast<int32_t>(dim.value()) : -1);
  return spec;
}

} // namespace

Program Program::load(const std::string &path, mx::Device device) {
  LoadOptions options;
  options.device = device == mx::Device::gpu ? DeviceKind::gpu : DeviceKind::cpu;
  auto loaded = LoadedProgram::load(path, options);
  if (!loaded)
    throwTyped({loaded.error().code, "[Program::load] " + loaded.error().message});
  return Program(std::make_shared<const LoadedProgram>(std::move(*loaded)));
}

std::vector<Tensor> Program::run(std::span<const Tensor> inputs) const {
  std::vector<TensorView> arguments;
  arguments.reserve(inputs.size());
  for (const Tensor &input : inputs)
    arguments.push_back({input.pointer, static_cast<DType>(input.dtype.val()), {input.shape.data(), input.shape.size()}});
  std::vector<TensorValue> values;
  if (Status status = impl->run(arguments, values); !status)
    throwTyped(status.error());
  std::vector<Tensor> results(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    void *data = values[i].buffer->data;
    results[i] = Tensor(data, publicDtype(values[i].dtype), Shape(values[i].shape.begin(), values[i].shape.end()));
    results[i].owner = {data, [buffer = std::move(values[i].buffer)](const void *) {}};
  }
  return results;
}

const std::string &Program::name() const { return impl->signature().name; }
const std::string &Program::target() const { return impl->target(); }

std::vector<TensorSpec> Program::inputs() const {
  std::vector<TensorSpec> specs;
  for (const InputSpec &input : impl->signature().arguments)
    specs.push_back(specOf(input.dtype, input.dims, impl->signature().argumentNames, specs.size()));
  return specs;
}

std::vector<TensorSpec> Program::outputs() const {
  std::vector<TensorSpec> specs;
  for (const ResultSpec &result : impl->signature().results)
    specs.push_back(specOf(result.dtype, result.dims, impl->signature().resultNames, specs.size()));
  return specs;
}

} // namespace rt
} // namespace mx
