// Failure as a value. Nothing below the frontend throws; the frontend turns an Error into the typed
// exception of its code.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace mx::rt {

/// What is to blame; the frontend throws one exception type for each.
enum class ErrorCode : uint8_t {
  invalidArgument, ///< shapes, dtypes, axes
  outOfRange,      ///< indices
  overflow,        ///< sizes past 2^63 or past what a dimension holds
  outOfMemory,     ///< allocation failed or passed the memory limit
  file,            ///< files that are missing, damaged or unwritable
  device,          ///< device lost, unavailable, driver errors
  internal,        ///< a fault of ours
};

/// A failure in words: `[op] what is wrong: values`.
struct Error {
  ErrorCode code;
  std::string message;
};

/// Success, or an Error.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(Error e) : err(std::move(e)) {}
  static Status ok() { return {}; }
  /// True for success.
  explicit operator bool() const { return !err; }
  /// The failure; only when there is one.
  const Error &error() const {
    assert(err);
    return *err;
  }

private:
  std::optional<Error> err;
};

/// A value, or an Error.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T v) : val(std::move(v)) {}
  Result(Error e) : err(std::move(e)) {}
  /// True when there is a value.
  explicit operator bool() const { return val.has_value(); }
  T &operator*() { assert(val); return *val; }
  const T &operator*() const { assert(val); return *val; }
  T *operator->() { assert(val); return &*val; }
  const T *operator->() const { assert(val); return &*val; }
  const Error &error() const { assert(err); return *err; }

private:
  std::optional<T> val;
  std::optional<Error> err;
};

} // namespace mx::rt
