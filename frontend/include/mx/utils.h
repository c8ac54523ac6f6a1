// Printing, limits of dtypes, and small helpers around shapes and dtypes.
#pragma once

#include "mx/array.h"

#include <iosfwd>
#include <string>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

/// Runs a scope on another device or stream: sets the calling thread's defaults and puts them back.
struct StreamContext {
  explicit StreamContext(const StreamOrDevice &s);
  ~StreamContext();
  StreamContext(const StreamContext &) = delete;

private:
  Device device;
  Stream stream;
};

/// How numbers are printed.
struct PrintOptions {
  /// Digits after the point; -1 for the shortest text of six significant digits.
  int precision = -1;
};

/// Prints one element. Assign to get_global_formatter() or use set_printoptions to change what arrays look like.
struct PrintFormatter {
  explicit PrintFormatter(PrintOptions options = {}) : options(options) {}
  void print(std::ostream &os, bool value) const;
  void print(std::ostream &os, int64_t value) const;
  void print(std::ostream &os, uint64_t value) const;
  void print(std::ostream &os, float value) const;
  void print(std::ostream &os, double value) const;
  void print(std::ostream &os, complex64_t value) const;

  PrintOptions options;
  /// `True` instead of `true`.
  bool capitalize_bool = false;
};

/// The formatter of all arrays of the process.
PrintFormatter &get_global_formatter();
void set_printoptions(PrintOptions options);

/// `array([[1, 2],` newline `       [3, 4]], dtype=int32)`; evaluates. Of an axis longer than six the first and the
/// last three entries are shown.
std::ostream &operator<<(std::ostream &os, const array &a);
std::ostream &operator<<(std::ostream &os, const Device &d);
std::ostream &operator<<(std::ostream &os, const Stream &s);
std::ostream &operator<<(std::ostream &os, const Dtype &d);
std::ostream &operator<<(std::ostream &os, const Dtype::Kind &k);
std::ostream &operator<<(std::ostream &os, const complex64_t &v);
std::ostream &operator<<(std::ostream &os, const float16_t &v);
std::ostream &operator<<(std::ostream &os, const bfloat16_t &v);
/// `(2,3)`.
std::ostream &operator<<(std::ostream &os, const Shape &v);
std::ostream &operator<<(std::ostream &os, const Strides &v);
std::ostream &operator<<(std::ostream &os, const std::vector<int> &v);
std::ostream &operator<<(std::ostream &os, const std::vector<int64_t> &v);

/// Limits of a floating point dtype. Throws InvalidArgument for others.
struct finfo {
  explicit finfo(Dtype dtype);
  Dtype dtype;
  double min; ///< most negative finite value
  double max;
  double eps; ///< from 1 to the next value
};

/// Limits of an integer dtype. Throws InvalidArgument for others.
struct iinfo {
  explicit iinfo(Dtype dtype);
  Dtype dtype;
  int64_t min;
  uint64_t max;
};

/// The dtype that the arrays promote to.
Dtype result_type(const array &a, const array &b);
Dtype result_type(const array &a, const array &b, const array &c);
Dtype result_type(const std::vector<array> &arrays);

/// The shape two shapes broadcast to. Throws InvalidArgument when they do not.
Shape broadcast_shapes(const Shape &s1, const Shape &s2);

/// `axis` counted from the front. Throws InvalidArgument, its text after `msg_prefix`, when it is outside [-ndim, ndim).
int normalize_axis_index(int axis, int ndim, const std::string &msg_prefix = "");

/// True for 1, 2, 4, ...
bool is_power_of_2(int n);
/// The smallest power of two that is not below n.
int next_power_of_2(int n);

} // namespace mx
MX_PUBLIC_END
