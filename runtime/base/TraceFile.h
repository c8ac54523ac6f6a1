// The file of a trace, mapped piece by piece: what is appended outlives the process however it ends, without a system
// call for each event. Room is allocated before it is mapped, so that a full disk is an error and no signal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mx::rt {

/// A JSON document that ends in a list and is valid after every append. Not thread-safe.
class TraceFile {
public:
  ~TraceFile() { close(); }
  /// Creates the file with `head`, which opens the list. False: `problem` says why.
  bool open(const std::string &path, std::string_view head, std::string &problem);
  /// Adds an element to the list. False when there is no room; the file stays as it was.
  bool append(std::string_view element);
  /// Cuts the file to what is in it.
  void close();

private:
  bool map(size_t needed);
  void put(std::string_view text);

  int fd = -1;
  char *window = nullptr;
  /// Of the window in the file; where the next element goes, in the file.
  size_t windowBegin = 0, end = 0;
  bool empty = true;
};

} // namespace mx::rt
