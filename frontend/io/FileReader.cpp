// io::Reader over a file descriptor.
#include "frontend/include/mx/error.h"
#include "frontend/include/mx/io.h"
#include "frontend/io/Streams.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mx::io {
namespace {

/// Linux moves at most 2 GiB at once.
constexpr size_t kMaxTransfer = size_t(1) << 30;

[[noreturn]] void fail(const std::string &label, const std::string &what) { failFile("read", label, what); }

} // namespace

Reader::~Reader() = default;

ParallelFileReader::ParallelFileReader(std::string path_) : path(std::move(path_)) {
  fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0) {
    openError = errno;
  } else if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    ::close(fd);
    fd = -1;
    openError = EISDIR;
  }
}

ParallelFileReader::~ParallelFileReader() {
  if (fd >= 0)
    ::close(fd);
}

bool ParallelFileReader::is_open() const { return fd >= 0; }
bool ParallelFileReader::good() const { return is_open(); }

size_t ParallelFileReader::tell() {
  const off_t position = ::lseek(fd, 0, SEEK_CUR);
  if (position < 0)
    fail(label(), std::string("cannot tell the position: ") + std::strerror(errno));
  return static_cast<size_t>(position);
}

void ParallelFileReader::seek(int64_t off, std::ios_base::seekdir way) {
  const int whence = way == std::ios_base::beg ? SEEK_SET : way == std::ios_base::end ? SEEK_END : SEEK_CUR;
  if (::lseek(fd, off, whence) < 0)
    fail(label(), "cannot move by " + std::to_string(off) + ": " + std::strerror(errno));
}

void ParallelFileReader::read(char *data, size_t n) {
  const size_t offset = tell();
  read(data, n, offset);
  seek(static_cast<int64_t>(offset + n));
}

void ParallelFileReader::read(char *data, size_t n, size_t offset) {
  while (n > 0) {
    const ssize_t got = ::pread(fd, data, std::min(n, kMaxTransfer), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      fail(label(),
           std::to_string(n) + " bytes at offset " + std::to_string(offset) + ": " + std::strerror(errno));
    if (got == 0)
      fail(label(), "ends at offset " + std::to_string(offset) + ", " + std::to_string(n) + " bytes short");
    data += got;
    offset += static_cast<size_t>(got);
    n -= static_cast<size_t>(got);
  }
}

std::string ParallelFileReader::label() const {
  return "file " + path + (openError ? " (" + std::string(std::strerror(openError)) + ")" : "");
}

} // namespace mx::io
