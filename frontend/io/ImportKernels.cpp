// import_kernels: a program file as a function over arrays.
#include "frontend/eval/Eval.h"
#include "frontend/include/mx/export.h"
#include "frontend/include/mx/ops.h"
#include "frontend/trace/Dtypes.h"
#include "frontend/trace/Errors.h"
#include "frontend/trace/LiveArrays.h"
#include "frontend/trace/Node.h"
#include "runtime/LoadedProgram.h"

namespace mx {
namespace {

std::vector<array> call(const rt::LoadedProgram &program, const std::vector<array> &inputs) {
  for (const array &a : inputs)
    if (a.is_tracer())
      graph::fail("import_kernels", "a program from a file has no derivative and is part of no other program; call it outside of transformations");
  graph::evaluate(inputs);
  std::vector<array> rowMajor; // what has gaps or another order is copied
  std::vector<rt::TensorView> arguments;
  rowMajor.reserve(inputs.size());
  for (const array &a : inputs) {
    const graph::Node *node = graph::nodeOf(a);
    if (!node->hostScalar && !graph::layoutOf(*node).rowContiguous) {
      rowMajor.push_back(contiguous(a));
      rowMajor.back().eval();
      node = graph::nodeOf(rowMajor.back());
    }
    arguments.push_back({graph::dataOf(*node), node->dtype, {node->shape.data(), node->shape.size()}});
  }
  std::vector<rt::TensorValue> values;
  if (rt::Status status = program.run(arguments, values); !status)
    graph::raise(graph::withLiveArrays(status.error()));
  std::vector<array> results;
  for (rt::TensorValue &value : values)
    results.push_back(graph::makeLeaf(Shape(value.shape.begin(), value.shape.end()), value.dtype, std::move(value.buffer)));
  return results;
}

} // namespace

std::function<std::vector<array>(const std::vector<array> &)> import_kernels(const std::string &file) {
  rt::LoadOptions options;
  options.device = default_device() == Device::gpu ? rt::DeviceKind::gpu : rt::DeviceKind::cpu;
  auto loaded = rt::LoadedProgram::load(file, options);
  if (!loaded)
    graph::raise({loaded.error().code, "[import_kernels] " + loaded.error().message});
  auto program = std::make_shared<const rt::LoadedProgram>(std::move(*loaded));
  return [program](const std::vector<array> &inputs) { return call(*program, inputs); };
}

} // namespace mx
