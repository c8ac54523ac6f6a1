// Reads and writes npy headers. The header is Python source in principle; what is accepted is the literal
// that NumPy has written since 2007, no expression: one dictionary of a string, a bool and a tuple of
// integers.
#include "runtime/io/NpyFormat.h"

#include "runtime/io/Limits.h"
#include "runtime/base/CheckedSize.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

namespace mx::rt::io {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
/// NumPy leaves room for the growing axis to become this many digits long, so that appending can patch the
/// header.
constexpr size_t kGrowthDigits = 21;
constexpr size_t kDataAlignment = 64;

Error fail(std::string message) { return {ErrorCode::file, std::move(message)}; }

struct DescrRow {
  DType dtype;
  /// Kind and size as in NumPy's array protocol. NumPy has no bfloat16; ml_dtypes and MLX store it as two raw
  /// bytes.
  std::string_view code;
};
constexpr DescrRow kDescrs[] = {
    {DType::bool_, "b1"},    {DType::uint8, "u1"},     {DType::uint16, "u2"},
    {DType::uint32, "u4"},   {DType::uint64, "u8"},    {DType::int8, "i1"},
    {DType::int16, "i2"},    {DType::int32, "i4"},     {DType::int64, "i8"},
    {DType::float16, "f2"},  {DType::float32, "f4"},   {DType::float64, "f8"},
    {DType::bfloat16, "V2"}, {DType::complex64, "c8"},
};
static_assert(std::size(kDescrs) == kNumDTypes);

/// A cursor over the dictionary literal. Every method skips blanks first.
class Scanner {
public:
  explicit Scanner(std::string_view text) : rest(text), size(text.size()) {}

  size_t offset() const { return size - rest.size(); }
  bool atEnd() {
    skipBlanks();
    return rest.empty();
  }
  bool accept(std::string_view token) {
    skipBlanks();
    if (!rest.starts_with(token))
      return false;
    rest.remove_prefix(token.size());
    return true;
  }
  /// A string in single or double quotes without escapes.
  std::optional<std::string_view> string() {
    skipBlanks();
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      return std::nullopt;
    const size_t end = rest.find(rest[0], 1);
    if (end == std::string_view::npos)
      return std::nullopt;
    std::string_view value = rest.substr(1, end - 1);
    if (value.find('\\') != std::string_view::npos)
      return std::nullopt;
    rest.remove_prefix(end + 1);
    return value;
  }
  /// Decimal digits, with the `L` that Python 2 appended to long integers. Too large a number reads as -1.
  std::optional<int64_t> integer() {
    skipBlanks();
    size_t digits = 0;
    CheckedSize value = 0;
    for (; digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9'; ++digits)
      value = value * 10 + (rest[digits] - '0');
    if (digits == 0)
      return std::nullopt;
    rest.remove_prefix(digits);
    if (rest.starts_with('L'))
      rest.remove_prefix(1);
    return value.valueOr(-1);
  }

private:
  void skipBlanks() {
    const size_t n = rest.find_first_not_of(" \t\n\r\f");
    rest.remove_prefix(std::min(n, rest.size()));
  }
  std::string_view rest;
  size_t size;
};

Status parseDescr(std::string_view descr, NpyHeader &header) {
  std::string_view code = descr;
  char order = '|';
  if (!code.empty() && std::strchr("<>|=", code[0])) {
    order = code[0];
    code.remove_prefix(1);
  }
  auto row =
      std::find_if(std::begin(kDescrs), std::end(kDescrs), [&](const DescrRow &r) { return r.code == code; });
  if (row == std::end(kDescrs))
    return fail("dtype " + inQuotes(descr) + " is not one mx has");
  header.dtype = row->dtype;
  header.bigEndian = order == '>';
  return {};
}

Status parseShape(Scanner &in, NpyHeader &header) {
  if (!in.accept("("))
    return fail("shape is no tuple, at byte " + std::to_string(in.offset()) + " of the header");
  header.shape.clear();
  while (!in.accept(")")) {
    auto dim = in.integer();
    if (!dim)
      return fail("shape holds something that is no size, at byte " + std::to_string(in.offset()) +
                  " of the header");
    if (*dim < 0 || *dim > std::numeric_limits<int32_t>::max())
      return fail("axis " + std::to_string(header.shape.size()) + " is longer than 2147483647");
    if (header.shape.size() == kMaxFileRank)
      return fail("more than " + std::to_string(kMaxFileRank) + " axes");
    header.shape.push_back(static_cast<int32_t>(*dim));
    if (in.accept(")"))
      break;
    if (!in.accept(","))
      return fail("expected ',' or ')' at byte " + std::to_string(in.offset()) + " of the header");
  }
  return {};
}

/// Reverses the bytes of every `width`-byte part.
void swapBytes(char *data, int64_t bytes, int64_t width) {
  for (int64_t i = 0; i < bytes; i += width)
    std::reverse(data + i, data + i + width);
}

} // namespace

void toHostElements(char *data, int64_t bytes, DType dtype, bool bigEndian) {
  const int64_t width = isComplex(dtype) ? 4 : sizeOf(dtype);
  if (bigEndian && width > 1)
    swapBytes(data, bytes, width);
  if (isBool(dtype))
    std::transform(data, data + bytes, data, [](char c) { return static_cast<char>(c != 0); });
}

Result<NpyPrefix> parseNpyPrefix(std::span<const char> bytes) {
  if (bytes.size() < kMagic.size() + 4 || std::string_view(bytes.data(), kMagic.size()) != kMagic)
    return fail("not an npy file: it does not start with \\x93NUMPY and a version");
  auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(bytes[i])); };
  const size_t major = byte(6), minor = byte(7);
  if (major < 1 || major > 3 || minor != 0)
    return fail("npy version " + std::to_string(major) + "." + std::to_string(minor) + " is unknown");
  NpyPrefix prefix;
  prefix.prefixBytes = major == 1 ? 10 : 12;
  if (bytes.size() < prefix.prefixBytes)
    return fail("ends inside the header length, at offset 8");
  for (size_t i = prefix.prefixBytes; i-- > 8;)
    prefix.headerBytes = prefix.headerBytes << 8 | byte(i);
  if (prefix.headerBytes > kNpyMaxHeader)
    return fail("header of " + std::to_string(prefix.headerBytes) + " bytes; at most " +
                std::to_string(kNpyMaxHeader) + " are read");
  return prefix;
}

