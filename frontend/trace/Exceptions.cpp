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
  details.op = opOf(error.message);
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
    details.code = ErrorCode::internal;
    break;
  }
  throw InternalError(error.message, std::move(details));
}

} // namespace mx
