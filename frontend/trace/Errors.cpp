// Failures of ops: the exception of their code, with the line of the user's that called.
#include "frontend/trace/Errors.h"

#include "frontend/trace/Exceptions.h"
#include "frontend/trace/Node.h"

namespace mx {

std::string Error::where() const { return info->source ? graph::describeSource(info->source) : std::string(); }

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