Result<NpyHeader> parseNpyHeader(std::span<const char> text) {
  Scanner in(std::string_view(text.data(), text.size()));
  auto unexpected = [&](std::string_view wanted) {
    return fail("expected " + std::string(wanted) + " at byte " + std::to_string(in.offset()) +
                " of the header");
  };
  NpyHeader header;
  bool hasDescr = false, hasOrder = false, hasShape = false;
  if (!in.accept("{"))
    return unexpected("'{'");
  while (!in.accept("}")) {
    auto key = in.string();
    if (!key)
      return unexpected("a key");
    if (!in.accept(":"))
      return unexpected("':'");
    bool *seen = *key == "descr"           ? &hasDescr
                 : *key == "fortran_order" ? &hasOrder
                 : *key == "shape"         ? &hasShape
                                           : nullptr;
    if (!seen)
      return fail("header key " + inQuotes(*key) + " is unknown");
    if (std::exchange(*seen, true))
      return fail("header key " + inQuotes(*key) + " appears twice");
    if (seen == &hasDescr) {
      auto descr = in.string();
      if (!descr)
        return fail("structured dtypes are not supported");
      if (Status s = parseDescr(*descr, header); !s)
        return s.error();
    } else if (seen == &hasOrder) {
      header.fortranOrder = in.accept("True");
      if (!header.fortranOrder && !in.accept("False"))
        return unexpected("True or False");
    } else if (Status s = parseShape(in, header); !s) {
      return s.error();
    }
    if (in.accept("}"))
      break;
    if (!in.accept(","))
      return unexpected("',' or '}'");
  }
  if (!in.atEnd())
    return unexpected("the end");
  if (!hasDescr || !hasOrder || !hasShape)
    return fail(std::string("header lacks ") + (!hasDescr ? "descr" : !hasOrder ? "fortran_order" : "shape"));

  const std::vector<int64_t> dims(header.shape.begin(), header.shape.end());
  const auto bytes = (numElements(dims) * sizeOf(header.dtype)).get();
  if (!bytes)
    return fail("the number of elements does not fit in 63 bits");
  header.dataBytes = *bytes;
  return header;
}

std::string formatNpyHeader(DType dtype, std::span<const int32_t> shape, bool fortranOrder) {
  auto row = std::find_if(std::begin(kDescrs), std::end(kDescrs),
                          [&](const DescrRow &r) { return r.dtype == dtype; });
  std::string text = "{'descr': '";
  text += sizeOf(dtype) == 1 ? '|' : '<';
  text += row->code;
  text += fortranOrder ? "', 'fortran_order': True, 'shape': (" : "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  text += shape.size() == 1 ? ",), }" : "), }";
  if (!shape.empty())
    text.append(kGrowthDigits - std::to_string(fortranOrder ? shape.back() : shape.front()).size(), ' ');

  // Blanks and a newline up to the alignment; the length field is two bytes wide where that suffices.
  auto paddedSize = [&](size_t prefixBytes) {
    const size_t whole = prefixBytes + text.size() + 1;
    return (whole + kDataAlignment - 1) / kDataAlignment * kDataAlignment - prefixBytes;
  };
  const bool v1 = paddedSize(10) <= std::numeric_limits<uint16_t>::max();
  const size_t headerBytes = paddedSize(v1 ? 10 : 12);
  text.append(headerBytes - text.size() - 1, ' ');
  text += '\n';

  std::string out(kMagic);
  out += v1 ? '\x01' : '\x02';
  out += '\0';
  for (int i = 0; i < (v1 ? 2 : 4); ++i)
    out += static_cast<char>(headerBytes >> 8 * i & 0xff);
  return out + text;
}

} // namespace mx::rt::io
