// The header of an npy file as plain data. Reading never allocates more than the header itself; the caller
// still has to compare `dataBytes` with what the file holds.
#pragma once

#include "runtime/base/DType.h"
#include "runtime/base/Status.h"

#include <span>
#include <string>
#include <vector>

namespace mx::rt::io {

/// What an npy header says.
struct NpyHeader {
  DType dtype{};
  std::vector<int32_t> shape;
  /// The first axis varies fastest.
  bool fortranOrder = false;
  /// Multi-byte parts of an element are big-endian.
  bool bigEndian = false;
  /// Product of the shape and the element size, known to fit.
  int64_t dataBytes = 0;
};

/// Magic, version, and the length of the header text.
struct NpyPrefix {
  /// Bytes before the header text: 10 or 12.
  size_t prefixBytes = 0;
  size_t headerBytes = 0;
};

/// Bytes parseNpyPrefix wants: the longest prefix there is.
inline constexpr size_t kNpyMaxPrefix = 12;
/// Longest header text that is read; NumPy's own limit is 10,000.
inline constexpr size_t kNpyMaxHeader = size_t(1) << 20;

/// Reads the prefix from the first bytes of a file (fewer than kNpyMaxPrefix when the file is that short).
Result<NpyPrefix> parseNpyPrefix(std::span<const char> bytes);
/// Reads the header text: a Python dictionary literal with the keys descr, fortran_order and shape.
Result<NpyHeader> parseNpyHeader(std::span<const char> text);
/// Brings elements of a file to the host's byte order; booleans become 0 or 1.
void toHostElements(char *data, int64_t bytes, DType dtype, bool bigEndian);
/// Prefix and header text, byte for byte as NumPy writes them: padded so that the data starts at a multiple
/// of 64.
std::string formatNpyHeader(DType dtype, std::span<const int32_t> shape, bool fortranOrder);

} // namespace mx::rt::io
