// Failures of ops: the exception of their code, with the line of the user's that called.
#include "frontend/trace/Errors.h"

#include "frontend/trace/Exceptions.h"
#include "frontend/trace/Node.h"

namespace mx {

// What fails long after its call has the line of that in its message; the call that met the failure says less.
std::string Error::where() const {
  const std::string_view message = what();
  if (const size_t at = message.find(graph::kCalledAt); at != std::string_view::npos) {
    const size_t first = at + graph::kCalledAt.size(), end = message.rfind("; ");
    return std::string(message.substr(first, end == std::string_view::npos || end < first ? end : end - first));
  }
  return info->source ? graph::describeSource(info->source) : std::string();
}

namespace graph {
namespace {

template <typename Range> std::string tuple(const Range &values) {
  std::string text = "(";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? ", " : "") + std::to_string(values[i]);
  return text + ")";
}

} // namespace

void raise(const rt::Error &error, std::vector<Shape> shapes) {
  throwTyped(error, {ErrorCode::internal, {}, std::move(shapes), {}, currentSource()});
}

void fail(std::string_view op, const std::string &message, std::vector<Shape> shapes) {
  raise({rt::ErrorCode::invalidArgument, "[" + std::string(op) + "] " + message}, std::move(shapes));
}

std::string str(const Shape &shape) { return tuple(shape); }
std::string str(std::span<const int> values) { return tuple(values); }

} // namespace graph
} // namespace mx
