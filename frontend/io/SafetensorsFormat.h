// The header of a safetensors file as plain data. What parseSafetensorsHeader accepts is complete: tensors
// are sorted by offset and tile the data without overlap or hole.
#pragma once

#include "frontend/include/mx/small_vector.h"
#include "runtime/base/DType.h"
#include "runtime/base/Status.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace mx::io {

/// One tensor of the file.
struct SafetensorsEntry {
  std::string name;
  rt::DType dtype{};
  Shape shape;
  /// Bytes from the start of the data; for writing, formatSafetensorsHeader sets them.
  int64_t begin = 0, end = 0;
};

struct SafetensorsIndex {
  std::vector<SafetensorsEntry> tensors;
  std::map<std::string, std::string> metadata;
};

/// Longest header that is read, the limit of the format's own implementation.
inline constexpr uint64_t kSafetensorsMaxHeader = 100'000'000;

/// The length of the header, from the first eight bytes of a file of `fileBytes` bytes.
rt::Result<uint64_t> parseSafetensorsPrefix(std::span<const char, 8> bytes, uint64_t fileBytes);
/// Reads the header text; `dataBytes` bytes follow it in the file.
rt::Result<SafetensorsIndex> parseSafetensorsHeader(std::span<const char> text, uint64_t dataBytes);
/// Sorts the tensors as the format's own implementation does (widest dtype first, then by name), gives them
/// offsets and returns prefix and header text, padded so that the data starts at a multiple of 8. Fails for
/// duplicate or reserved names and for text that is no UTF-8.
rt::Result<std::string> formatSafetensorsHeader(SafetensorsIndex &index);

} // namespace mx::io
