// What compiling made, kept on the disk for later processes: kernels, programs, pipelines of a GPU's driver. Any file may
// be missing, damaged, half written, or written by another process right now: each reads as "not there", and is made anew.
#pragma once

#include "runtime/PrivateFolder.h"

#include <array>
#include <atomic>
#include <mutex>

namespace mx::rt {

/// What an entry holds; part of its name.
enum class CacheKind : uint8_t { Kernel, Program, Pipeline };
constexpr int kNumCacheKinds = 3;
/// `kernel`, `program`, `pipeline`.
const char *nameOf(CacheKind kind);

/// Says all that the entry depends on: equal keys, equal content. SHA-256 where the compiler made it.
using CacheKey = std::array<std::byte, 32>;

/// What a process has had from the cache.
struct CacheStats {
  uint64_t hits = 0, misses = 0;
  /// Of the misses: files that were there and were not what was once stored.
  uint64_t damaged = 0;
  uint64_t stored = 0;
};

/// An entry as tools list it.
struct CacheEntry {
  CacheKind kind;
  /// The key in hexadecimal digits.
  std::string key;
  /// What it takes on the disk.
  int64_t bytes = 0;
  /// The last use, to within an hour, in nanoseconds since the epoch.
  int64_t used = 0;
};

/// Thread-safe; processes share a folder without locks, so none can be left behind.
class DiskCache {
public:
  /// `folder` may be missing; empty: nothing is kept. Past `mostBytes` the entries that were not used for longest go.
  DiskCache(std::string folder, int64_t mostBytes);
  /// The one of MX_CACHE_DIR and MX_CACHE_BYTES; lives as long as the process.
  static DiskCache &instance();

  /// Whether entries are kept; a folder that is refused is warned of once, and then they aren't.
  bool enabled();
  const std::string &folder() const { return path; }
  int64_t capacity() const { return mostBytes; }

  /// What was stored under the key. An entry that fails its checks is deleted.
  std::optional<std::vector<std::byte>> load(CacheKind kind, const CacheKey &key);
  /// Keeps content; whoever stores last wins. Failures are silent: a cache may lose anything.
  void store(CacheKind kind, const CacheKey &key, std::span<const std::byte> content);
  /// Deletes an entry whose checked content does not make sense to whoever reads it, and counts it as damaged.
  void reject(CacheKind kind, const CacheKey &key);

  /// All entries, those used last first. Empty when there is no folder yet.
  Result<std::vector<CacheEntry>> entries() const;
  /// Deletes all entries, and what processes that died left unfinished. Files of other names stay. How many went.
  Result<int64_t> clear() const;
  CacheStats stats() const;

private:
  std::optional<PrivateFolder> open();
  Result<std::optional<PrivateFolder>> look() const;
  void trim(const PrivateFolder &folder);

  const std::string path;
  const int64_t mostBytes;
  std::atomic<bool> usable;
  std::atomic<uint64_t> hits{0}, misses{0}, damaged{0}, stored{0};
  /// Only ever tried: after a fork the child's may be held by a thread that it does not have.
  std::mutex trimming;
  /// Bytes of the folder as of the last look and what this process has added since; -1 before the first look.
  std::atomic<int64_t> knownBytes{-1};
};

} // namespace mx::rt
