// Text of arrays, dtypes, devices and shapes.
#include "frontend/include/mx/utils.h"
#include "frontend/trace/Dtypes.h"
#include "frontend/trace/HostConvert.h"
#include "frontend/trace/Node.h"
#include "frontend/trace/Streams.h"

#include <cmath>
#include <iomanip>
#include <ostream>

namespace mx {
namespace {

/// Entries shown at each end of an axis that is longer than both together.
constexpr int kEdge = 3;

/// Puts back what printing changes of a stream.
struct FormatGuard {
  explicit FormatGuard(std::ostream &os) : os(os), flags(os.flags()), precision(os.precision()), fill(os.fill()) {}
  ~FormatGuard() {
    os.flags(flags);
    os.precision(precision);
    os.fill(fill);
  }
  std::ostream &os;
  std::ios_base::fmtflags flags;
  std::streamsize precision;
  char fill;
};

template <typename T> void printReal(std::ostream &os, T value, int precision) {
  if (std::isnan(value)) { // without its sign, which is an accident
    os << "nan";
    return;
  }
  FormatGuard guard(os);
  os.flags(std::ios_base::dec);
  os << std::setprecision(precision < 0 ? 6 : precision);
  if (precision >= 0)
    os << std::fixed;
  os << value;
}

class ArrayPrinter {
public:
  ArrayPrinter(std::ostream &os, const array &a)
      : os(os), node(*graph::nodeOf(a)), layout(graph::layoutOf(node)), base(static_cast<const char *>(graph::hostDataOf(node))) {}

  void print() {
    os << "array(";
    if (node.shape.empty())
      printElement(0);
    else
      printAxis(0, 0);
    os << ", dtype=" << graph::fromRt(node.dtype) << ")";
  }

private:
  void printElement(int64_t index) {
    const void *at = base + index * rt::sizeOf(node.dtype);
    auto as = [&]<typename T>(T value) {
      graph::convertElements(at, node.dtype, &value, graph::toRt(detail::element_dtype<T>()), 1);
      get_global_formatter().print(os, value);
    };
    if (rt::isBool(node.dtype))
      as(bool{});
    else if (rt::isUnsigned(node.dtype))
      as(uint64_t{});
    else if (rt::isSigned(node.dtype))
      as(int64_t{});
    else if (rt::isComplex(node.dtype))
      as(complex64_t{});
    else if (node.dtype == rt::DType::float64)
      as(double{});
    else
      as(float{});
  }

  void printAxis(size_t axis, int64_t index) {
    const int count = node.shape[axis];
    const bool last = axis + 1 == node.shape.size();
    os << "[";
    for (int i = 0; i < count; ++i) {
      if (i > 0)
        os << (last ? ", " : ",\n" + std::string(7 + axis, ' '));
      if (i == kEdge && count > 2 * kEdge) {
        os << "...";
        i = count - kEdge - 1;
      } else if (last) {
        printElement(index + i * layout.strides[axis]);
      } else {
        printAxis(axis + 1, index + i * layout.strides[axis]);
      }
    }
    os << "]";
  }

  std::ostream &os;
  const graph::Node &node;
  const graph::Layout &layout;
  const char *base;
};

template <typename Range> std::ostream &printTuple(std::ostream &os, const Range &values) {
  os << "(";
  for (size_t i = 0; i < values.size(); ++i)
    os << (i ? "," : "") << values[i];
  return os << ")";
}

} // namespace

void PrintFormatter::print(std::ostream &os, bool value) const {
  os << (capitalize_bool ? (value ? "True" : "False") : (value ? "true" : "false"));
}
void PrintFormatter::print(std::ostream &os, int64_t value) const { os << value; }
void PrintFormatter::print(std::ostream &os, uint64_t value) const { os << value; }
void PrintFormatter::print(std::ostream &os, float value) const { printReal(os, value, options.precision); }
void PrintFormatter::print(std::ostream &os, double value) const { printReal(os, value, options.precision); }
void PrintFormatter::print(std::ostream &os, complex64_t value) const {
  print(os, value.real());
  if (std::isnan(value.imag()) || !std::signbit(value.imag()))
    os << "+";
  print(os, value.imag());
  os << "j";
}

PrintFormatter &get_global_formatter() {
  static auto *formatter = new PrintFormatter;
  return *formatter;
}

void set_printoptions(PrintOptions options) { get_global_formatter().options = options; }

std::ostream &operator<<(std::ostream &os, const array &a) {
  array evaluated = a;
  evaluated.eval();
  ArrayPrinter(os, evaluated).print();
  return os;
}

std::ostream &operator<<(std::ostream &os, const Device &d) {
  return os << "Device(" << graph::nameOf(d.type) << ", " << d.index << ")";
}
std::ostream &operator<<(std::ostream &os, const Stream &s) { return os << "Stream(" << s.device << ", " << s.index << ")"; }
std::ostream &operator<<(std::ostream &os, const Dtype &d) { return os << to_string(d); }
std::ostream &operator<<(std::ostream &os, const Dtype::Kind &k) { return os << "buifcV"[static_cast<int>(k)]; }
std::ostream &operator<<(std::ostream &os, const complex64_t &v) {
  return os << v.real() << (v.imag() < 0 ? "" : "+") << v.imag() << "j";
}
std::ostream &operator<<(std::ostream &os, const float16_t &v) { return os << static_cast<float>(v); }
std::ostream &operator<<(std::ostream &os, const bfloat16_t &v) { return os << static_cast<float>(v); }
std::ostream &operator<<(std::ostream &os, const Shape &v) { return printTuple(os, v); }
std::ostream &operator<<(std::ostream &os, const Strides &v) { return printTuple(os, v); }
std::ostream &operator<<(std::ostream &os, const std::vector<int> &v) { return printTuple(os, v); }
std::ostream &operator<<(std::ostream &os, const std::vector<int64_t> &v) { return printTuple(os, v); }

} // namespace mx
