// Files by the system's own calls: errors are values that name the file and what the system said.
#include "runtime/base/Files.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mx::rt {
namespace {

Error failed(const std::string &path, const char *what, int error) {
  return {ErrorCode::file, "file " + path + ": " + what + ": " + std::strerror(error)};
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0)
      ::close(fd);
  }
};

Status writeAll(int fd, const std::string &path, std::span<const std::span<const std::byte>> parts) {
  constexpr size_t kMost = size_t(1) << 30;
  for (std::span<const std::byte> rest : parts)
    while (!rest.empty()) {
      const ssize_t n = ::write(fd, rest.data(), std::min(rest.size(), kMost));
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return failed(path, "cannot write", n < 0 ? errno : EIO);
      rest = rest.subspan(static_cast<size_t>(n));
    }
  return {};
}

} // namespace

Result<MappedFile> mapFile(const std::string &path) {
  // Not blocking: a pipe that nobody writes would be waited for.
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat info;
  if (file.fd < 0 || ::fstat(file.fd, &info) != 0)
    return failed(path, "cannot open", errno);
  if (!S_ISREG(info.st_mode))
    return failed(path, "cannot open", S_ISDIR(info.st_mode) ? EISDIR : EINVAL);
  const auto bytes = static_cast<size_t>(info.st_size);
  if (bytes == 0)
    return MappedFile{};
  void *memory = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (memory == MAP_FAILED)
    return failed(path, "cannot map", errno);
  return MappedFile{{static_cast<const std::byte *>(memory), bytes}, {memory, [bytes](const void *m) { ::munmap(const_cast<void *>(m), bytes); }}};
}

Status writeFile(const std::string &path, std::span<const std::span<const std::byte>> parts) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    Descriptor file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    return file.fd < 0 ? failed(path, "cannot open", errno) : writeAll(file.fd, path, parts);
  }
  static std::atomic<unsigned> number{0};
  const std::string temporary = path + "." + std::to_string(::getpid()) + "-" + std::to_string(number++) + ".tmp";
  Descriptor file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
  if (file.fd < 0)
    return failed(path, "cannot write", errno);
  Status status = writeAll(file.fd, path, parts);
  if (status && ::fsync(file.fd) != 0)
    status = failed(path, "cannot sync", errno);
  if (status && ::rename(temporary.c_str(), path.c_str()) != 0)
    status = failed(path, "cannot rename the temporary file", errno);
  if (!status)
    ::unlink(temporary.c_str());
  return status;
}

} // namespace mx::rt
