// POSIX calls on names relative to the open folder. Links are never followed, neither to the folder nor to a file.
#include "runtime/PrivateFolder.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mx::rt {
namespace {

constexpr int64_t kHour = 3600;

Error refused(const std::string &path, const std::string &why) { return {ErrorCode::file, "the folder " + path + " " + why}; }

/// Like mkdir -p; failures show when the folder is opened.
void makeFolders(const std::string &path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
    ::mkdir(path.substr(0, slash).c_str(), 0700);
  ::mkdir(path.c_str(), 0700);
}

bool writeAll(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return false;
    bytes = bytes.subspan(static_cast<size_t>(done));
  }
  return true;
}

/// A name that no other process takes, not even one with the same number in another container.
std::string unfinishedName() {
  static std::atomic<uint32_t> counter{0};
  uint64_t random = 0;
  if (::getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
    random = 0;
  return PrivateFolder::kUnfinished + std::to_string(::getpid()) + "-" + std::to_string(counter++) + "-" + std::to_string(random);
}

bool isPrivate(const struct stat &info) { return info.st_uid == ::geteuid() && !(info.st_mode & (S_IWGRP | S_IWOTH)); }

} // namespace

Result<PrivateFolder> PrivateFolder::open(const std::string &named, bool create) {
  // "link/" would follow the link.
  std::string path = named;
  while (path.size() > 1 && path.back() == '/')
    path.pop_back();
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int fd = ::open(path.c_str(), flags);
  if (fd < 0 && errno == ENOENT && create) {
    makeFolders(path);
    fd = ::open(path.c_str(), flags);
  }
  if (fd < 0) {
    struct stat info;
    if (::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode))
      return refused(path, "is a symbolic link; name the folder itself");
    return refused(path, std::string("cannot be opened: ") + std::strerror(errno));
  }
  PrivateFolder folder(fd);
  struct stat info;
  if (::fstat(fd, &info) != 0)
    return refused(path, std::string("cannot be looked at: ") + std::strerror(errno));
  if (info.st_uid != ::geteuid())
    return refused(path, "belongs to user " + std::to_string(info.st_uid) + ", not to user " + std::to_string(::geteuid()) +
                             " who runs this program");
  if (!isPrivate(info))
    return refused(path, "can be written by others; chmod go-w it");
  return folder;
}

PrivateFolder::~PrivateFolder() {
  if (fd >= 0)
    ::close(fd);
}

std::optional<std::vector<std::byte>> PrivateFolder::read(const std::string &name, int64_t mostBytes) const {
  // Not blocking: a pipe under the name would wait for its writer.
  const int file = ::openat(fd, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0)
    return std::nullopt;
  std::optional<std::vector<std::byte>> content;
  struct stat info;
  if (::fstat(file, &info) == 0 && S_ISREG(info.st_mode) && isPrivate(info) && info.st_size <= mostBytes) {
    content.emplace(static_cast<size_t>(info.st_size));
    size_t have = 0;
    while (have < content->size()) {
      const ssize_t got = ::read(file, content->data() + have, content->size() - have);
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        break;
      have += static_cast<size_t>(got);
    }
    content->resize(have);
  }
  ::close(file);
  return content;
}

bool PrivateFolder::write(const std::string &name, std::span<const std::byte> header, std::span<const std::byte> content) const {
  const std::string unfinished = unfinishedName();
  const int file = ::openat(fd, unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0)
    return false;
  // Not synced: what a loss of power leaves of it fails its checksum.
  bool written = writeAll(file, header) && writeAll(file, content);
  written &= ::close(file) == 0;
  if (written && ::renameat(fd, unfinished.c_str(), fd, name.c_str()) == 0)
    return true;
  remove(unfinished);
  return false;
}

void PrivateFolder::remove(const std::string &name) const { ::unlinkat(fd, name.c_str(), 0); }

void PrivateFolder::touch(const std::string &name) const {
  struct stat info;
  if (::fstatat(fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && ::time(nullptr) - info.st_mtim.tv_sec > kHour)
    ::utimensat(fd, name.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

std::vector<PrivateFolder::File> PrivateFolder::files() const {
  std::vector<File> result;
  const int own = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *folder = own < 0 ? nullptr : ::fdopendir(own);
  if (!folder) {
    if (own >= 0)
      ::close(own);
    return result;
  }
  while (const dirent *entry = ::readdir(folder)) {
    struct stat info;
    if (::fstatat(fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(info.st_mode))
      result.push_back({entry->d_name, int64_t(info.st_blocks) * 512, int64_t(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec});
  }
  ::closedir(folder);
  return result;
}

} // namespace mx::rt
