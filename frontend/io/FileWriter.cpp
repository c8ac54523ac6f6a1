// io::Writer over a file that appears whole or not at all: bytes go to a temporary file beside the target,
// are synced, and take the target's name by rename, which POSIX makes atomic.
#include "frontend/include/mx/io.h"
#include "frontend/io/Streams.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mx::io {
namespace {

constexpr size_t kMaxTransfer = size_t(1) << 30;
constexpr int kNameAttempts = 100;

std::string directoryOf(const std::string &path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// A name in `directory` that no other writer uses; a stale one of a process that died is skipped by O_EXCL.
std::string temporaryName(const std::string &directory) {
  static std::atomic<unsigned> counter{0};
  return directory + "/.mx-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp";
}

} // namespace

Writer::~Writer() = default;

FileWriter::FileWriter(std::string path_) : path(std::move(path_)), target(path) {
  struct stat info;
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) {
    openError = EISDIR;
    return;
  }
  if (exists && !S_ISREG(info.st_mode)) {
    fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    openError = fd < 0 ? errno : 0;
    return;
  }
  if (exists) {
    // A link keeps being one: the file it points at is replaced.
    if (char *resolved = ::realpath(path.c_str(), nullptr)) {
      target = resolved;
      std::free(resolved);
    }
  }
  for (int i = 0; i < kNameAttempts && fd < 0; ++i) {
    temporary = temporaryName(directoryOf(target));
    fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    openError = fd < 0 ? errno : 0;
    if (openError != EEXIST)
      break;
  }
  if (fd < 0)
    temporary.clear();
  else if (exists)
    ::fchmod(fd, info.st_mode & 07777);
}

FileWriter::~FileWriter() {
  if (!temporary.empty())
    ::unlink(temporary.c_str());
  if (fd >= 0)
    ::close(fd);
}

bool FileWriter::is_open() const { return fd >= 0; }
bool FileWriter::good() const { return is_open() && !failed; }

void FileWriter::fail(const char *what, int error) {
  failed = true;
  failFile("write", label(), std::string(what) + ": " + std::strerror(error));
}

size_t FileWriter::tell() {
  const off_t position = ::lseek(fd, 0, SEEK_CUR);
  if (position < 0)
    fail("cannot tell the position", errno);
  return static_cast<size_t>(position);
}

void FileWriter::seek(int64_t off, std::ios_base::seekdir way) {
  const int whence = way == std::ios_base::beg ? SEEK_SET : way == std::ios_base::end ? SEEK_END : SEEK_CUR;
  if (::lseek(fd, off, whence) < 0)
    fail("cannot move", errno);
}

void FileWriter::write(const char *data, size_t n) {
  while (n > 0) {
    const ssize_t done = ::write(fd, data, std::min(n, kMaxTransfer));
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      fail("cannot write", done < 0 ? errno : EIO);
    data += done;
    n -= static_cast<size_t>(done);
  }
}

void FileWriter::finish() {
  if (!good())
    fail("an earlier write failed", EIO);
  // A pipe or a terminal cannot be synced.
  if (::fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
    fail("cannot sync", errno);
  if (temporary.empty())
    return;
  if (::rename(temporary.c_str(), target.c_str()) != 0)
    fail("cannot rename the temporary file", errno);
  temporary.clear();
  // The rename itself lasts once the directory is synced; where that is not possible the data is safe all the
  // same.
  const int directory = ::open(directoryOf(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    ::fsync(directory);
    ::close(directory);
  }
}

std::string FileWriter::label() const {
  return "file " + path + (openError ? " (" + std::string(std::strerror(openError)) + ")" : "");
}

} // namespace mx::io
