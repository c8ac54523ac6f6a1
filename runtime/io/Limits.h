// Caps on what a file may ask for, shared by all formats.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mx::rt::io {

/// Most axes of an array in a file; NumPy's limit.
inline constexpr size_t kMaxFileRank = 64;
/// Longest name of a tensor or of a metadata entry, in bytes.
inline constexpr size_t kMaxNameBytes = size_t(1) << 16;

/// Text from a file as an error message shows it: quoted, cut after 60 bytes, unprintable bytes as `?`.
inline std::string inQuotes(std::string_view text) {
  std::string out = "'";
  for (char c : text.substr(0, 60))
    out += c >= 0x20 && c < 0x7f ? c : '?';
  return out + (text.size() > 60 ? "...'" : "'");
}

} // namespace mx::rt::io
