// Turns failures into the typed exceptions of the public API: values of the lower layers, and checks of the ops.
#pragma once

#include "frontend/include/mx/error.h"
#include "runtime/base/Status.h"

#include <span>
#include <string>
#include <string_view>

namespace mx::graph {

/// Throws the exception of `error`'s code. The op is read from the `[op] ` that the message starts with.
[[noreturn]] void raise(const rt::Error &error, std::vector<Shape> shapes = {});

/// Throws InvalidArgument `[op] message`.
[[noreturn]] void fail(std::string_view op, const std::string &message, std::vector<Shape> shapes = {});

/// What stands before the line of an op in messages about its evaluation, which end in `, called at LINE; what to do`.
inline constexpr std::string_view kCalledAt = ", called at ";

/// `(2, 3)`, `(4)`, `()`.
std::string str(const Shape &shape);
std::string str(std::span<const int> values);

} // namespace mx::graph
