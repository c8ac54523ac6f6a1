// The exceptions, and which of them stands for which code. Error::where is not here: it needs what reads debug information.
#include "frontend/trace/Exceptions.h"

namespace mx {
namespace {

std::string opOf(std::string_view message) {
  if (message.empty() || message[0] != '[')
    return {};
  const size_t end = message.find(']');
  return end == std::string_view::npos ? std::string() : std::string(message.substr(1, end - 1));
}

// What to do where the place that failed cannot know better.
const char *adviceFor(rt::ErrorCode code) {
  switch (code) {
  case rt::ErrorCode::invalidArgument:
    return "";
  case rt::ErrorCode::outOfRange:
    return "check what the indices are made from";
  case rt::ErrorCode::overflow:
    return "split the work into smaller arrays";
  case rt::ErrorCode::outOfMemory:
    return "free arrays, or raise the limit with mx::set_memory_limit";
  case rt::ErrorCode::file:
    return "check the path, its permissions, and that the file is whole";
  case rt::ErrorCode::device:
    return "mx-info says what each device can do; Device::cpu is always there";
  case rt::ErrorCode::internal:
    return "this is a fault of mx, please report it";
  }
  return "";
}

// Messages end in what to do, after a semicolon. Those of files and devices hold text of others, which may have one too.
std::string adviceIn(std::string &message, rt::ErrorCode code) {
  const bool isOurs = code == rt::ErrorCode::invalidArgument || code == rt::ErrorCode::outOfRange || code == rt::ErrorCode::overflow;
  const size_t at = isOurs ? message.rfind("; ") : std::string::npos;
  if (at != std::string::npos)
    return message.substr(at + 2);
  std::string advice = adviceFor(code);
  if (!advice.empty())
    message += "; " + advice;
  return advice;
}

} // namespace

Error::Error(Details details) : info(std::make_shared<const Details>(std::move(details))) {}
Error::~Error() = default;

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

void throwTyped(const rt::Error &error, Error::Details details) {
  std::string message = error.message;
  details.op = opOf(message);
  details.hint = adviceIn(message, error.code);
  switch (error.code) {
  case rt::ErrorCode::invalidArgument:
    details.code = ErrorCode::invalid_argument;
    throw InvalidArgument(message, std::move(details));
  case rt::ErrorCode::outOfRange:
    details.code = ErrorCode::out_of_range;
    throw OutOfRange(message, std::move(details));
  case rt::ErrorCode::overflow:
    details.code = ErrorCode::overflow;
    throw Overflow(message, std::move(details));
  case rt::ErrorCode::outOfMemory:
    details.code = ErrorCode::out_of_memory;
    throw DeviceError(message, std::move(details));
  case rt::ErrorCode::file:
    details.code = ErrorCode::file;
    throw FileError(message, std::move(details));
  case rt::ErrorCode::device:
    details.code = ErrorCode::device;
    throw DeviceError(message, std::move(details));
  case rt::ErrorCode::internal:
    details.code = ErrorCode::internal;
    break;
  }
  throw InternalError(message, std::move(details));
}

} // namespace mx
