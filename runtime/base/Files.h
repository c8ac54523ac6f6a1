// Whole files: mapped for reading, written so that a file appears whole or not at all.
#pragma once

#include "runtime/base/Status.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mx::rt {

/// The contents of a file, mapped. Whoever replaces the file has to rename a new one over it, as writeFile does: pages of
/// a file that is cut short while it is mapped are gone.
struct MappedFile {
  std::span<const std::byte> bytes;
  /// Keeps the mapping; null for an empty file.
  std::shared_ptr<const void> owner;
};
Result<MappedFile> mapFile(const std::string &path);

/// Writes to a temporary file beside `path`, which is synced and takes its name. A path that is no regular file (a pipe, a
/// device) is written to as it is.
Status writeFile(const std::string &path, std::span<const std::span<const std::byte>> parts);

} // namespace mx::rt
