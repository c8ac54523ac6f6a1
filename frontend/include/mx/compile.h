// mx::compile: a function over arrays becomes a program, traced and compiled once per combination of shapes and
// dtypes and called like the function itself.
#pragma once

#include "mx/array.h"
#include "mx/transforms.h"

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

namespace detail {
/// The traces and programs of one compiled function; shared by its copies, safe to call from several threads.
class Compiled;
std::shared_ptr<Compiled> make_compiled(ArraysFn fun, bool shapeless);
std::vector<array> call_compiled(Compiled &fun, const std::vector<array> &inputs);
/// Consumes its inputs: buffers that nothing else holds are overwritten with results.
std::vector<array> call_compiled(Compiled &fun, std::vector<array> &&inputs);
} // namespace detail

/// A compiled function with the call signature of what it was made from.
template <typename Signature> class CompiledFunction;

/// The form that takes and returns vectors. Converts to ArraysFn.
template <> class CompiledFunction<std::vector<array>(const std::vector<array> &)> {
public:
  explicit CompiledFunction(std::shared_ptr<detail::Compiled> impl) : impl(std::move(impl)) {}
  /// Runs the program for the inputs' shapes and dtypes, tracing and compiling it at the first call with them. Throws what
  /// tracing throws, and DeviceError when memory runs out.
  std::vector<array> operator()(const std::vector<array> &inputs) const { return detail::call_compiled(*impl, inputs); }
  /// The same, and buffers that only `inputs` holds are donated: results take their place.
  std::vector<array> operator()(std::vector<array> &&inputs) const { return detail::call_compiled(*impl, std::move(inputs)); }

private:
  std::shared_ptr<detail::Compiled> impl;
};

/// The form of a callable R(array...), R = array or std::vector<array>.
template <typename R, typename... Args> class CompiledFunction<R(Args...)> {
public:
  explicit CompiledFunction(std::shared_ptr<detail::Compiled> impl) : impl(std::move(impl)) {}
  R operator()(std::conditional_t<true, array, Args>... args) const {
    std::vector<array> inputs;
    (inputs.push_back(std::move(args)), ...);
    auto outputs = detail::call_compiled(*impl, std::move(inputs));
    if constexpr (std::is_same_v<R, array>)
      return std::move(outputs.at(0));
    else
      return outputs;
  }

private:
  std::shared_ptr<detail::Compiled> impl;
};

namespace detail {
/// The signature of a pointer to a function, parameters as plain values; void for anything else.
template <typename F> struct pointer_signature { using type = void; };
template <typename R, typename... A> struct pointer_signature<R (*)(A...)> { using type = R(std::decay_t<A>...); };
template <typename C, typename R, typename... A> struct pointer_signature<R (C::*)(A...)> { using type = R(std::decay_t<A>...); };
template <typename C, typename R, typename... A> struct pointer_signature<R (C::*)(A...) const> { using type = R(std::decay_t<A>...); };
/// The signature of a non-generic callable; void when it is generic or overloaded, as CompiledFunction itself is.
template <typename F> struct callable_signature : pointer_signature<F> {};
template <typename F>
  requires requires { &F::operator(); }
struct callable_signature<F> : pointer_signature<decltype(&F::operator())> {};

template <typename Signature> struct callable_traits : std::false_type {};
template <typename R, typename... A> struct callable_traits<R(A...)>
    : std::bool_constant<(std::is_same_v<A, array> && ...) && (std::is_same_v<R, array> || std::is_same_v<R, std::vector<array>>)> {
  template <typename F> static ArraysFn erase(F f) {
    return [f = std::move(f)](const std::vector<array> &inputs) mutable {
      return [&]<std::size_t... I>(std::index_sequence<I...>) -> std::vector<array> {
        if constexpr (std::is_same_v<R, array>)
          return {f(inputs.at(I)...)};
        else
          return f(inputs.at(I)...);
      }(std::index_sequence_for<A...>{});
    };
  }
};
} // namespace detail

/// Compiles `fun`. It is called with arrays that have no data: what it returns is recorded as a program, one per
/// combination of input shapes and dtypes, and called in its stead. Arrays it captures become inputs of the program, read
/// when it is traced. Random draws without a key advance the process-wide sequence at every call as the function itself
/// would. With `shapeless` other sizes of the same ranks and dtypes cost no compilation: their programs take sizes as
/// arguments. A function that never looks at a size is not called again for them; one that does is traced anew.
/// Throws InvalidArgument for an empty function.
CompiledFunction<std::vector<array>(const std::vector<array> &)> compile(ArraysFn fun, bool shapeless = false);
CompiledFunction<std::vector<array>(const std::vector<array> &)> compile(std::vector<array> (*fun)(const std::vector<array> &),
                                                                         bool shapeless = false);
/// Throws InvalidArgument, for there is no function, unless compilation is disabled.
CompiledFunction<std::vector<array>(const std::vector<array> &)> compile(std::nullptr_t, bool shapeless = false);

/// A lambda of the vector form, which would convert to both of the above.
template <typename F>
  requires std::is_same_v<typename detail::callable_signature<F>::type, std::vector<array>(std::vector<array>)>
auto compile(F fun, bool shapeless = false) {
  return compile(ArraysFn(std::move(fun)), shapeless);
}

/// Compiles a callable over arrays: `mx::compile([](mx::array x, mx::array w) { return mx::exp(x) * w; })`.
template <typename F>
  requires detail::callable_traits<typename detail::callable_signature<F>::type>::value
auto compile(F fun, bool shapeless = false) {
  using Signature = typename detail::callable_signature<F>::type;
  return CompiledFunction<Signature>(detail::make_compiled(detail::callable_traits<Signature>::erase(std::move(fun)), shapeless));
}

/// How compiled functions behave, for finding out what goes wrong in one. The results are the same in every mode.
enum class CompileMode {
  disabled,    ///< they call what they were made from, and return lazy arrays
  no_simplify, ///< constants are not folded and equal ops not merged
  no_fuse,     ///< every op is a kernel of its own
  enabled,
};
/// Process-wide; holds from the next call of a compiled function on. At first MX_DISABLE_COMPILE=1 in the environment means
/// disabled.
void set_compile_mode(CompileMode mode);
/// set_compile_mode of disabled and enabled.
void disable_compile();
void enable_compile();

/// What a compilation did.
struct CompileStats {
  std::string name;
  /// Ops traced, kernels launched per call, distinct kernels.
  int ops = 0, fusions = 0, kernels = 0;
  /// Bytes of the arena for intermediate results, and of these without reuse.
  size_t arena_bytes = 0, arena_bytes_without_reuse = 0;
  double compile_ms = 0;
};
/// Of the most recent compilation in the process.
CompileStats compile_stats();

} // namespace mx
MX_PUBLIC_END
