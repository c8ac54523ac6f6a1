// The exceptions of mx. Every one is an mx::Error and one class of the standard library, so that handlers written
// for either hold. Error itself has no standard base: catch it to get at code, op, shapes and hint.
#pragma once

#include "mx/config.h"
#include "mx/small_vector.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

/// What kind of thing went wrong.
enum class ErrorCode {
  invalid_argument, ///< shapes, dtypes, axes
  out_of_range,     ///< indices
  overflow,         ///< too many elements
  out_of_memory,    ///< the system or the memory limit refused
  file,             ///< files that are missing, damaged or unwritable
  device,           ///< devices that are unavailable or lost
  internal,         ///< a fault of mx
};

/// Root of all exceptions of mx.
class Error {
public:
  /// What an error knows beside its text.
  struct Details {
    ErrorCode code = ErrorCode::internal;
    std::string op;             ///< the public function, as in `[matmul] ...`; may be empty
    std::vector<Shape> shapes;  ///< of the array arguments, where they matter
    std::string hint;           ///< what to do about it; may be empty
    const void *source = nullptr; ///< where the call that failed returns to; may be null
  };

  explicit Error(Details details);
  virtual ~Error();
  /// The message: `[op] what is wrong: values`.
  virtual const char *what() const noexcept = 0;
  ErrorCode code() const noexcept { return info->code; }
  /// Name of the function that was called wrongly or that failed.
  const std::string &op() const noexcept { return info->op; }
  /// Shapes of the arrays that took part.
  const std::vector<Shape> &shapes() const noexcept { return info->shapes; }
  /// Advice; empty when there is none.
  const std::string &hint() const noexcept { return info->hint; }

  /// The call that failed, as `file:line` where the program has debug information and as `function+offset` elsewhere. Looked
  /// up when asked for; empty when it is not known.
  std::string where() const;

private:
  std::shared_ptr<const Details> info;
};

/// Wrong shapes, dtypes, axes or values of arguments.
class InvalidArgument : public std::invalid_argument, public Error {
public:
  InvalidArgument(const std::string &message, Details details);
  ~InvalidArgument() override;
  const char *what() const noexcept override;
};

/// An index outside its axis.
class OutOfRange : public std::out_of_range, public Error {
public:
  OutOfRange(const std::string &message, Details details);
  ~OutOfRange() override;
  const char *what() const noexcept override;
};

/// A size past what a dimension or a buffer holds.
class Overflow : public std::overflow_error, public Error {
public:
  Overflow(const std::string &message, Details details);
  ~Overflow() override;
  const char *what() const noexcept override;
};

/// A file that is missing, damaged or unwritable.
class FileError : public std::runtime_error, public Error {
public:
  FileError(const std::string &message, Details details);
  ~FileError() override;
  const char *what() const noexcept override;
};

/// A device that is unavailable, lost or out of memory.
class DeviceError : public std::runtime_error, public Error {
public:
  DeviceError(const std::string &message, Details details);
  ~DeviceError() override;
  const char *what() const noexcept override;
};

/// A fault of mx; the message names phase and op.
class InternalError : public std::runtime_error, public Error {
public:
  InternalError(const std::string &message, Details details);
  ~InternalError() override;
  const char *what() const noexcept override;
};

} // namespace mx
MX_PUBLIC_END
