// An element replaces the two brackets that close the document and brings its own. The brackets' place is written last.
#include "runtime/base/TraceFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace mx::rt {
namespace {

constexpr size_t kWindowBytes = size_t(1) << 20, kPageBytes = size_t(1) << 16;
constexpr std::string_view kTail = "\n]}\n";

} // namespace

bool TraceFile::open(const std::string &path, std::string_view head, std::string &problem) {
  fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0 || !map(head.size() + kTail.size())) {
    problem = std::strerror(errno);
    return false;
  }
  put(head);
  end = head.size();
  put(kTail);
  return true;
}

/// Sees to it that `needed` bytes from the end on are mapped. Blanks follow the document until it is closed.
bool TraceFile::map(size_t needed) {
  if (window && end + needed <= windowBegin + kWindowBytes)
    return true;
  if (needed > kWindowBytes - kPageBytes) {
    errno = EFBIG;
    return false;
  }
  const size_t begin = end / kPageBytes * kPageBytes, mappedEnd = window ? windowBegin + kWindowBytes : 0;
  if (int failure = posix_fallocate(fd, static_cast<off_t>(begin), kWindowBytes)) {
    errno = failure;
    return false;
  }
  void *fresh = mmap(nullptr, kWindowBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(begin));
  if (fresh == MAP_FAILED)
    return false;
  if (window)
    munmap(window, kWindowBytes);
  window = static_cast<char *>(fresh);
  windowBegin = begin;
  const size_t blank = mappedEnd > begin ? mappedEnd - begin : 0;
  std::memset(window + blank, ' ', kWindowBytes - blank);
  return true;
}

void TraceFile::put(std::string_view text) { std::memcpy(window + (end - windowBegin), text.data(), text.size()); }

bool TraceFile::append(std::string_view element) {
  const std::string_view separator = empty ? "\n" : ",\n";
  const size_t bytes = separator.size() + element.size();
  if (fd < 0 || !map(bytes + kTail.size()))
    return false;
  char *at = window + (end - windowBegin);
  // All but the first bytes, which close the document as it was.
  std::memcpy(at + separator.size(), element.data(), element.size());
  std::memcpy(at + bytes, kTail.data(), kTail.size());
  std::memcpy(at, separator.data(), separator.size());
  end += bytes;
  empty = false;
  return true;
}

void TraceFile::close() {
  if (window)
    munmap(window, kWindowBytes);
  window = nullptr;
  if (fd >= 0) {
    // A file that stays too long has blanks at its end.
    [[maybe_unused]] int cut = ftruncate(fd, static_cast<off_t>(end + kTail.size()));
    ::close(fd);
  }
  fd = -1;
}

} // namespace mx::rt
