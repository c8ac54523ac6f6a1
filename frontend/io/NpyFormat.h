// The header of an npy file as plain data. Reading never allocates more than the header itself; the caller
// still has to compare `dataBytes` with what the file holds.
#pragma once

#include "frontend/include/mx/small_vector.h"
#include "runtime/base/DType.h"
#include "runtime/base/Status.h"

#include <span>
#include <string>

namespace mx::io {

/// What an npy header says.
struct NpyHeader {
  rt::DType dtype{};
  Shape shape;
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
rt::Result<NpyPrefix> parseNpyPrefix(std::span<const char> bytes);
/// Reads the header text: a Python dictionary literal with the keys descr, fortran_order and shape.
rt::Result<NpyHeader> parseNpyHeader(std::span<const char> text);
/// Prefix and header text, byte for byte as NumPy writes them: padded so that the data starts at a multiple
/// of 64.
std::string formatNpyHeader(rt::DType dtype, const Shape &shape, bool fortranOrder);

} // namespace mx::io
