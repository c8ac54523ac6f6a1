// Exceptions: construction, and the mapping from the error codes below the frontend.
#include "frontend/trace/Errors.h"

#include "frontend/trace/Node.h"

namespace mx {

Error::Error(Details details) : info(std::make_shared<const Details>(std::move(details))) {}
Error::~Error() = default;
std::string Error::where() const { return info->source ? graph::describeSource(info->source) : std::string(); }

#define MX_EXCEPTION(Type, Base)                                                                                       \
  Type::Type(const std::string &message, Details details) : std::Base(message), Error(std::move(details)) {}          \
  Type::~Type() = default;                                                                                             \
  const char *Type::what() const noexcept { return std::Base::what(); }
MX_EXCEPTION(InvalidArgument, invalid_argument)
MX_EXCEPTION(OutOfRange, out_of_range)
MX_EXCEPTION(Overflow, overflow_error)
MX_EXCEPTION(FileError, runtime_error)
MX_EXCEPTION(DeviceError, runtime_error)
MX_EXCEPTION(InternalError, runtime_error)
#undef MX_EXCEPTION

namespace graph {
namespace {

std::string opOf(std::string_view message) {
  if (message.empty() || message[0] != '[')
    return {};
  const size_t end = message.find(']');
  return end == std::string_view::npos ? std::string() : std::string(message.substr(1, end - 1));
}

template <typename Range> std::string tuple(const Range &values) {
  std::string text = "(";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? ", " : "") + std::to_string(values[i]);
  return text + ")";
}

} // namespace

void raise(const rt::Error &error, std::vector<Shape> shapes) {
  Error::Details details{ErrorCode::internal, opOf(error.message), std::move(shapes), {}, currentSource()};
  switch (error.code) {
  case rt::ErrorCode::invalidArgument:
    details.code = ErrorCode::invalid_argument;
    throw InvalidArgument(error.message, std::move(details));
  case rt::ErrorCode::outOfRange:
    details.code = ErrorCode::out_of_range;
    throw OutOfRange(error.message, std::move(details));
  case rt::ErrorCode::overflow:
    details.code = ErrorCode::overflow;
    throw Overflow(error.message, std::move(details));
  case rt::ErrorCode::outOfMemory:
    details.code = ErrorCode::out_of_memory;
    details.hint = "free arrays, or raise the limit with mx::set_memory_limit";
    throw DeviceError(error.message, std::move(details));
  case rt::ErrorCode::file:
    details.code = ErrorCode::file;
    throw FileError(error.message, std::move(details));
  case rt::ErrorCode::device:
    details.code = ErrorCode::device;
    throw DeviceError(error.message, std::move(details));
  case rt::ErrorCode::internal:
    break;
  }
  throw InternalError(error.message, std::move(details));
}

void fail(std::string_view op, const std::string &message, std::vector<Shape> shapes) {
  raise({rt::ErrorCode::invalidArgument, "[" + std::string(op) + "] " + message}, std::move(shapes));
}

std::string str(const Shape &shape) { return tuple(shape); }
std::string str(std::span<const int> values) { return tuple(values); }

} // namespace graph
} // namespace mx
