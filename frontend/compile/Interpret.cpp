// The interpreter gets the module that a compiler would get, so import is checked with all that follows. Arrays that have
// their values already are taken as they are: interpret before evaluating.
#include "frontend/compile/Interpret.h"

#include "frontend/compile/Import.h"
#include "frontend/include/mx/ops.h"
#include "ir/MxDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <algorithm>
#include <cstring>

namespace mx::graph {

using ir::interp::Tensor;

Tensor tensorOf(const array &a) {
  const Node &node = *nodeOf(a);
  if (!node.available() || !layoutOf(node).rowContiguous) {
    array rowMajor = contiguous(a);
    rowMajor.eval();
    return tensorOf(rowMajor);
  }
  Tensor t{node.dtype, {node.shape.begin(), node.shape.end()}, std::vector<std::byte>(a.nbytes())};
  if (!t.data.empty())
    std::memcpy(t.data.data(), hostDataOf(node), t.data.size());
  return t;
}

rt::Result<std::vector<Tensor>> interpret(const std::vector<array> &lazy) {
  std::lock_guard lock(graphMutex());
  std::vector<Node *> roots;
  for (const array &a : lazy)
    if (Node *node = resolve(nodeOf(a)); !node->available())
      roots.push_back(node);
  Trace trace;
  traceGraph(roots, Sizes::Dynamic, /*keepHeld=*/false, trace);
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<ir::MxDialect, mlir::func::FuncDialect>();
  auto module = importTrace(&context, trace, "main");
  std::vector<Tensor> inputs;
  for (Node *node : trace.inputs)
    inputs.push_back(tensorOf(toArray(node)));
  auto values = ir::interp::run(module->lookupSymbol<mlir::func::FuncOp>("main"), inputs, trace.symbols);
  if (!values)
    return values.error();
  std::vector<Tensor> results;
  for (const array &a : lazy) {
    const auto it = std::find(trace.outputs.begin(), trace.outputs.end(), resolve(nodeOf(a)));
    results.push_back(it == trace.outputs.end() ? tensorOf(a) : (*values)[size_t(it - trace.outputs.begin())]);
  }
  return results;
}

} // namespace mx::graph
