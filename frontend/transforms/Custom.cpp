// Functions with transformation rules of their own: groups of the trace, invisible to evaluation.
#include "frontend/trace/Tracing.h"
#include "frontend/transforms/Gradient.h"
#include "mx/ops.h"
#include "mx/transforms.h"

namespace mx {
namespace {

/// `fun` whose calls become groups with the rules of `info`.
ArraysFn grouped(ArraysFn fun, graph::GroupInfo info) {
  return [fun = std::move(fun), info = std::move(info)](const std::vector<array> &args) {
    return graph::makeGroup(info, args, fun(args));
  };
}

} // namespace

ArraysFn custom_function(
    ArraysFn fun,
    std::optional<std::function<std::vector<array>(const std::vector<array> &, const std::vector<array> &,
                                                   const std::vector<array> &)>>
        fun_vjp,
    std::optional<std::function<std::vector<array>(const std::vector<array> &, const std::vector<array> &,
                                                   const std::vector<int> &)>>
        fun_jvp,
    std::optional<std::function<std::pair<std::vector<array>, std::vector<int>>(const std::vector<array> &,
                                                                                const std::vector<int> &)>>
        fun_vmap) {
  graph::GroupInfo info;
  info.name = "custom_function";
  if (fun_vjp)
    info.vjp = std::move(*fun_vjp);
  if (fun_jvp)
    info.jvp = std::move(*fun_jvp);
  if (fun_vmap)
    info.vmap = std::move(*fun_vmap);
  return grouped(std::move(fun), std::move(info));
}

ArraysFn custom_vjp(ArraysFn fun, std::function<std::vector<array>(const std::vector<array> &,
                                                                   const std::vector<array> &,
                                                                   const std::vector<array> &)>
                                      fun_vjp) {
  return custom_function(std::move(fun), std::move(fun_vjp));
}

ArraysFn checkpoint(ArraysFn fun) {
  graph::GroupInfo info;
  info.name = "checkpoint";
  // Behind barriers the arguments are other values to the compiler, so that it cannot take the intermediate results of
  // the forward pass instead of computing them again.
  info.vjp = [fun](const std::vector<array> &args, const std::vector<array> &cotangents, const std::vector<array> &) {
    const graph::TracingScope tracing;
    const int64_t id = graph::TracingScope::nextBarrier();
    std::vector<array> kept;
    for (const array &a : args)
      kept.push_back(graph::make(ir::OpKind::Barrier, {a}, {id}));
    const std::vector<array> inputs = transforms::traceInputs(kept);
    auto gradients =
        transforms::pullBack(inputs, fun(inputs), {cotangents.begin(), cotangents.end()});
    std::vector<array> result;
    for (size_t i = 0; i < args.size(); ++i)
      result.push_back(gradients[i] ? *gradients[i] : zeros_like(args[i]));
    return result;
  };
  return grouped(std::move(fun), std::move(info));
}

} // namespace mx
