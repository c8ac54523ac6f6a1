// Function transformations: derivatives, batching, and evaluation of the lazy graph. They take functions over
// arrays and compose to any order; the functions they return may be called from several threads.
#pragma once

#include "mx/array.h"

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

/// Computes the arrays, and every intermediate result that some array of yours still holds; waits for those that are being
/// computed elsewhere. Throws what a computation fails with: here it can be tried again, but an array that failed in the
/// background throws at every use. Throws InvalidArgument on an array that depends on the input of a function being traced.
void eval(std::vector<array> outputs);
/// Starts the computation on the arrays' streams and returns. A later eval, item, data or wait of the arrays, and any use of
/// their values, waits for it and throws its error; so does synchronize on the stream. Throws at once what eval does about
/// arrays that have no value.
void async_eval(std::vector<array> outputs);

/// eval of each argument.
template <typename... Arrays, typename = std::enable_if_t<(std::is_convertible_v<Arrays, array> && ...)>>
void eval(Arrays &&...outputs) {
  eval(std::vector<array>{std::forward<Arrays>(outputs)...});
}
/// async_eval of each argument.
template <typename... Arrays, typename = std::enable_if_t<(std::is_convertible_v<Arrays, array> && ...)>>
void async_eval(Arrays &&...outputs) {
  async_eval(std::vector<array>{std::forward<Arrays>(outputs)...});
}

/// A function from arrays to arrays: what every transformation takes and most return.
using ArraysFn = std::function<std::vector<array>(const std::vector<array> &)>;

/// Vector-Jacobian product (reverse mode): the outputs of `fun` at `primals`, and for each primal the sum over outputs
/// of cotangent times derivative, with the primal's shape and dtype. One cotangent per output, of its shape; outputs
/// of stop_gradient take none. Primals that are not floating point, or that no output depends on, get zeros.
/// Throws InvalidArgument when cotangents and outputs do not match.
std::pair<std::vector<array>, std::vector<array>> vjp(const ArraysFn &fun, const std::vector<array> &primals,
                                                      const std::vector<array> &cotangents);
/// The same for a function of one array.
std::pair<array, array> vjp(const std::function<array(const array &)> &fun, const array &primal,
                            const array &cotangent);

/// Jacobian-vector product (forward mode): the outputs of `fun` at `primals`, and for each output its derivative along
/// `tangents`, with the output's shape and dtype. One tangent per primal, of its shape.
/// Throws InvalidArgument when tangents and primals do not match.
std::pair<std::vector<array>, std::vector<array>> jvp(const ArraysFn &fun, const std::vector<array> &primals,
                                                      const std::vector<array> &tangents);
/// The same for a function of one array.
std::pair<array, array> jvp(const std::function<array(const array &)> &fun, const array &primal, const array &tangent);

/// arguments -> (outputs, gradients of the first output)
using ValueAndGradFn =
    std::function<std::pair<std::vector<array>, std::vector<array>>(const std::vector<array> &)>;
/// arguments -> (value, gradients)
using SimpleValueAndGradFn = std::function<std::pair<array, std::vector<array>>(const std::vector<array> &)>;

/// A function that returns what `fun` does and the gradients of its first output, a scalar, with respect to the
/// arguments `argnums` (counted from the end when negative), in ascending order of the argument. Further outputs
/// are passed on without a gradient. Throws InvalidArgument when `argnums` is empty; the function throws it when an
/// argument number is out of range or repeated, or the first output is no scalar.
ValueAndGradFn value_and_grad(const ArraysFn &fun, const std::vector<int> &argnums);
/// Gradient with respect to one argument.
ValueAndGradFn value_and_grad(const ArraysFn &fun, int argnum = 0);
/// For a function of one array.
std::function<std::pair<array, array>(const array &)> value_and_grad(const std::function<array(const array &)> &fun);
/// For a function with one result.
SimpleValueAndGradFn value_and_grad(const std::function<array(const std::vector<array> &)> &fun,
                                    const std::vector<int> &argnums);
/// For a function with one result and the gradient with respect to one argument.
SimpleValueAndGradFn value_and_grad(const std::function<array(const std::vector<array> &)> &fun, int argnum = 0);

/// The gradients alone; see value_and_grad.
ArraysFn grad(const std::function<array(const std::vector<array> &)> &fun, const std::vector<int> &argnums);
/// The gradient with respect to one argument.
ArraysFn grad(const std::function<array(const std::vector<array> &)> &fun, int argnum = 0);
/// For a function of one array.
std::function<array(const array &)> grad(const std::function<array(const array &)> &fun);

/// `fun` mapped over an axis of its argument: `fun` sees arrays without it, and the results are stacked along
/// `out_axis`. An axis of -1 means not mapped: the argument is passed whole, and the result must not depend on
/// mapped arguments. Random numbers drawn inside from one key are the same for every element.
/// Throws InvalidArgument when only one of in and out axes says "not mapped"; the function throws it when an axis is
/// out of range or the mapped axes differ in size.
std::function<array(const array &)> vmap(const std::function<array(const array &)> &fun, int in_axis = 0,
                                         int out_axis = 0);
/// For a function of two arrays.
std::function<array(const array &, const array &)> vmap(const std::function<array(const array &, const array &)> &fun,
                                                        int in_axis_a = 0, int in_axis_b = 0, int out_axis = 0);
/// For any number of arguments and results; no axes means axis 0 of all.
ArraysFn vmap(const ArraysFn &fun, const std::vector<int> &in_axes = {}, const std::vector<int> &out_axes = {});

/// `fun` with rules of its own, each used instead of transforming its body:
/// `fun_vjp(arguments, cotangents, outputs)` returns one cotangent per argument; `fun_jvp(arguments, tangents,
/// argnums)` gets the tangents of the arguments `argnums` and returns one per output; `fun_vmap(arguments, axes)`
/// returns the outputs and the axis each is mapped along (-1: none). What `fun` captures gets no gradient then.
ArraysFn custom_function(
    ArraysFn fun,
    std::optional<std::function<std::vector<array>(const std::vector<array> &, const std::vector<array> &,
                                                   const std::vector<array> &)>>
        fun_vjp = std::nullopt,
    std::optional<std::function<std::vector<array>(const std::vector<array> &, const std::vector<array> &,
                                                   const std::vector<int> &)>>
        fun_jvp = std::nullopt,
    std::optional<std::function<std::pair<std::vector<array>, std::vector<int>>(const std::vector<array> &,
                                                                                const std::vector<int> &)>>
        fun_vmap = std::nullopt);

/// custom_function with only `fun_vjp`.
ArraysFn custom_vjp(ArraysFn fun, std::function<std::vector<array>(const std::vector<array> &,
                                                                   const std::vector<array> &,
                                                                   const std::vector<array> &)>
                                      fun_vjp);

/// `fun` that keeps only its arguments for the backward pass and computes its intermediate results again there: less
/// memory for more time. What `fun` captures gets no gradient: pass it as an argument.
ArraysFn checkpoint(ArraysFn fun);

} // namespace mx
MX_PUBLIC_END
