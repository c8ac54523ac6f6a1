// mx::vjp, jvp, grad and value_and_grad: checks and calling conventions around the two modes of differentiation.
#include "frontend/trace/Errors.h"
#include "frontend/trace/Tracing.h"
#include "frontend/transforms/Gradient.h"
#include "mx/ops.h"
#include "mx/transforms.h"

#include <algorithm>

namespace mx {
namespace transforms {

std::vector<array> traceInputs(const std::vector<array> &primals) {
  std::vector<array> inputs;
  inputs.reserve(primals.size());
  for (const array &p : primals) {
    inputs.push_back(graph::makeAlias(p));
    graph::nodeOf(inputs.back())->tracer = true;
  }
  return inputs;
}

} // namespace transforms

namespace {

using graph::fail;
using transforms::MaybeArray;

std::vector<array> withZeros(const std::vector<MaybeArray> &derivatives, const std::vector<array> &like) {
  std::vector<array> result;
  result.reserve(derivatives.size());
  for (size_t i = 0; i < derivatives.size(); ++i)
    result.push_back(derivatives[i] ? *derivatives[i] : zeros_like(like[i]));
  return result;
}

void checkShape(std::string_view op, const char *what, size_t i, const array &got, const array &want) {
  if (got.shape() != want.shape())
    fail(op, std::string(what) + ' ' + std::to_string(i) + " has shape " + graph::str(got.shape()) + ", its value " +
                 graph::str(want.shape()) + "; give it that of the value");
}

bool stopsGradient(const array &a) {
  const graph::Node *node = graph::nodeOf(a);
  return node->kind == graph::NodeKind::Op && node->op == ir::OpKind::StopGradient;
}

/// One cotangent per output; outputs of stop_gradient take none from `given`.
std::vector<MaybeArray> assignCotangents(const std::vector<array> &outputs, const std::vector<array> &given) {
  std::vector<MaybeArray> cotangents(outputs.size());
  size_t used = 0;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (stopsGradient(outputs[i]))
      continue;
    if (used < given.size()) {
      checkShape("vjp", "cotangent", used, given[used], outputs[i]);
      cotangents[i] = given[used];
    }
    ++used;
  }
  if (used != given.size())
    fail("vjp", "got " + std::to_string(given.size()) + " cotangents for " + std::to_string(used) + " outputs; give one for each");
  return cotangents;
}

/// `argnums` counted from the front and sorted.
std::vector<int> resolveArgnums(std::vector<int> argnums, size_t count) {
  for (int &arg : argnums) {
    const int given = arg;
    if (arg < 0)
      arg += static_cast<int>(count);
    if (arg < 0 || arg >= static_cast<int>(count))
      fail("grad", "argument number " + std::to_string(given) + " is out of range for a function of " +
                       std::to_string(count) + " arguments; count from 0");
  }
  std::sort(argnums.begin(), argnums.end());
  if (auto twice = std::adjacent_find(argnums.begin(), argnums.end()); twice != argnums.end())
    fail("grad", "argument number " + std::to_string(*twice) + " is repeated; name each once");
  return argnums;
}

} // namespace

std::pair<std::vector<array>, std::vector<array>> vjp(const ArraysFn &fun, const std::vector<array> &primals,
                                                      const std::vector<array> &cotangents) {
  const graph::TracingScope tracing;
  const std::vector<array> inputs = transforms::traceInputs(primals);
  std::vector<array> outputs = fun(inputs);
  auto gradients = transforms::pullBack(inputs, outputs, assignCotangents(outputs, cotangents));
  return {std::move(outputs), withZeros(gradients, primals)};
}

std::pair<array, array> vjp(const std::function<array(const array &)> &fun, const array &primal,
                            const array &cotangent) {
  auto [outputs, gradients] = vjp([&](const std::vector<array> &in) { return std::vector<array>{fun(in[0])}; },
                                  std::vector<array>{primal}, std::vector<array>{cotangent});
  return {outputs[0], gradients[0]};
}

