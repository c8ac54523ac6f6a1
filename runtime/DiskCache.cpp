// An entry is a file KEY.KIND: a header that repeats the key, then the content. Checksums tell damage, not malice: the folder
// is the user's own (PrivateFolder), and whoever can write it can run code as the user anyway.
#include "runtime/DiskCache.h"

#include "runtime/base/Env.h"
#include "runtime/base/Hash.h"
#include "runtime/base/Log.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <sys/stat.h>

namespace mx::rt {
namespace {

constexpr const char *kNames[kNumCacheKinds] = {"kernel", "program", "pipeline"};
constexpr int64_t kDefaultBytes = int64_t(1) << 30;
/// No entry is larger.
constexpr int64_t kMostEntryBytes = int64_t(1) << 28;
/// Unfinished files older than this are nobody's.
constexpr int64_t kAbandonedNs = int64_t(3600) * 1'000'000'000;

struct Header {
  char magic[8];
  CacheKey key;
  uint64_t bytes;
  /// Of the kind and all that comes before and after this field.
  Hash128 checksum;
};
static_assert(sizeof(Header) == 64);

Header headerOf(CacheKind kind, const CacheKey &key, std::span<const std::byte> content) {
  Header header{{'m', 'x', 'c', 'a', 'c', 'h', 'e', '1'}, key, content.size(), {}};
  Hasher hash;
  hash.add(kind);
  hash.addBytes(&header, offsetof(Header, checksum));
  hash.addBytes(content.data(), content.size());
  header.checksum = hash.finish();
  return header;
}

std::string hexOf(const CacheKey &key) {
  std::string text;
  for (std::byte b : key) {
    text += "0123456789abcdef"[uint8_t(b) >> 4];
    text += "0123456789abcdef"[uint8_t(b) & 15];
  }
  return text;
}

std::string fileOf(CacheKind kind, const CacheKey &key) { return hexOf(key) + "." + nameOf(kind); }

std::optional<CacheEntry> entryOf(const PrivateFolder::File &file) {
  constexpr size_t kDigits = 2 * sizeof(CacheKey);
  if (file.name.find_first_not_of("0123456789abcdef") != kDigits || file.name[kDigits] != '.')
    return std::nullopt;
  for (int kind = 0; kind < kNumCacheKinds; ++kind)
    if (file.name.compare(kDigits + 1, std::string::npos, kNames[kind]) == 0)
      return CacheEntry{CacheKind(kind), file.name.substr(0, kDigits), file.bytes, file.modified};
  return std::nullopt;
}

bool isUnfinished(const PrivateFolder::File &file) { return file.name.starts_with(PrivateFolder::kUnfinished); }

int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// MX_CACHE_DIR, else what the XDG base directory specification says.
std::string folderOfEnvironment() {
  if (auto named = envString(EnvVar::CacheDir))
    return *named == "off" ? "" : *named;
  const char *xdg = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  if (xdg && *xdg == '/')
    return std::string(xdg) + "/mx";
  return home && *home == '/' ? std::string(home) + "/.cache/mx" : "";
}

} // namespace

const char *nameOf(CacheKind kind) { return kNames[static_cast<int>(kind)]; }

DiskCache::DiskCache(std::string folder, int64_t mostBytes) : path(std::move(folder)), mostBytes(mostBytes), usable(!path.empty()) {}

DiskCache &DiskCache::instance() {
  static auto *cache = new DiskCache(folderOfEnvironment(), envBytes(EnvVar::CacheBytes).value_or(kDefaultBytes));
  return *cache;
}

// Anew for each access: somebody may have deleted the folder, or opened it to others.
std::optional<PrivateFolder> DiskCache::open() {
  if (!usable.load(std::memory_order_relaxed))
    return std::nullopt;
  auto folder = PrivateFolder::open(path, /*create=*/true);
  if (folder)
    return std::move(*folder);
  if (usable.exchange(false))
    logMessage(LogLevel::warning, "nothing is cached on disk: " + folder.error().message + "; MX_CACHE_DIR names another, or off");
  return std::nullopt;
}

bool DiskCache::enabled() { return open().has_value(); }

std::optional<std::vector<std::byte>> DiskCache::load(CacheKind kind, const CacheKey &key) {
  auto folder = open();
  if (!folder)
    return std::nullopt;
  const std::string name = fileOf(kind, key);
  auto file = folder->read(name, kMostEntryBytes);
  if (!file) {
    ++misses;
    return std::nullopt;
  }
  if (file->size() >= sizeof(Header)) {
    const auto content = std::span<const std::byte>(*file).subspan(sizeof(Header));
    const Header expected = headerOf(kind, key, content);
    if (std::memcmp(file->data(), &expected, sizeof(Header)) == 0) {
      folder->touch(name);
      ++hits;
      file->erase(file->begin(), file->begin() + sizeof(Header));
      return file;
    }
  }
  ++misses;
  ++damaged;
  folder->remove(name);
  logMessage(LogLevel::info, "a damaged entry of the cache is made anew: " + path + "/" + name);
  return std::nullopt;
}

void DiskCache::store(CacheKind kind, const CacheKey &key, std::span<const std::byte> content) {
  if (int64_t(content.size() + sizeof(Header)) > std::min(kMostEntryBytes, mostBytes))
    return;
  auto folder = open();
  if (!folder)
    return;
  const Header header = headerOf(kind, key, content);
  if (!folder->write(fileOf(kind, key), std::as_bytes(std::span(&header, 1)), content))
    return;
  ++stored;
  if (knownBytes >= 0)
    knownBytes += int64_t(content.size() + sizeof(Header) + 4095) / 4096 * 4096;
  if (knownBytes >= 0 && knownBytes <= mostBytes)
    return;
  if (std::unique_lock lock(trimming, std::try_to_lock); lock)
    trim(*folder);
}

void DiskCache::reject(CacheKind kind, const CacheKey &key) {
  ++damaged;
  if (auto folder = open())
    folder->remove(fileOf(kind, key));
}

// Other processes may trim at the same time: what is gone is gone.
void DiskCache::trim(const PrivateFolder &folder) {
  std::vector<PrivateFolder::File> files = folder.files();
  std::sort(files.begin(), files.end(), [](const auto &a, const auto &b) { return a.modified < b.modified; });
  int64_t bytes = 0;
  const int64_t abandoned = now() - kAbandonedNs;
  for (const auto &file : files) {
    if (isUnfinished(file) && file.modified < abandoned)
      folder.remove(file.name);
    else if (entryOf(file))
      bytes += file.bytes;
  }
  // Well below the limit, so that not every store looks at the whole folder.
  const int64_t most = bytes <= mostBytes ? mostBytes : mostBytes / 4 * 3;
  for (const auto &file : files) {
    if (bytes <= most)
      break;
    if (!entryOf(file))
      continue;
    folder.remove(file.name);
    bytes -= file.bytes;
  }
  knownBytes = bytes;
}

// Looking makes no folder: nothing when there is none.
Result<std::optional<PrivateFolder>> DiskCache::look() const {
  struct stat info;
  if (path.empty() || (::lstat(path.c_str(), &info) != 0 && errno == ENOENT))
    return std::optional<PrivateFolder>();
  auto folder = PrivateFolder::open(path, /*create=*/false);
  if (!folder)
    return folder.error();
  return std::optional<PrivateFolder>(std::move(*folder));
}

Result<std::vector<CacheEntry>> DiskCache::entries() const {
  auto folder = look();
  if (!folder)
    return folder.error();
  std::vector<CacheEntry> result;
  if (*folder)
    for (const auto &file : (*folder)->files())
      if (auto entry = entryOf(file))
        result.push_back(std::move(*entry));
  std::sort(result.begin(), result.end(), [](const CacheEntry &a, const CacheEntry &b) {
    return a.used != b.used ? a.used > b.used : a.key < b.key;
  });
  return result;
}

Result<int64_t> DiskCache::clear() const {
  auto folder = look();
  if (!folder)
    return folder.error();
  int64_t count = 0;
  if (*folder)
    for (const auto &file : (*folder)->files())
      if (entryOf(file) || isUnfinished(file)) {
        (*folder)->remove(file.name);
        count += !isUnfinished(file);
      }
  return count;
}

CacheStats DiskCache::stats() const { return {hits, misses, damaged, stored}; }

} // namespace mx::rt
