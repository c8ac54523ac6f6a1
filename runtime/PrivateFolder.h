// A folder whose files only their owner can write, as caches of code need it. Every file is reached through the open
// folder and checked after it is open: a check by name could look at another file than the one that is then read.
#pragma once

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mx::rt {

class PrivateFolder {
public:
  struct File {
    std::string name;
    /// What it takes on the disk.
    int64_t bytes = 0;
    /// Nanoseconds since the epoch.
    int64_t modified = 0;
  };

  /// Opens a folder; `create`: makes it, and the folders above it, where it is missing. An error of kind file when it is a
  /// link, belongs to someone else, or can be written by the group or by others; it says how to mend that.
  static Result<PrivateFolder> open(const std::string &path, bool create);
  ~PrivateFolder();
  PrivateFolder(PrivateFolder &&other) noexcept : fd(other.fd) { other.fd = -1; }
  PrivateFolder &operator=(PrivateFolder &&) = delete;

  /// The content of a file; nothing when there is none, or when it is a link, no regular file, longer than `mostBytes`,
  /// someone else's, or writable by others.
  std::optional<std::vector<std::byte>> read(const std::string &name, int64_t mostBytes) const;
  /// Replaces a file as a whole: readers see the old or the new content. False when the disk is full or the folder is gone.
  bool write(const std::string &name, std::span<const std::byte> header, std::span<const std::byte> content) const;
  void remove(const std::string &name) const;
  /// Sets the time of the last use to now, unless that is what it says already within the hour.
  void touch(const std::string &name) const;
  /// All names but those of folders, in no order.
  std::vector<File> files() const;

  /// How the names of files begin that write() has not finished; one that is old was left by a process that died.
  static constexpr const char *kUnfinished = ".unfinished-";

private:
  explicit PrivateFolder(int fd) : fd(fd) {}
  int fd;
};

} // namespace mx::rt