std::pair<std::vector<array>, std::vector<array>> jvp(const ArraysFn &fun, const std::vector<array> &primals,
                                                      const std::vector<array> &tangents) {
  if (primals.size() != tangents.size())
    fail("jvp", "got " + std::to_string(tangents.size()) + " tangents for " + std::to_string(primals.size()) +
                    " primals; give one for each");
  for (size_t i = 0; i < primals.size(); ++i)
    checkShape("jvp", "tangent", i, tangents[i], primals[i]);
  const graph::TracingScope tracing;
  const std::vector<array> inputs = transforms::traceInputs(primals);
  std::vector<array> outputs = fun(inputs);
  auto derivatives = transforms::pushForward(inputs, outputs, {tangents.begin(), tangents.end()});
  std::vector<array> result = withZeros(derivatives, outputs);
  return {std::move(outputs), std::move(result)};
}

std::pair<array, array> jvp(const std::function<array(const array &)> &fun, const array &primal,
                            const array &tangent) {
  auto [outputs, derivatives] = jvp([&](const std::vector<array> &in) { return std::vector<array>{fun(in[0])}; },
                                    std::vector<array>{primal}, std::vector<array>{tangent});
  return {outputs[0], derivatives[0]};
}

ValueAndGradFn value_and_grad(const ArraysFn &fun, const std::vector<int> &argnums) {
  if (argnums.empty())
    fail("grad", "needs at least one argument number; give {0} for the first argument");
  return [fun, argnums](const std::vector<array> &arguments) {
    const std::vector<int> wanted = resolveArgnums(argnums, arguments.size());
    const graph::TracingScope tracing;
    std::vector<array> primals;
    for (int arg : wanted)
      primals.push_back(arguments[arg]);
    const std::vector<array> inputs = transforms::traceInputs(primals);
    std::vector<array> traced = arguments;
    for (size_t i = 0; i < wanted.size(); ++i)
      traced[wanted[i]] = inputs[i];
    std::vector<array> outputs = fun(traced);
    if (outputs.empty())
      fail("grad", "the function has no output; return the loss first");
    if (outputs[0].ndim() != 0)
      fail("grad", "the first output must be a scalar, got shape " + graph::str(outputs[0].shape()) + "; reduce it with sum or mean");
    std::vector<MaybeArray> cotangents(outputs.size());
    cotangents[0] = ones_like(outputs[0]);
    auto gradients = transforms::pullBack(inputs, outputs, std::move(cotangents));
    return std::make_pair(std::move(outputs), withZeros(gradients, primals));
  };
}

ValueAndGradFn value_and_grad(const ArraysFn &fun, int argnum) { return value_and_grad(fun, std::vector<int>{argnum}); }

SimpleValueAndGradFn value_and_grad(const std::function<array(const std::vector<array> &)> &fun,
                                    const std::vector<int> &argnums) {
  ValueAndGradFn both =
      value_and_grad([fun](const std::vector<array> &in) { return std::vector<array>{fun(in)}; }, argnums);
  return [both](const std::vector<array> &in) {
    auto [values, gradients] = both(in);
    return std::make_pair(values[0], gradients);
  };
}

SimpleValueAndGradFn value_and_grad(const std::function<array(const std::vector<array> &)> &fun, int argnum) {
  return value_and_grad(fun, std::vector<int>{argnum});
}

std::function<std::pair<array, array>(const array &)> value_and_grad(const std::function<array(const array &)> &fun) {
  ValueAndGradFn both =
      value_and_grad([fun](const std::vector<array> &in) { return std::vector<array>{fun(in[0])}; }, 0);
  return [both](const array &a) {
    auto [values, gradients] = both({a});
    return std::make_pair(values[0], gradients[0]);
  };
}

ArraysFn grad(const std::function<array(const std::vector<array> &)> &fun, const std::vector<int> &argnums) {
  SimpleValueAndGradFn both = value_and_grad(fun, argnums);
  return [both](const std::vector<array> &in) { return both(in).second; };
}

ArraysFn grad(const std::function<array(const std::vector<array> &)> &fun, int argnum) {
  return grad(fun, std::vector<int>{argnum});
}

std::function<array(const array &)> grad(const std::function<array(const array &)> &fun) {
  auto both = value_and_grad(fun);
  return [both](const array &a) { return both(a).second; };
}

} // namespace mx
